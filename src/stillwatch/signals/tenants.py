"""Whom a group is compared with: the honest tenants of one signal, chosen for the group's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.signals.base import Signal
from stillwatch.signals.evidence import Floats, Rank, Spread, rank
from stillwatch.signals.measure import Measured

__all__ = ["Tenants"]


@dataclass(frozen=True, slots=True)
class _Reference:
    usable: npt.NDArray[np.bool_]  # by row of what was measured
    ordered: Floats
    base: float  # median of the honest ones
    spread: Spread


class Tenants:
    """The reference units of one signal. Of the random handfuls only those of about the group's size take part.

    All sizes together would let the handfuls, which are easily beaten, outnumber companies and tools.
    """

    def __init__(self, signal: Signal, measured: Measured):
        self._signal = signal
        self._measured = measured
        self._usable = np.isin(measured.kind, np.array(signal.reference, dtype=object)) & ~np.isnan(measured.value)
        self._handful = np.zeros(len(measured.unit), np.int64)
        for row in np.flatnonzero(measured.kind == "bundle"):
            self._handful[row] = int(measured.unit[row].split(":")[1])
        self._known: dict[int, _Reference] = {}

    def place(self, row: int, overlapping: Sequence[int]) -> tuple[Rank, float]:
        """The rank of the unit in `row` among its tenants less the `overlapping` rows, and the honest median."""
        tenants = self._reference(row)
        out = [other for other in overlapping if tenants.usable[other]]
        values = self._measured.value
        return rank(values[row], tenants.ordered, values[out], tail=self._signal.tail), tenants.base

    def weight(self, row: int, found: Rank) -> float:
        """Natural logarithm of the e-value of the unit in `row`, from its rank."""
        return self._reference(row).spread.weight(found.p_value)

    def _reference(self, row: int) -> _Reference:
        sizes = np.unique(self._handful[self._usable & (self._handful > 0)])
        fitting = sizes[sizes <= self._measured.accounts[row]]
        size = int(fitting[-1] if len(fitting) else sizes[0] if len(sizes) else 0)
        if size not in self._known:
            usable = self._usable & ((self._handful == 0) | (self._handful == size))
            if self._signal.size_matters:
                usable &= self._measured.accounts >= size
            all_tenants = self._measured.value[usable]
            honest = self._measured.value[usable & (self._measured.kind != "group")]
            base = honest if len(honest) else all_tenants  # where every account is in some group
            median = float(np.median(base)) if len(base) else float("nan")
            ordered = np.sort(all_tenants)
            self._known[size] = _Reference(usable, ordered, median, Spread(ordered, tail=self._signal.tail))
        return self._known[size]
