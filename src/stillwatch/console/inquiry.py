"""The page of one provenance case: verdict, innocents, candidates, signals with exhibits, tree, calibration, limits.

As the scan's report it holds everything it shows, opens offline and runs no script; drawings are made in the
template, where every value is escaped, so that no string of a case is ever trusted as markup.
"""

from __future__ import annotations

from pathlib import Path

from stillwatch.console import figures
from stillwatch.console.inquiry_strip import axis
from stillwatch.console.inquiry_tree import MOST_LEAVES, draw_tree
from stillwatch.console.inquiry_view import RUNS, cleaned, clue_views, power_rows, ranked, rarest, strip
from stillwatch.console.page import environment, write_page
from stillwatch.inquiry import Inquiry

__all__ = ["write_inquiry"]

_CLASSES = {"supports": "supports", "inconclusive": "inconclusive", "speaks against": "against"}


def write_inquiry(path: Path, inquiry: Inquiry) -> None:
    """Write the page to `path`, whole or not at all. Raises StillwatchError where the file cannot be written."""
    write_page(path, _page(cleaned(inquiry)))


def _page(case: Inquiry) -> str:
    scale, clues = clue_views(case.clues)
    candidates = ranked(case.candidates)
    candidate_axis = axis([one.score for one in candidates])
    runs = rarest(case.runs)
    levels, powers = power_rows(case.calibration)
    return (
        environment()
        .get_template("inquiry.html.j2")
        .render(
            case=case,
            verdict_class=_CLASSES.get(case.verdict, "inconclusive"),
            evidence=figures.bits(case.log_lr),
            cap=figures.bits(case.calibration.log_lr_cap),
            strip=strip(case),
            at_floor=case.p_value <= case.calibration.floor * (1 + 1e-9),
            candidates=[(one, candidate_axis.at(one.score)) for one in candidates],
            candidate_zero=candidate_axis.at(0.0),
            scale=scale,
            scale_zero=scale.at(0.0),
            clues=clues,
            runs=runs[:RUNS],
            more_runs=max(0, len(runs) - RUNS),
            tree=draw_tree(case.tree_members, case.tree),
            most_leaves=MOST_LEAVES,
            levels=levels,
            powers=powers,
            innocents=sorted(case.calibration.innocents, key=lambda one: (-one.score, one.model)),
        )
    )
