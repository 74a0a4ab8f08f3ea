"""The experiment drawn: p against text, p by share of the data, and the p-values of students that saw no mark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import msgspec

from stillwatch.bench.figures import draw, dressed
from stillwatch.bench.marks.plan import STUDENTS

__all__ = ["by_share", "by_text", "experiment_svg", "unmarked", "write_summary"]

Spec = dict[str, Any]
Figures = Mapping[str, Any]

OURS, PUBLISHED = "our test", "published test"
BANDS = "band or bar: lowest to highest of the seeds"
_COLOURS = alt.Scale(domain=[OURS, PUBLISHED], range=["#44708c", "#a9582c"])
_TICKS = [20_000, 50_000, 100_000, 200_000]
_SIZE = {"width": 250, "height": 170}


def experiment_svg(summary: Figures) -> str:
    """All three as one `<svg>` on a white ground, so that it can be read on any page."""
    below = alt.hconcat(_by_share(summary), _unmarked(summary), spacing=50).resolve_scale(color="independent")
    return draw(dressed(alt.vconcat(_by_text(summary), below, spacing=35)), "experiment")


def write_summary(summary: Figures, out: Path) -> Path:
    """`summary.json` and `experiment.svg` into `out`; returns the path of the second."""
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n")
    drawn = out / "experiment.svg"
    drawn.write_text(experiment_svg(summary), encoding="utf-8")
    return drawn


def by_text(summary: Figures) -> Spec:
    """A panel a student: log10 p as more of its text is read, ours and the published test's on the same text."""
    return dressed(_by_text(summary))


def by_share(summary: Figures) -> Spec:
    """log10 p at about 50,000 tokens by the share of a student's data that one account's key had marked."""
    return dressed(_by_share(summary))


def unmarked(summary: Figures) -> Spec:
    """Each rank's p-value, of all unmarked students and keys together, against the one that chance puts there."""
    return dressed(_unmarked(summary))


def _by_text(summary: Figures) -> Any:
    rows = [
        {"student": name, "test": test, "tokens": tokens, "median": median, "lowest": lowest, "highest": highest}
        for name, one in summary["students"].items()
        for test, curve in ((OURS, one["growth"]), (PUBLISHED, one["published_growth"]))
        for tokens, median, lowest, highest in curve
    ]
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X(
        "tokens:Q",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(format="~s", title="tokens read", values=_TICKS),
    )
    band = base.mark_area(opacity=0.18).encode(x=x, y="lowest:Q", y2="highest:Q", color=_colour(None))
    line = base.mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=1.8).encode(
        x=x, y=alt.Y("median:Q", axis=alt.Axis(title="log10 p", tickCount=5)), color=_colour(None)
    )
    panels = alt.layer(band, line).properties(**_SIZE)
    order = list(summary["students"])
    return (
        panels.facet(facet=alt.Facet("student:N", sort=order, title=None), columns=3, spacing=25)
        .resolve_scale(x="independent", y="independent")
        .properties(title=_title("As more text is read", f"lower is stronger; {BANDS}; each panel its own scale"))
    )


def _by_share(summary: Figures) -> Any:
    shares = {one.name: one.share for one in STUDENTS if one.data == "kgw-1"}
    rows = [
        {"share": share, "test": test, **summary["students"][name]["at"][of]}
        for name, share in shares.items()
        if name in summary["students"]
        for test, of in ((OURS, "log10_p"), (PUBLISHED, "published_log10_p"))
    ]
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X(
        "share:Q", scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", title="share of the student's data", values=[0.1, 0.5, 1]),
    )  # fmt: skip
    axis = alt.Axis(title="log10 p", values=[0, -1, -3, -10, -30, -100, -300])
    y = alt.Y("median:Q", scale=alt.Scale(type="symlog", domainMax=0), axis=axis)
    bars = base.mark_rule(strokeWidth=1.5).encode(x=x, y="lowest:Q", y2="highest:Q", color=_colour("bottom-left"))
    line = base.mark_line(point=True).encode(x=x, y=y, color=_colour("bottom-left"))
    title = _title("By share of the data", "KGW, one token of context, about 50,000 tokens read")
    return alt.layer(bars, line).properties(**_SIZE, title=title)


def _unmarked(summary: Figures) -> Any:
    zeros = summary["zeros"]
    rows = [{"chance": -a, "found": -b} for a, b in zeros.get("quantiles", ())]
    most = max([1.0, *(max(row.values()) for row in rows)])
    scale = alt.Scale(domain=[0, most], nice=False)
    dots = alt.Chart(alt.Data(values=rows)).mark_circle(size=30, opacity=1, color=_COLOURS.range[0]).encode(
        x=alt.X("chance:Q", scale=scale, axis=alt.Axis(title="–log10 p that chance puts at this rank")),
        y=alt.Y("found:Q", scale=scale, axis=alt.Axis(title="–log10 p found there")),
    )  # fmt: skip
    line = alt.Chart(alt.Data(values=[{"chance": 0, "found": 0}, {"chance": most, "found": most}])).mark_line(
        color="#7a756a", strokeDash=[5, 3], strokeWidth=1.2
    ).encode(x="chance:Q", y="found:Q")  # fmt: skip
    about = f"{zeros.get('students', 0)} students, {zeros.get('keys', 0):,} keys; on the line: as chance has it"
    return alt.layer(line, dots).properties(**_SIZE, title=_title("Students that saw no mark", about))


def _colour(orient: Any) -> alt.Color:
    legend = alt.Legend(title=None, orient=orient or "top", symbolOpacity=1)
    return alt.Color("test:N", scale=_COLOURS, legend=legend)


def _title(text: str, more: str) -> alt.TitleParams:
    return alt.TitleParams(text, subtitle=more, anchor="start", subtitleColor="#5d584e", subtitleFontSize=11)
