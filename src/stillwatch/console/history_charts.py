"""Charts of dates and of gains: releases beside campaigns, skills beside peers, and one dot a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from stillwatch.console.charts import Spec, _finish, _values

__all__ = ["contrasts", "histories", "skills"]

_WIDTH = 960
_LABELS = 190
_ROW = 22


def histories(rows: Sequence[Mapping[str, Any]], windows: Sequence[Mapping[str, Any]], order: Sequence[str]) -> Spec:
    """Rows of {provider, day, role}, one dot a release; windows of {start, end} as bands behind them, ISO days."""
    x_axis = alt.Axis(title=None, format="%b %Y", grid=False, tickCount=8)
    x = alt.X("day:T", scale=alt.Scale(type="utc", padding=10), axis=x_axis)
    y = alt.Y("provider:N", sort=list(order), axis=_names())
    dots = alt.Chart(_values(rows)).mark_point(filled=True, size=46, opacity=0.9).encode(x=x, y=y, color=_roles())
    if not windows:
        return _finished(dots, _ROW * max(1, len(order)))
    bands = (
        alt.Chart(_values(windows))
        .mark_rect(color="var(--copper)", opacity=0.22)
        .encode(x=alt.X("start:T", axis=x_axis), x2="end:T")
    )
    return _finished(alt.layer(bands, dots), _ROW * max(1, len(order)))


def skills(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows of {skill, targeted, gain, peers}: from the peers' mean gain to the suspect's, in logits."""
    order = [str(row["skill"]) for row in rows]
    y = alt.Y("skill:N", sort=order, axis=_names())
    base = alt.Chart(_values(rows))
    colour = alt.Color(
        "targeted:N", legend=None, scale=alt.Scale(domain=["targeted", "other"], range=["var(--copper)", "var(--calm)"])
    )
    title = "gain in logits: open circle peers' mean, full circle suspect"
    x = alt.X("peers:Q", axis=alt.Axis(title=title, grid=True, tickCount=6))
    lines = base.mark_rule(strokeWidth=2).encode(x=x, x2="gain:Q", y=y, color=colour)
    peers = base.mark_point(filled=False, size=60, strokeWidth=2).encode(x=x, y=y, color=colour)
    own = base.mark_point(filled=True, size=90, opacity=1).encode(x="gain:Q", y=y, color=colour)
    return _finished(alt.layer(lines, peers, own), _ROW * max(1, len(order)))


def contrasts(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows of {family, contrast, role}, the highest first: each family as if it were the suspect."""
    y = alt.Y("family:N", sort=[str(row["family"]) for row in rows], axis=_names())
    x = alt.X("contrast:Q", axis=alt.Axis(title="targeted less untargeted gain, in logits", tickCount=6))
    base = alt.Chart(_values(rows))
    zero = alt.Chart(_values([{"zero": 0}])).mark_rule(color="var(--faint)").encode(x="zero:Q")
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=_roles())
    return _finished(alt.layer(zero, dots), _ROW * max(1, len(rows)))


def _roles() -> Any:
    domain = ["suspect", "peer", "harvested", "left out"]
    colours = ["var(--copper)", "var(--calm)", "var(--faint)", "var(--faint)"]
    return alt.Color("role:N", legend=None, scale=alt.Scale(domain=domain, range=colours))


def _names() -> Any:
    return alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelFontSize=12, labelLimit=_LABELS)


def _finished(chart: Any, height: int) -> Spec:
    return _finish(chart, height=height, width=_WIDTH, labels=_LABELS)
