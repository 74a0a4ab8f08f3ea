"""Scores on one axis, as per cent of its width, so that a drawing needs no script to fit any screen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stillwatch.console.text import clean
from stillwatch.inquiry import Innocent

__all__ = ["Axis", "Dot", "FamilyRow", "axis", "by_family", "lanes"]

_TICKS = 7
_FAMILIES = 24
_CLOSE = 0.9  # per cent of the width at which two dots begin to cover each other
_LANES = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; `ticks` are (per cent, label)."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float | None) -> float | None:
        """Where `value` stands, in per cent from the left; None where it is no number."""
        if value is None or not math.isfinite(value):
            return None
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)


@dataclass(frozen=True, slots=True)
class Dot:
    """One model at `at` per cent, in one of a few lanes so that close ones do not cover each other."""

    at: float
    lane: int
    label: str


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One family of innocents, or all that have no row of their own."""

    name: str
    dots: tuple[Dot, ...]
    lanes: int


def axis(values: Iterable[float | None]) -> Axis:
    """An axis that holds all finite values and zero, with a margin and round ticks."""
    known = [value for value in values if value is not None and math.isfinite(value) and abs(value) < 1e12]
    low, high = min([0.0, *known]), max([0.0, *known])
    margin = 0.05 * ((high - low) or 2.0)
    low, high = low - margin, high + margin
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    made = Axis(low, high, ())
    places = (number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1))
    ticks = tuple((made.at(place) or 0.0, f"{place:.{digits}f}".replace("-", "−")) for place in places)
    return Axis(low, high, ticks)


def lanes(places: Sequence[tuple[float, str]]) -> tuple[Dot, ...]:
    """(per cent, label) as dots, each in the first lane where it covers none."""
    ends = [-math.inf] * _LANES
    dots = []
    for at, label in sorted(places):
        free = [lane for lane in range(_LANES) if at - ends[lane] >= _CLOSE]
        lane = free[0] if free else min(range(_LANES), key=lambda lane: ends[lane])
        ends[lane] = at
        dots.append(Dot(at, lane, label))
    return tuple(dots)


def by_family(innocents: Sequence[Innocent], scale: Axis, most: int = _FAMILIES) -> tuple[FamilyRow, ...]:
    """A row a family, the highest score first; beyond `most` families the lowest ones share the last row."""
    groups: dict[str, list[Innocent]] = {}
    for innocent in innocents:
        if math.isfinite(innocent.score):
            groups.setdefault(innocent.family, []).append(innocent)
    order = sorted(groups, key=lambda family: (-max(one.score for one in groups[family]), family))
    named = order if len(order) <= most else order[: most - 1]
    rows = [(clean(family, 40) or "no family", groups[family]) for family in named]
    if len(named) < len(order):
        rest = [one for family in order[len(named) :] for one in groups[family]]
        rows.append((f"{len(order) - len(named)} more families", rest))
    return tuple(_row(name, members, scale) for name, members in rows)


def _row(name: str, members: Sequence[Innocent], scale: Axis) -> FamilyRow:
    places = [(at, clean(one.model, 60)) for one in members for at in [scale.at(one.score)] if at is not None]
    dots = lanes(places)
    return FamilyRow(name, dots, 1 + max((dot.lane for dot in dots), default=0))
