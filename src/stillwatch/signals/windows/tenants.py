"""The window test on the footing of tenants: is a unit farther from the crowd than honest tenants are?

Against pooled traffic every honest tenant that arrives alone is unusual: one company asks about one thing. So the
statistic of the window test is taken of each honest tenant too, at the same number of prompts and against a crowd
that it is not in, and the unit is ranked among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.errors import BadSettings
from stillwatch.signals.evidence import Rank, rank
from stillwatch.signals.windows.prompts import Prompts
from stillwatch.signals.windows.statistic import WEIGHTS, Floats, Pool, components
from stillwatch.signals.windows.window_test import FEWEST_PROMPTS

__all__ = ["TenantTest"]


class TenantTest:
    """Ranks units among honest `tenants` at windows of `size` prompts. Tenants with fewer prompts take no part.

    The crowd that a unit, or a tenant, is compared with holds as many prompts of every other tenant as it has, at most
    `cap`: no tenant can drag it. The statistic's scale comes from the crowd's own random windows.
    """

    def __init__(self, tenants: Sequence[Prompts], *, size: int, cap: int = 200, draws: int = 99, seed: int = 0):
        if size < FEWEST_PROMPTS:
            raise BadSettings(f"a window of {size} prompts tells nothing; make it {FEWEST_PROMPTS} or more.")
        self._random = np.random.default_rng(seed)
        self._size = size
        self._crowd = [self._some(tenant, cap) for tenant in tenants if len(tenant)]
        judged = [place for place, tenant in enumerate(self._crowd) if len(tenants[place]) >= size]
        whole = Prompts.join(self._crowd) if self._crowd else None
        self.tenants = len(judged)
        self._null = np.zeros((0, 0))
        self.statistics: Floats = np.zeros(0)
        if whole is None or len(whole) <= size:
            self.tenants = 0
            return
        deals = [self._random.permutation(len(whole))[:size] for _ in range(draws)]
        self._null = components(Pool.of(whole), deals)
        self.statistics = np.array([self._statistic(tenants[place], leave=place) for place in judged])

    def judge(self, unit: Prompts) -> Rank | None:
        """The unit's rank among the tenants; None with fewer prompts than a window, or no tenants to compare with."""
        if len(unit) < self._size or not self.tenants:
            return None
        return rank(self._statistic(unit), np.sort(self.statistics), np.zeros(0))

    def _statistic(self, unit: Prompts, leave: int = -1) -> float:
        window = self._some(unit, self._size)
        others = [tenant for place, tenant in enumerate(self._crowd) if place != leave]
        found = components(Pool.of(Prompts.join([window, *others])), [np.arange(len(window))])
        parts = (found[0] - self._null.mean(axis=0)) / np.maximum(self._null.std(axis=0), 1e-6)
        return float(np.maximum(parts, 0) ** 2 @ WEIGHTS)

    def _some(self, prompts: Prompts, most: int) -> Prompts:
        if len(prompts) <= most:
            return prompts
        return prompts.take(self._random.permutation(len(prompts))[:most])
