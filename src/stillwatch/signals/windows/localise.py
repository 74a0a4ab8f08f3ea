"""Who drives the deviation: the statistic of a window shared out among its prompts, so that the shares add up to it."""

# numba, not mypy, infers the types in compiled functions
# mypy: disable-error-code="assignment, call-overload, untyped-decorator"
from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from stillwatch.signals.windows.prompts import Prompts
from stillwatch.signals.windows.statistic import (
    COMPONENTS,
    MARK,
    PAIRS,
    RARE,
    SEEN,
    SPACE,
    WEIGHTS,
    Floats,
    Pool,
    deviance,
)
from stillwatch.signals.windows.window_test import Verdict

__all__ = ["by_account", "by_prompt"]


@numba.njit(cache=True, nogil=True)
def _by_ids(ids, counts, size, total, out):  # type: ignore[no-untyped-def]
    """out[prompt, component 0 … 5]: what the prompt's ids add to each; ids that lack in the window add to all alike."""
    share = size / total
    inside = np.zeros(SPACE, np.int64)
    for r in range(len(ids)):
        for k in range(ids.shape[1]):
            if ids[r, k] != 0:
                inside[ids[r, k]] += 1
    adds = np.zeros((SPACE, 6))
    even = np.zeros(6)
    for one in range(1, SPACE):
        c = counts[one]
        pair = 1 if one >= PAIRS else 0
        if c == 1:
            adds[one, 4 + pair] = inside[one]
            even[4 + pair] -= share / size
        spread = c * share * (1 - share) * (1 - c / total)
        if c < RARE or spread <= 0:
            continue
        weight = np.sqrt(float(c))
        far = deviance(float(inside[one]), float(c), share)
        if far > MARK:
            adds[one, 0] = (far - MARK) ** 2 * weight / inside[one]
        if c < SEEN:
            continue
        z = (inside[one] - c * share) / np.sqrt(spread)
        if z > 0:
            adds[one, 1 + pair] = z * z / inside[one]
            adds[one, 3] = z * z * weight / inside[one]
        else:
            even[1 + pair] += z * z / size
            even[3] += z * z * weight / size
    for r in range(len(ids)):
        for j in range(6):
            out[r, j] = even[j]
        for k in range(ids.shape[1]):
            if ids[r, k] != 0:
                for j in range(6):
                    out[r, j] += adds[ids[r, k], j]


def by_prompt(window: Prompts, reference: Prompts, verdict: Verdict) -> Floats:
    """(len(window),): what each prompt adds to `verdict.statistic`; they sum to it. Less than 0: it speaks against.

    `reference` is what the verdict compared with: `WindowTest.compared(len(window))`.
    """
    size = len(window)
    pool = Pool.of(Prompts.join([window, reference]))
    shares = np.zeros((size, len(COMPONENTS)))
    _by_ids(window.ids, pool.counts, float(size), float(len(pool)), shares[:, :6])
    far = pool.tails[:size] - pool.tail_rates
    spread = np.sqrt(pool.tail_rates * (1 - pool.tail_rates))
    if len(spread):
        most = int(np.argmax(np.abs(far.mean(axis=0)) / spread))
        shares[:, 6] = far[:, most] * np.sign(far[:, most].mean())
    shift = pool.scores[:size].astype(np.float64)
    shares[:, 7] = shift @ pool.precision @ shift.mean(axis=0)
    weight = np.maximum(verdict.parts, 0) ** 2 * WEIGHTS
    sums = shares.sum(axis=0)
    added: Floats = shares @ np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0)
    lost = weight[sums <= 0].sum()  # a component that stands out although no prompt carries it: all alike
    whole: Floats = added + lost / size
    return whole


def by_account(added: Floats, accounts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats]:
    """(account keys, what their prompts add together), most first; ties by key."""
    keys, place = np.unique(accounts, return_inverse=True)
    sums: Floats = np.bincount(place, weights=added, minlength=len(keys)).astype(np.float64)
    order = np.lexsort((keys, -sums))
    return keys[order], sums[order]
