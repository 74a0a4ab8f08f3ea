"""What was measured of each signal on the benchmark, kept beside the code: who was not measured cannot weigh.

`figures.json` is written by `bench/signals.py` from whole campaigns and whole look-alikes of simulated worlds.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from stillwatch.signals.base import Signal

__all__ = ["CUT", "Book", "Figures", "State", "figures", "state", "weighs"]

CUT = 0.01  # a signal fires on a group at this p-value or below

State = Literal["weighs", "supporting", "experimental"]


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one signal fired (p <= `CUT`) on campaigns and on look-alikes, each judged as one group."""

    campaigns: int  # judged
    campaigns_fired: int
    campaigns_blind: int  # that it could not judge
    lookalikes: int  # judged
    lookalikes_fired: int
    base: float | None  # its figure's median among honest tenants, mean over the worlds

    @property
    def recall(self) -> float | None:
        """Share of the judged campaigns on which it fired."""
        return self.campaigns_fired / self.campaigns if self.campaigns else None

    @property
    def precision(self) -> float | None:
        """Share of campaigns among all groups on which it fired; None where it never fired."""
        fired = self.campaigns_fired + self.lookalikes_fired
        return self.campaigns_fired / fired if fired else None


class Book(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file: where the figures come from, and those of each signal by code."""

    stillwatch: str
    accounts: int
    days: int
    seeds: tuple[int, ...]
    worlds: int
    signals: dict[str, Figures]


@cache
def figures() -> Book:
    """The committed figures."""
    text = (resources.files("stillwatch.signals") / "figures.json").read_bytes()
    return msgspec.json.decode(text, type=Book)


def state(signal: Signal) -> State:
    """Whether a signal may weigh: not while it has no committed figures, and never where it only supports."""
    measured = figures().signals.get(signal.code)
    if measured is None or not measured.campaigns + measured.lookalikes:
        return "experimental"
    return "supporting" if signal.supporting else "weighs"


def weighs(signal: Signal) -> bool:
    """Whether the signal's weight may count."""
    return state(signal) == "weighs"
