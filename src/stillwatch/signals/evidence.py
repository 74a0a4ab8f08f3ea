"""From measured values to evidence: rank p-values against honest tenants, and the e-values made from them.

A p-value here is a rank: (1 + tenants at least as far out) / (1 + tenants). It is valid where the unit is exchangeable
with its tenants. Its e-value is (1 - p + p ln p) / (p ln² p), the calibrator of Vovk & Wang (2021) that averages
k·p^(k-1) over all k and so needs no k to be chosen. It has mean 1 under the null, so e-values of dependent signals may
be averaged and those of independent families multiplied; a p-value may not.

Where most tenants tie (nothing of a rare habit was seen of them) p is 1 for them all and that mean lies near one half:
half of the evidence is given away. `Spread` takes back what the ties cost and no more: exchangeable units' e-values
over their own mean have mean 1, and the mean is compared with that of as many units without ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FEWEST_TENANTS", "Floats", "Rank", "Spread", "log_e", "rank", "ranks"]

Floats = npt.NDArray[np.float64]

FEWEST_TENANTS = 50


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a value lies among tenants: its p-value, how many lie as far out, out of how many."""

    p_value: float
    extreme: int
    tenants: int


def log_e(p_value: float | Floats) -> Floats:
    """Natural logarithm of the e-value of a p-value in (0, 1]; ln 0.5 at p = 1, the least there is."""
    p = np.asarray(p_value, dtype=np.float64)
    far = np.maximum(-np.log(p), 1e-6)  # nearer to 1 the quotient loses its digits, and the e-value is 0.5
    logarithm: Floats = np.log(-np.expm1(-far) - far * np.exp(-far)) + far - 2 * np.log(far)
    return logarithm


class Spread:
    """What ties among the ascending values `ordered` of tenants cost an e-value."""

    def __init__(self, ordered: Floats, *, tail: str = "upper"):
        size = len(ordered)
        left = tail == "upper"
        at = np.searchsorted(ordered, ordered, side="left" if left else "right")
        beyond = size - at if left else at
        self._size = size
        self._sum = float(np.sum(np.exp(log_e(beyond / (size + 1)))))
        self._untied = float(np.mean(np.exp(log_e(np.arange(1, size + 2) / (size + 1)))))

    def weight(self, p_value: float) -> float:
        """Natural logarithm of the e-value of a unit with this p-value among these tenants; ln 0.5 at the least."""
        plain = float(log_e(p_value))
        mean = (self._sum + np.exp(plain)) / (self._size + 1)
        return plain + max(0.0, float(np.log(self._untied / mean)))


def rank(value: float, ordered: Floats, excluded: Floats, *, tail: str = "upper") -> Rank:
    """Rank of `value` among the ascending values `ordered`, less those of `ordered` that are in `excluded`."""
    if tail == "upper":
        extreme = len(ordered) - int(np.searchsorted(ordered, value, side="left")) - int(np.sum(excluded >= value))
    else:
        extreme = int(np.searchsorted(ordered, value, side="right")) - int(np.sum(excluded <= value))
    tenants = len(ordered) - len(excluded)
    return Rank((1 + extreme) / (1 + tenants), extreme, tenants)


def ranks(values: Floats, *, tail: str = "upper") -> Floats:
    """p-value of each value among all the others: ties count as being as far out; NaN stays NaN and ranks nobody."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    p_values = np.full(len(values), np.nan)
    if tail == "upper":
        p_values[known] = (len(ordered) - np.searchsorted(ordered, values[known], side="left")) / max(len(ordered), 1)
    else:
        p_values[known] = np.searchsorted(ordered, values[known], side="right") / max(len(ordered), 1)
    return p_values
