"""The page of one mark: verdict, keys, decoys, growth, power, spans, rivals, limits. Offline, without script.

As the other pages it holds everything it shows; every string of a case is made safe and escaped, and drawings come
from the chart engine, which escapes them too.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from stillwatch.console import mark_views
from stillwatch.console.mark_drawings import Scores, power_lines, scores, strips
from stillwatch.console.page import environment, write_page
from stillwatch.errors import StillwatchError
from stillwatch.marks import MarkInquiry

__all__ = ["write_mark_report"]

_CLASSES = {"marked": "alert", "not shown": "quiet", "abstains": "review"}
_DOCUMENTS = 40


def write_mark_report(inquiry: MarkInquiry, folder: Path) -> Path:
    """Write mark.json (the case as it is) and report.html into `folder`, made where it is missing; the page's path.

    Each file is written whole or not at all. Raises StillwatchError where that fails.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StillwatchError(f"{folder}: cannot be made ({error.strerror}). Choose another --out.") from None
    page = _page(mark_views.cleaned(inquiry))
    write_page(folder / "mark.json", msgspec.json.format(msgspec.json.encode(inquiry), indent=1).decode() + "\n")
    write_page(folder / "report.html", page)
    return folder / "report.html"


def _page(case: MarkInquiry) -> str:
    placed = scores(case)
    powers = power_lines(case)
    return (
        environment()
        .get_template("marks.html.j2")
        .render(
            case=case,
            status=_CLASSES.get(case.verdict, "review"),
            question=mark_views.QUESTIONS.get(case.kind, ("Does ", " carry our mark?")),
            access=mark_views.access_words(case.access),
            alarms=mark_views.alarms(case),
            accused=mark_views.accused(case),
            rungs=mark_views.rungs(case),
            placed=placed,
            drawings=_drawings(case, placed, powers),
            powers=powers,
            strips=strips(case.spans),
            more_documents=max(0, len({one.document for one in case.spans}) - _DOCUMENTS),
            level=mark_views.p_words(math.log10(case.level)) if case.level > 0 else "unknown",
            shares=sorted({one.share for one in case.power}),
            highest=max(case.decoys.z, default=None),
            lowest=mark_views.p_words(-math.log10(case.decoys.count)) if case.decoys.count > 0 else "",
            p=mark_views.p_words,
            adjusted=mark_views.adjusted_words,
            rank=mark_views.rank_words,
            whose=mark_views.key_words,
            two_digits=mark_views.two_digits,
        )
    )


def _drawings(case: MarkInquiry, placed: Scores, powers: Any) -> dict[str, dict[str, str] | None]:
    """The charts by name, None where this case has no figures for one."""
    # Altair takes a third of a second to import; the terminal side must not pay for it.
    from stillwatch.console import charts, mark_charts

    specs = {
        "decoys": mark_charts.decoys(placed) if case.decoys.z else None,
        "ours": mark_charts.keys(placed) if placed.keys else None,
        "growth": mark_charts.growth(case.growth, case.level) if len(case.growth) > 1 else None,
        "power": mark_charts.power(powers) if powers else None,
    }
    return {name: spec and {"svg": charts.render(spec, name)} for name, spec in specs.items()}
