"""The window test: one p-value for a window of prompts against a reference of honest ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.errors import BadSettings
from stillwatch.signals.windows.prompts import Prompts
from stillwatch.signals.windows.statistic import COMPONENTS, WEIGHTS, Floats, Pool, Rows, components

__all__ = ["FEWEST_PROMPTS", "Verdict", "WindowTest", "strength"]

FEWEST_PROMPTS = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """One window judged. `parts`: standard deviations of each of COMPONENTS above the null's mean."""

    p_value: float
    statistic: float
    parts: Floats
    prompts: int


def strength(found: Floats, null: Floats) -> tuple[Floats, Floats, Floats]:
    """(of found, of null, parts of found): squared positive standard deviations, summed by WEIGHTS over the components.

    found: (m, COMPONENTS), null: (draws, COMPONENTS). The scale is taken from the null together with each found row, so
    that a found row that is one of the null is treated as the others are: ranks stay exact. Of null is (m, draws).
    """
    draws = len(null)
    sums, squares = null.sum(axis=0), (null**2).sum(axis=0)
    mean = (sums + found) / (draws + 1)
    spread = np.sqrt(np.maximum((squares + found**2) / (draws + 1) - mean**2, 1e-12))
    parts = (found - mean) / spread
    own = np.maximum(parts, 0) ** 2 @ WEIGHTS
    others = (null[None, :, :] - mean[:, None, :]) / spread[:, None, :]
    return own, np.maximum(others, 0) ** 2 @ WEIGHTS, parts


class WindowTest:
    """Judges windows against `reference` by dealing window and reference out anew, `draws` times.

    Exact where prompts are exchangeable, that is, for windows of *pooled* traffic; a lone honest tenant is no such
    window, see `tenants`. A window costs about a millisecond a draw.

    `shared`: one null for all windows of a size, the reference's own random windows against its rest, where it holds
    two or more; thirty times as fast. Then it is no longer exact: pools differ from each other, and the null comes of
    one. What honest windows made of it is in docs/window-test.md.
    """

    def __init__(self, reference: Prompts, *, draws: int = 399, seed: int = 0, shared: bool = False):
        if len(reference) < FEWEST_PROMPTS:
            raise BadSettings(f"the reference has {len(reference)} prompts; the window test needs {FEWEST_PROMPTS}.")
        self._reference = reference
        self._draws = draws
        self._seed = seed
        self._shared = shared
        self._nulls: dict[int, tuple[Prompts, Floats]] = {}

    def judge(self, window: Prompts) -> Verdict | None:
        """The verdict on a window; None with fewer than FEWEST_PROMPTS prompts: it cannot judge."""
        size = len(window)
        if size < FEWEST_PROMPTS:
            return None
        compared = self.compared(size)
        pool = Pool.of(Prompts.join([window, compared]))
        if compared is not self._reference:
            found, null = components(pool, [np.arange(size)]), self._nulls[size][1]
        else:
            random = np.random.default_rng([self._seed, size])
            deals: list[Rows] = [np.arange(size)]
            deals += [random.permutation(len(pool))[:size] for _ in range(self._draws)]
            both = components(pool, deals)
            found, null = both[:1], both[1:]
        own, others, parts = strength(found, null)
        p_value = (1 + int(np.sum(others[0] >= own[0]))) / (1 + len(null))
        return Verdict(p_value, float(own[0]), parts[0], size)

    def compared(self, size: int) -> Prompts:
        """What a window of this size is compared with: the reference, less one window where the null is shared."""
        if not self._shared or 2 * size > len(self._reference):
            return self._reference
        if size not in self._nulls:
            random = np.random.default_rng([self._seed, size])
            rest = self._reference.take(random.permutation(len(self._reference))[size:])
            deals = [random.permutation(len(self._reference))[:size] for _ in range(self._draws)]
            self._nulls[size] = rest, components(Pool.of(self._reference), deals)
        return self._nulls[size][0]

    def __repr__(self) -> str:
        return f"<WindowTest of {len(self._reference):,} prompts, {len(COMPONENTS)} components>"
