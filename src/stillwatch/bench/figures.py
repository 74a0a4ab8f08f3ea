"""The benchmark's figures as SVG: drawn here, without a browser and without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from stillwatch.bench.intervals import Estimate

__all__ = ["draw", "dressed", "finding", "timing"]

Spec = dict[str, Any]
Row = Mapping[str, Any]

_FONT = "Helvetica, Arial, sans-serif"
_LEVELS = ("easy", "mid", "hard", "very-hard")
_COLOURS = ("#44708c", "#a9582c", "#7a5aa0", "#8a6100")
_IDENTIFIERS = re.compile(r'(\bid="|url\(#|href="#)(?=[A-Za-z])')


def draw(spec: Spec, name: str) -> str:
    """An `<svg>` element whose identifiers begin with `name`, so that many can stand in one page."""
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return _IDENTIFIERS.sub(lambda found: f"{found.group(1)}{name}-", svg)


def dressed(chart: Any) -> Spec:
    """The chart's specification in the look of every figure of the benchmark. `chart`: of altair, not configured."""
    spec: Spec = (
        chart.configure(font=_FONT, background="#ffffff")
        .configure_view(stroke=None)
        .configure_axis(gridColor="#e6e2d9")
    ).to_dict()
    return spec


def finding(rows: Sequence[Row], figure: str) -> Spec:
    """One dot and interval for each attacker and difficulty. `figure`: precision, recall or found."""
    data = [
        {"attacker": row["scenario"], "difficulty": row["difficulty"], **_edges(row[figure])}
        for row in rows
        if row[figure].value is not None
    ]
    order = list(dict.fromkeys(row["scenario"] for row in rows))
    base = alt.Chart(alt.Data(values=data))
    y = alt.Y("attacker:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False, grid=True))
    offset = alt.YOffset("difficulty:N", sort=list(_LEVELS))
    colour = alt.Color(
        "difficulty:N",
        scale=alt.Scale(domain=list(_LEVELS), range=list(_COLOURS)),
        legend=alt.Legend(title=None, orient="top"),
    )
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=figure, format="%"))
    bars = base.mark_rule(strokeWidth=1.5).encode(
        y=y, yOffset=offset, x=alt.X("low:Q", scale=alt.Scale(domain=[0, 1])), x2="high:Q", color=colour
    )
    dots = base.mark_circle(size=36, opacity=1).encode(y=y, yOffset=offset, x=x, color=colour)
    return dressed(alt.layer(bars, dots).properties(width=560, height=max(120, 34 * len(order))))


def timing(rows: Sequence[Row]) -> Spec:
    """By hours after the campaign's first request: worlds with an alert, its recall, what was taken."""
    names = {"alerted": "worlds with an alert", "recall": "of its accounts named", "taken": "of its exchanges taken"}
    data = [
        {"case": row["case"], "hours": look["hours"], "what": names[name], **_edges(look[name])}
        for row in rows
        for look in row["curve"]
        for name in names
    ]
    base = alt.Chart(alt.Data(values=data))
    x = alt.X("hours:Q", axis=alt.Axis(title="hours after the first request", values=[6, 24, 48, 72, 120, 168]))
    colour = alt.Color(
        "what:N",
        scale=alt.Scale(domain=list(names.values()), range=list(_COLOURS[:3])),
        legend=alt.Legend(title=None, orient="top", symbolOpacity=1),
    )
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, format="%"))
    band = base.mark_area(opacity=0.15).encode(
        x=x, y=alt.Y("low:Q", scale=alt.Scale(domain=[0, 1])), y2="high:Q", color=colour
    )
    line = base.mark_line(point=True).encode(x=x, y=y, color=colour)
    faceted = alt.layer(band, line).properties(width=250, height=180).facet(column=alt.Column("case:N", title=None))
    return dressed(faceted)


def _edges(estimate: Estimate) -> dict[str, float | None]:
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    return {"value": estimate.value, "low": low, "high": high}
