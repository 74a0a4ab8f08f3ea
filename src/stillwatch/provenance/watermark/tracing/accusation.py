"""Who may be accused: one family-wise error over every key, every cohort and every second look.

The level is spent in two halves where cohorts were declared, else whole on the first:

* Every key alone, Holm (1979) over all of them. Nine tenths go to the first look. After keys were accepted, what they
  explain is taken out of the weights and the others are looked at again with nine tenths of what is left, and so on.
* Every cohort as one, each with an equal part (Bonferroni). Where a cohort is rejected, Holm over its own keys with
  that same part: among 8 accounts of a rejected cohort the bar is far lower than among thousands.

Why the sum is at most the level (as Goeman and Solari, 2010, sequential rejection): a key that marked nothing has
values that are independent of the suspect and of all other keys, hence of any weights made of those. Take the first
such key to be accepted. Until then only true keys were taken out, so its p-value in that look is a plain one, and
Holm's bar is at most the look's part over the number of innocent keys; the looks' parts sum to less than one. In a
cohort without a true key something is accepted only if the cohort is, at its own part; in one with a true key Holm's
error is that part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.text.levels import holm

__all__ = ["LOOKS", "SPENT", "Accusation", "accuse"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]

SPENT = 0.9
"""Of what is left of the level, the part that each look takes."""
LOOKS = 4


@dataclass(frozen=True)
class Accusation:
    """Per key: `log10_adjusted` float64[m], `accused` bool[m], `look` int64[m], the look in which it was accepted by
    itself, or 0 (not, or only among the keys of its cohort). Per cohort: `log10_cohorts` float64[k], `cohorts` bool[k].
    A thing is accused iff its adjusted p-value is at most the level."""

    log10_adjusted: Array
    accused: NDArray[np.bool_]
    look: Places
    log10_cohorts: Array
    cohorts: NDArray[np.bool_]


def accuse(
    look: Callable[[Places], Array],
    level: float,
    *,
    cohorts: Sequence[tuple[float, Places]] = (),
    looks: int = LOOKS,
) -> Accusation:
    """`look(accepted)` gives log10 p of every key, with what the accepted ones explain taken out of the weights; the
    first call is with none. `cohorts` are log10 p of the pooled test, and the places of the keys in it."""
    bar = np.log10(level)
    halved = 0.5 if cohorts else 1.0
    first = np.minimum(look(np.zeros(0, np.int64)), 0.0)
    adjusted = np.zeros_like(first)
    found = np.zeros(len(first), np.int64)
    now, left = first, halved
    for number in range(1, looks + 1):
        still = np.flatnonzero(found == 0)
        if not len(still):
            break
        part, left = left * SPENT, left * (1 - SPENT)
        adjusted[still] = np.minimum(adjusted[still], holm(now[still]) - np.log10(part))
        new = still[adjusted[still] <= bar]
        found[new] = number
        if not len(new) or number == looks:
            break
        now = np.minimum(look(np.flatnonzero(found)), 0.0)
    through = np.zeros_like(first)
    whole = np.zeros(len(cohorts))
    for place, (log10_p, inside) in enumerate(cohorts):
        price = np.log10(len(cohorts)) - np.log10(1.0 - halved)
        whole[place] = min(log10_p + price, 0.0)
        own = np.maximum(holm(first[inside]) + price, whole[place])
        through[inside] = np.minimum(through[inside], own)
    adjusted = np.minimum(np.minimum(adjusted, through), 0.0)
    return Accusation(adjusted, adjusted <= bar, found, whole, whole <= bar)
