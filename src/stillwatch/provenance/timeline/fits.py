"""The arithmetic of the event study: how soon after each campaign a provider released, and how often chance does so.

Time is a circle of `days`. The statistic of a history is the mean closeness over campaigns: 1 for a release on the
first day after the anchor, falling in a straight line to 0 after `window` days. Two comparisons, both exact:

- *Shifts*: the campaigns, all together, are moved along the history by every number of days. That keeps the rhythm of
  the releases and that of the campaigns. The share of shifts that fit as well is exact where no common season ties
  campaigns and releases; with one, it is fooled (measured: 11 to 21 % of innocents below 0.05).
- *Peers*: every other provider's share of shifts, found in the same way, against the suspect's. A season, a race after
  somebody's release or growth of the field makes the peers' shares small too. Sharing each provider with its own
  shifts first takes its own pace out: compared raw, a monthly releaser beats peers in a third of innocent cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fit", "best_share", "closeness", "compare", "fit", "power", "season"]

Days = NDArray[np.int64]
Floats = NDArray[np.float64]
_TIE = 1e-9
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Fit:
    """One history. `score`: mean closeness, 0 … 1. `hits` of `shifts` (its own place among them) score as well."""

    score: float
    hits: int
    shifts: int
    best: float  # the smallest share that any shift of this history could have

    @property
    def share(self) -> float:
        return self.hits / self.shifts


def closeness(events: Days, days: int, window: int) -> Floats:
    """For an anchor on each day of the circle: 1 … 1/window for a next event 1 … window days later, else 0."""
    if not len(events):
        return np.zeros(days)
    event = np.unique(events % days)
    day = np.arange(days)
    place = np.searchsorted(event, day, side="right")
    following = np.where(place < len(event), event[np.minimum(place, len(event) - 1)], event[0] + days)
    return np.maximum(0.0, 1.0 - (following - day - 1) / window)


def fit(closeness_by_campaign: Sequence[Floats], anchors: Sequence[int]) -> Fit:
    """The score of a history at the anchors (days of the circle), and among all shifts of them together."""
    scores = _scores(closeness_by_campaign, anchors)
    return Fit(
        score=float(scores[0]), hits=int((scores >= scores[0] - _TIE).sum()), shifts=len(scores),
        best=best_share(scores),
    )  # fmt: skip


def best_share(scores: Floats) -> float:
    """Share of shifts that reach the highest score of all: no place of the campaigns can give less."""
    return float((scores >= scores.max() - _TIE).mean())


def compare(suspect: Fit, peers: Sequence[Fit]) -> int:
    """How many peers fit as well or better, each by its own share of shifts."""
    return sum(peer.share <= suspect.share + _TIE for peer in peers)


def power(
    events: Days, anchors: Sequence[int], peers: Sequence[Fit], *, days: int, window: int, level: float,
    draws: int = 200, seed: int = 0,
) -> float:  # fmt: skip
    """Share of guilty histories that would reach `level`: as many events as the suspect's, one of them moved into the
    window of each campaign, uniformly. What is left of the test for a suspect of this pace."""
    rng = np.random.default_rng(seed)
    moved = min(len(anchors), len(events))
    shares = np.sort([peer.share for peer in peers])
    reached = 0
    for _ in range(draws):
        history = events.copy()
        chosen = rng.permutation(len(anchors))[:moved]
        lag = rng.integers(1, window, size=moved, endpoint=True)
        history[rng.permutation(len(events))[:moved]] = np.asarray(anchors)[chosen] + lag
        near = closeness(history, days, window)
        share = fit([near] * len(anchors), anchors).share
        as_well = int(np.searchsorted(shares, share + _TIE, side="right"))
        reached += max(share, (1 + as_well) / (1 + len(peers))) <= level + _TIE
    return reached / draws


def season(events: Days) -> float:
    """Rayleigh's test: how likely days of release fall together in the year as much by chance (1: no season at all)."""
    turns = np.exp(2j * np.pi * events / _YEAR)
    return float(np.exp(-(np.abs(turns.sum()) ** 2) / len(events)))


def _scores(closeness_by_campaign: Sequence[Floats], anchors: Sequence[int]) -> Floats:
    total = np.zeros(len(closeness_by_campaign[0]))
    for near, anchor in zip(closeness_by_campaign, anchors, strict=True):
        total += np.roll(near, -anchor)
    return total / len(anchors)
