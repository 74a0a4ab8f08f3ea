"""P-values with model families as the unit: conformal, with its floor, and a parametric tail, marked as such."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.provenance.fingerprint.innocents import Null

__all__ = ["Tail", "conformal", "holm", "parametric", "tail"]

# Where the tail begins: the share of innocent units above it.
TAIL = 0.1


class Tail:
    """The upper tail of innocent scores: where it begins, and how far it reaches on average beyond."""

    def __init__(self, start: float, reach: float, families: int) -> None:
        self.start, self.reach, self.families = start, reach, families

    def standing(self, score: float) -> float:
        """How many times the usual reach a score lies beyond the start of the tail."""
        return (score - self.start) / self.reach


def conformal(score: float, null: Null) -> float:
    """Share of innocent units that reach the score, the suspect counted among them; 1 / (units + 1) at the least.

    Exact where the suspect, if innocent, is exchangeable with the units (Vovk et al. 2005). Units that share a family
    are not independent: the families alone would give no less than 1 / (families + 1).
    """
    return min(1.0, (1.0 + null.reached(score)) / (1.0 + null.units))


def tail(null: Null) -> Tail:
    """Start and mean excess of the upper tenth of innocent units."""
    start = float(np.quantile(null.values, 1.0 - TAIL, method="higher"))
    above = null.values[null.values > start]
    reach = float((above - start).mean()) if len(above) else 0.0
    return Tail(start, max(reach, 0.05), null.families)


def parametric(score: float, null: Null) -> float:
    """Below the tail the share of innocents; in it a Lomax tail, wide for few families.

    The mean excess is raised by two standard errors, families counted, and the tail is as heavy as that of half as
    many degrees of freedom as there are families: an extrapolation, never smaller than the data can carry.
    """
    found = tail(null)
    if score <= found.start:
        return conformal(score, null)
    wide = found.reach * (1.0 + 2.0 / np.sqrt(found.families))
    heavy = found.families / 2.0
    return float(min(conformal(found.start, null), TAIL * (1.0 + (score - found.start) / (wide * heavy)) ** -heavy))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values (1979), None left out of the count."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for rank, (p, place) in enumerate(known):
        running = max(running, min(1.0, (len(known) - rank) * p))
        adjusted[place] = running
    return adjusted
