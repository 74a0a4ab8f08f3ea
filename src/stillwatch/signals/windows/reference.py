"""A reference that follows the customers' drift and that a slow campaign cannot make its own.

Whoever feeds a reference teaches it what is normal. Four limits, each against one way of poisoning:

- *delay*: prompts count only after so many days, time in which a campaign is found and its prompts are taken out;
- *cap*: no tenant gives more than so many prompts a day, however much it asks: mass must be bought in tenants;
- *age*: a tenant counts from so many days after its first prompt: a wave of new accounts cannot rush in;
- *trim*: of each day's tenants the share that lies farthest from all others is left out.

What is left: a campaign that stays unfound for longer than delay and age, in as many tenants as the honest ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.signals.windows.prompts import Prompts
from stillwatch.signals.windows.statistic import SPACE, Floats

__all__ = ["DriftingReference"]


@dataclass(slots=True)
class _Day:
    prompts: Prompts
    tenants: npt.NDArray[np.int64]


@dataclass(slots=True)
class DriftingReference:
    """Prompts of honest tenants, added day by day; `at` gives those that may be compared with."""

    delay: int = 14
    days: int = 28  # how many days count, from the delay backwards: shorter follows drift faster
    cap: int = 20
    age: int = 14
    trim: float = 0.05
    seed: int = 0
    _kept: dict[int, _Day] = field(default_factory=dict)
    _since: dict[int, int] = field(default_factory=dict)
    _out: set[int] = field(default_factory=set)

    def add(self, day: int, prompts: Prompts, tenants: npt.NDArray[np.int64]) -> None:
        """A day's prompts and whose they are. A day that comes again replaces itself."""
        random = np.random.default_rng([self.seed, day])
        order = random.permutation(len(prompts))
        order = order[np.argsort(tenants[order], kind="stable")]
        first = np.flatnonzero(np.append(True, np.diff(tenants[order]) != 0)) if len(order) else np.zeros(0, np.int64)
        place = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        kept = order[place < self.cap]
        for tenant in np.unique(tenants).tolist():
            self._since[tenant] = min(day, self._since.get(tenant, day))
        chosen, owners = prompts.take(kept), tenants[kept]
        near = _nearest(chosen, owners, self.trim)
        self._kept[day] = _Day(chosen.take(near), owners[near])
        for old in [one for one in self._kept if one <= day - self.delay - self.days]:
            del self._kept[old]

    def forget(self, tenants: Iterable[int]) -> None:
        """Take tenants out, for the past and for good: members of a campaign that was found."""
        self._out |= set(tenants)

    def at(self, day: int) -> Prompts | None:
        """The reference on `day`; None while there is none yet."""
        parts = []
        for then in sorted(self._kept):
            if not day - self.delay - self.days < then <= day - self.delay:
                continue
            held = self._kept[then]
            fit = [one not in self._out and self._since[one] + self.age <= then for one in held.tenants.tolist()]
            if any(fit):
                parts.append(held.prompts.take(np.flatnonzero(fit)))
        return Prompts.join(parts) if parts else None


def _nearest(prompts: Prompts, tenants: npt.NDArray[np.int64], trim: float) -> npt.NDArray[np.intp]:
    """Rows of the tenants whose ids other tenants hold too, but for the share `trim` that is farthest out."""
    keys, owner = np.unique(tenants, return_inverse=True)
    most = int(trim * len(keys))
    if not most or not prompts.ids.any():
        return np.arange(len(tenants))
    rows, places = np.nonzero(prompts.ids)
    ids = prompts.ids[rows, places].astype(np.int64)
    held = np.unique(owner[rows].astype(np.int64) * SPACE + ids)  # each tenant's ids once: one vote each
    votes = np.bincount(held % SPACE, minlength=SPACE)
    surprise: Floats = -np.log(np.maximum(votes[ids] - 1, 0.5) / len(keys))
    mean = np.bincount(owner[rows], surprise, len(keys)) / np.maximum(np.bincount(owner[rows], minlength=len(keys)), 1)
    out = np.argsort(-mean, kind="stable")[:most]
    return np.flatnonzero(~np.isin(owner, out))
