"""Charts of a mark: scores of decoys with the accused keys on them, p as text grows, chance by share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from stillwatch.console.charts import Spec, _finish, _values
from stillwatch.console.mark_drawings import Bin, PowerLine, Scores
from stillwatch.console.mark_views import LEAST_LOG10_P

__all__ = ["LINES", "decoys", "growth", "keys", "power"]

LINES = ("var(--copper)", "var(--calm)", "var(--review)", "var(--ink)", "var(--quiet)")
"""Colours of the lines of `power`, in turn."""
_WIDTH = 960
_LANE = 15
_HEIGHT = 190
_FARTHEST = 320.0
_SHARE = alt.Axis(title="share of the suspect's data that was marked", format="~%", tickCount=8, grid=False)


def decoys(scores: Scores) -> Spec:
    """Decoys as bars, chance as a line, accused keys as named lines, other keys as open circles on the floor."""
    layers = _histogram(scores.decoys, scores, "var(--calm)", "decoys")
    guilty = [one for one in scores.flags if one.accused]
    quiet = [{"z": one.at, "count": 0} for one in scores.flags if not one.accused]
    if quiet:
        circles = alt.Chart(_values(quiet)).mark_point(
            filled=True, size=60, strokeWidth=1.6, fill="var(--card)", stroke="var(--ink)", opacity=1
        )
        layers.append(circles.encode(x=_z(scores), y="count:Q"))
    middle = (scores.low + scores.high) / 2
    named = [one for one in guilty if one.label]
    # Each line begins at its own name: those further right have theirs above it.
    for lane, one in enumerate(named):
        top = 8 + _LANE * lane
        side = {"align": "right", "dx": -7} if one.at > middle else {"align": "left", "dx": 7}
        data = alt.Chart(_values([{"z": one.at, "label": one.label}]))
        rule = data.mark_rule(color="var(--copper)", strokeWidth=2)
        text = data.mark_text(**side, baseline="middle", color="var(--ink)", fontSize=12, limit=400)
        layers += [
            rule.encode(x=_z(scores), y=alt.value(top - 7), y2=alt.value(_HEIGHT)),
            text.encode(x=_z(scores), y=alt.value(top), text="label:N"),
        ]
    others = [{"z": one.at} for one in guilty if not one.label]
    if others:
        rules = alt.Chart(_values(others)).mark_rule(color="var(--copper)", strokeWidth=2)
        layers.append(rules.encode(x=_z(scores), y=alt.value(8 + _LANE * len(named)), y2=alt.value(_HEIGHT)))
    return _finish(alt.layer(*layers), height=_HEIGHT, width=_WIDTH)


def keys(scores: Scores) -> Spec:
    """Our keys that are not accused, on the same axis, with what chance gives."""
    return _finish(alt.layer(*_histogram(scores.keys, scores, "var(--faint)", "keys")), height=130, width=_WIDTH)


def growth(points: Sequence[tuple[int, float]], level: float) -> Spec:
    """(tokens read, log10 p): up is stronger. Dashed: the level asked for, and the smallest p that is ever claimed."""
    rows = [
        {"tokens": tokens, "decades": min(_FARTHEST, -log10_p)} for tokens, log10_p in points if not math.isnan(log10_p)
    ]
    most = max([1.0, *(row["decades"] for row in rows)])
    lines = [{"decades": -LEAST_LOG10_P, "label": "1e-12: no report claims less"}]
    if 0 < level < 1:
        lines.append({"decades": -math.log10(level), "label": "level"})
    x = alt.X("tokens:Q", axis=alt.Axis(title="tokens of the suspect read", format="~s", tickCount=8, grid=False))
    y = alt.Y("decades:Q", scale=alt.Scale(domain=[0, max(2.0, most * 1.03)]), axis=_decades(most))
    base = alt.Chart(_values(rows))
    layers: list[Any] = []
    shown = [row for row in lines if float(str(row["decades"])) <= most * 1.3]
    if shown:
        marks = alt.Chart(_values(shown))
        layers += [
            marks.mark_rule(color="var(--faint)", strokeDash=[4, 3]).encode(y=y),
            marks.mark_text(align="left", baseline="bottom", dx=4, dy=-3, color="var(--quiet)", fontSize=11).encode(
                x=alt.value(0), y=y, text="label:N"
            ),
        ]
    layers += [
        base.mark_line(color="var(--copper)", strokeWidth=2).encode(x=x, y=y),
        base.mark_point(color="var(--copper)", filled=True, size=55, opacity=1).encode(x=x, y=y),
    ]
    return _finish(alt.layer(*layers), height=220, width=_WIDTH)


def power(lines: Sequence[PowerLine]) -> Spec:
    """Chance of reaching the level by share, one line for each number of tokens, coloured in turn from LINES."""
    rows = [
        {"share": point.share, "power": point.power, "line": f"{place}"}
        for place, line in enumerate(lines)
        for point in line.points
        if math.isfinite(point.power)
    ]
    x = alt.X("share:Q", axis=_SHARE)
    y = alt.Y("power:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="chance", format="~%", tickCount=5))
    names = [f"{place}" for place in range(len(lines))]
    scale = alt.Scale(domain=names, range=[LINES[place % len(LINES)] for place in range(len(lines))])
    colour = alt.Color("line:N", legend=None, scale=scale)
    base = alt.Chart(_values(rows))
    drawn = alt.layer(
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        base.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour),
    )
    return _finish(drawn, height=220, width=_WIDTH)


def _decades(most: float) -> Any:
    """Whole powers of ten, some six of them."""
    step = next((step for step in (1, 2, 5, 10, 20, 50) if most / step <= 8), 100)
    ticks = list(range(0, int(most) + step + 1, step))
    return alt.Axis(title="p", values=ticks, labelExpr="datum.value == 0 ? '1' : '1e-' + datum.value")


def _z(scores: Scores) -> Any:
    axis = alt.Axis(title="score, in deviations of the null", grid=False, tickCount=12)
    return alt.X("z:Q", scale=alt.Scale(domain=[scores.low, scores.high], nice=False), axis=axis)


def _histogram(bins: Sequence[Bin], scores: Scores, colour: str, title: str) -> list[Any]:
    y = alt.Axis(title=title, tickCount=4, tickMinStep=1, grid=False)
    rows = [{"z": one.low, "end": one.high, "count": one.count, "floor": 0} for one in bins if one.count]
    bars = (
        alt.Chart(_values(rows))
        .mark_rect(color=colour, opacity=0.75, stroke="var(--paper)", strokeWidth=0.5)
        .encode(x=_z(scores), x2="end:Q", y=alt.Y("count:Q", axis=y), y2="floor:Q")
    )
    # Past the last decoy the curve would only trace the floor.
    curve = [{"z": (one.low + one.high) / 2, "count": one.chance} for one in bins if one.chance > 0.01]
    chance = alt.Chart(_values(curve)).mark_line(
        color="var(--ink)", strokeWidth=1.5, strokeDash=[5, 3], interpolate="monotone"
    )
    return [bars, chance.encode(x=_z(scores), y=alt.Y("count:Q", axis=y))]
