"""Charts as Vega-Lite specs, and their rendering to SVG on this machine, without a browser and without a network.

Colours are CSS variables of the page (`var(--…)`), so one drawing serves light, dark and print. Data travels in
the spec's inline values, never in an expression; texts have passed `clean`, and Vega escapes them once more.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from stillwatch.console.story import Step

__all__ = ["activity", "reliability", "render", "targets", "timeline", "waterfall"]

Spec = dict[str, Any]

_WIDTH = 800
_ROW = 24
_BARS = 20
_FONT = "Helvetica, Arial, sans-serif"
_OWN_IDENTIFIERS = re.compile(r'(\bid="|url\(#|href="#)(?=[A-Za-z])')


def render(spec: Spec, name: str) -> str:
    """An `<svg>` element, its identifiers prefixed by `name` so that many can stand in one page. Some 0.05 s."""
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return _OWN_IDENTIFIERS.sub(lambda found: f"{found.group(1)}{name}-", svg)


def timeline(daily: Sequence[tuple[str, int]], releases: Sequence[tuple[str, str]]) -> Spec:
    """Exchanges a day as bars; each (model, day) released inside that time as a dashed line with its name."""
    days = [day for day, _ in daily]
    inside = [{"day": day, "model": model} for model, day in releases if days and min(days) <= day <= max(days)]
    axis = alt.Axis(format="%d %b", tickCount=min(10, max(2, len(days))), grid=False, title=None)
    width = max(2, min(30, int(_WIDTH / max(1, _span(days)) * 0.7)))
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=width / 2 + 6), axis=axis)
    bars = (
        alt.Chart(_values({"day": day, "exchanges": exchanges} for day, exchanges in daily))
        .mark_bar(color="var(--copper)", width=width)
        .encode(x=x, y=alt.Y("exchanges:Q", axis=alt.Axis(title=None, tickCount=4, format="~s")))
    )
    if not inside:
        return _finish(bars, height=130)
    marks = alt.Chart(_values(inside))
    rules = marks.mark_rule(color="var(--ink)", strokeDash=[3, 3]).encode(x=x)
    names = marks.mark_text(
        align="center", baseline="bottom", dy=-4, color="var(--ink)", fontSize=11, limit=160
    ).encode(x=x, y=alt.value(0), text="model:N")
    return _finish(alt.layer(bars, rules, names), height=130)


def waterfall(steps: Sequence[Step], total: float) -> Spec:
    """Each counted reason as a bar that begins where the one before ended; the total below, from nothing."""
    counted = [step for step in steps if step.counted]
    rows: list[dict[str, Any]] = [
        {"row": f"{place:03d}", "name": step.name, "start": step.start, "end": step.end, "sign": _sign(step.weight)}
        for place, step in enumerate(counted[:_BARS])
    ]
    if len(counted) > _BARS:
        start, name = counted[_BARS].start, f"{len(counted) - _BARS} smaller reasons"
        rows.append({"row": "998", "name": name, "start": start, "end": total, "sign": _sign(total - start)})
    rows.append({"row": "999", "name": "Total", "start": 0.0, "end": total, "sign": "total"})
    for row in rows:
        row["weight"] = f"{row['end'] - row['start']:+.1f}".replace("-", "−")
        row["right"] = max(row["start"], row["end"])
    y = alt.Y("row:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.28))
    base = alt.Chart(_values(rows))
    x = alt.X("start:Q", axis=alt.Axis(title="natural logarithm of the likelihood ratio", tickCount=6, format="+~g"))
    colour = alt.Color(
        "sign:N",
        legend=None,
        scale=alt.Scale(domain=["for", "against", "total"], range=["var(--copper)", "var(--calm)", "var(--ink)"]),
    )
    bars = base.mark_bar().encode(y=y, x=x, x2="end:Q", color=colour)
    weights = base.mark_text(align="left", dx=5, color="var(--ink)", fontSize=11).encode(
        y=y, x=alt.X("right:Q"), text="weight:N"
    )
    labels = base.mark_text(align="right", dx=-10, color="var(--ink)", fontSize=12, limit=190).encode(
        y=y, x=alt.value(0), text="name:N"
    )
    zero = alt.Chart(_values([{"zero": 0}])).mark_rule(color="var(--faint)").encode(x="zero:Q")
    return _finish(alt.layer(zero, bars, weights, labels), height=_ROW * len(rows), labels=200)


def targets(rows: Sequence[tuple[str, float, int]]) -> Spec:
    """Skills that were harvested: a bar of the share of exchanges, with share and number beside it."""
    data = [
        {"skill": skill, "share": share, "label": f"{share * 100:.0f} %  ({exchanges:,})"}
        for skill, share, exchanges in rows[:_BARS]
    ]
    y = alt.Y(
        "skill:N",
        sort=None,
        scale=alt.Scale(paddingInner=0.28),
        axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelFontSize=12),
    )
    base = alt.Chart(_values(data))
    bars = base.mark_bar(color="var(--copper)").encode(
        y=y, x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, format="%", tickCount=5))
    )
    labels = base.mark_text(align="left", dx=5, color="var(--ink)", fontSize=11).encode(
        y=y, x="share:Q", text="label:N"
    )
    return _finish(alt.layer(bars, labels), height=_ROW * max(1, len(data)))


def activity(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """When each campaign was active: rows of {campaign, status, day, share}, share being of its own busiest day."""
    days = sorted({str(row["day"]) for row in rows})
    width = max(2.0, _WIDTH / max(1, _span(days)) - 1)
    order = list(dict.fromkeys(str(row["campaign"]) for row in rows))
    axis = alt.Axis(format="%d %b", grid=False, title=None, tickCount=min(10, max(2, len(days))))
    chart = (
        alt.Chart(_values(rows))
        .mark_rect(width=width, height=14)
        .encode(
            x=alt.X("day:T", scale=alt.Scale(type="utc", padding=width / 2 + 4), axis=axis),
            y=alt.Y("campaign:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)),
            opacity=alt.Opacity("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.15, 1])),
            color=alt.Color(
                "status:N",
                legend=None,
                scale=alt.Scale(
                    domain=["alert", "review", "declared"], range=["var(--alert)", "var(--review)", "var(--declared)"]
                ),
            ),
        )
    )
    return _finish(chart, height=_ROW * max(1, len(order)))


def reliability(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows of {log_lr, promised, reached, tenants, low, high}: the promise as a line, what came as dots with bars.

    Shares are on a logarithmic scale; where nobody reached a weight there is a bar from its upper limit down, no dot.
    """
    floor = min([float(row["promised"]) for row in rows]) / 2
    data = [
        {
            "weight": row["log_lr"],
            "promised": max(float(row["promised"]), floor),
            "share": max(float(row["reached"]) / float(row["tenants"]), floor),
            "low": max(float(row["low"]), floor),
            "high": max(float(row["high"]), floor),
        }
        for row in rows
    ]
    base = alt.Chart(_values(data))
    x = alt.X("weight:Q", axis=alt.Axis(title="harvest weight (natural logarithm)", tickCount=8, grid=False))
    scale = alt.Scale(type="log", domain=[floor, 1], clamp=True)
    y = alt.Y(
        "promised:Q", scale=scale, axis=alt.Axis(title="share of honest tenants", format="~%", tickCount=4, grid=False)
    )
    line = base.mark_line(color="var(--quiet)", strokeDash=[4, 3]).encode(x=x, y=y)
    bars = base.mark_rule(color="var(--calm)", strokeWidth=2).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q")
    seen = alt.Chart(_values(row for row, given in zip(data, rows, strict=True) if given["reached"]))
    dots = seen.mark_point(color="var(--calm)", filled=True, size=70).encode(x=x, y=alt.Y("share:Q", scale=scale))
    return _finish(alt.layer(line, bars, dots), height=220)


def _sign(weight: float) -> str:
    return "for" if weight >= 0 else "against"


def _span(days: Sequence[str]) -> int:
    """Calendar days from the first to the last ISO date, both counted; the number of entries where one is no date."""
    try:
        edges = [datetime.date.fromisoformat(day) for day in (min(days), max(days))]
    except ValueError:
        return len(days)
    return (edges[1] - edges[0]).days + 1


def _values(rows: Any) -> alt.Data:
    return alt.Data(values=[dict(row) for row in rows])


def _finish(chart: Any, *, height: int, width: int = _WIDTH, labels: int = 0) -> Spec:
    padding = {"left": 2, "right": 8, "top": 4, "bottom": 4}
    finished = (
        chart.properties(width=width - labels, height=height, background="transparent", padding=padding)
        .configure(font=_FONT, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--quiet)",
            titleColor="var(--quiet)",
            titleFontWeight="normal",
            gridColor="var(--line)",
            domainColor="var(--faint)",
            tickColor="var(--faint)",
        )
    )
    spec: Spec = finished.to_dict()
    return spec
