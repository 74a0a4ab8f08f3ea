"""Whether the harvest weight keeps its promise in this log: honest tenants stand trial as if they were candidates.

The weight is the logarithm of an e-value, so at most one honest tenant in c may reach ln c. That rests on families of
signals being independent among honest tenants, which is an assumption. Here it is tested: companies and tools of a log
are judged exactly as a candidate group would be, and where more of them reach a weight than chance allows, all weights
are tempered until they keep the promise again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from scipy import stats

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal
from stillwatch.signals.combine import FEWEST_FAMILIES
from stillwatch.signals.evidence import FEWEST_TENANTS, Floats
from stillwatch.signals.measure import Measured
from stillwatch.signals.tenants import Tenants

__all__ = ["Calibration", "HonestTrials", "combined"]

MOST = 400  # tenants on trial
SIZES = (2, 200)  # accounts of a tenant on trial
SURE = 0.001  # a promise counts as broken when chance breaks it this rarely
AT = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)  # weights at which promise and outcome are compared


@dataclass(frozen=True)
class Calibration:
    """`log_lr`: the harvest weights of honest tenants, ascending, before tempering. Empty: too few to tell."""

    log_lr: Floats = field(default_factory=lambda: np.empty(0))

    @cached_property
    def temper(self) -> float:
        """The factor in (0, 1] with which weights keep their promise among these tenants; 1 where nothing breaks it.

        The k largest of n weights reach l. If that happens to at least Clopper & Pearson's lower bound of the tenants,
        the weight at l may not promise less: temper · l <= -ln(bound).
        """
        if len(self.log_lr) < FEWEST_TENANTS:
            return 1.0
        weight = self.log_lr[::-1]
        count = np.arange(1, len(weight) + 1)
        bound = stats.beta.ppf(SURE, count, len(weight) - count + 1)
        return float(min(1.0, np.min((-np.log(bound) / np.maximum(weight, 1e-9))[weight > 0], initial=1.0)))

    def points(self) -> list[dict[str, float | int]]:
        """The reliability diagram: at each weight the share promised at most and the share that reached it (95 %)."""
        size = len(self.log_lr)
        if size < FEWEST_TENANTS:
            return []
        tempered = self.log_lr * self.temper
        rows: list[dict[str, float | int]] = []
        for at in AT:
            reached = int(np.sum(tempered >= at))
            low = float(stats.beta.ppf(0.025, reached, size - reached + 1)) if reached else 0.0
            high = float(stats.beta.ppf(0.975, reached + 1, size - reached)) if reached < size else 1.0
            rows.append(
                {
                    "log_lr": at, "promised": float(np.exp(-at)), "reached": reached, "tenants": size,
                    "low": low, "high": high,
                }
            )  # fmt: skip
        return rows


def combined(weights: Mapping[str, Sequence[Floats]]) -> Floats:
    """The harvest weight of many units: by family arrays of ln e (NaN: cannot judge), combined as one group's are.

    NaN where fewer than two families, or neither content nor shape, could judge.
    """
    size = len(next(iter(weights.values()))[0]) if weights else 0
    total, families, told = np.zeros(size), np.zeros(size, np.int64), np.zeros(size, bool)
    for family, rows in weights.items():
        e_values = np.exp(np.vstack(rows))
        judged = np.sum(~np.isnan(e_values), axis=0)
        mean = np.nansum(e_values, axis=0) / np.maximum(judged, 1)
        total += np.where(judged > 0, np.log(np.maximum(mean, 1e-300)), 0.0)
        families += judged > 0
        if family in {"content", "shape"}:
            told |= judged > 0
    return np.where((families >= FEWEST_FAMILIES) & told, total, np.nan)


class HonestTrials:
    """Some companies and tools, (kind, unit_id) each, and what each signal that weighs says of them."""

    def __init__(self, units: Sequence[tuple[str, str]]):
        self.units = tuple(units)
        self._weights: dict[str, list[Floats]] = {}

    @classmethod
    def choose(cls, engine: Engine, seed: int) -> HonestTrials:
        """Some of the table `units`. The same log and seed give the same ones."""
        rows = engine.fetch(load_query("stillwatch.signals", "trials", fewest=SIZES[0], most=SIZES[1]))
        chosen = np.sort(np.random.default_rng(seed).permutation(rows.num_rows)[:MOST])
        kinds, units = (rows.column(name).take(pa.array(chosen)).to_pylist() for name in ("kind", "unit_id"))
        return cls(list(zip(kinds, units, strict=True)))

    def table(self) -> pa.Table:
        """kind, unit_id."""
        kinds, units = zip(*self.units, strict=True) if self.units else ((), ())
        return pa.table({"kind": pa.array(kinds, pa.string()), "unit_id": pa.array(units, pa.string())})

    def note(
        self,
        signal: Signal,
        measured: Measured,
        tenants: Tenants,
        place: Mapping[tuple[str, str], int],
        overlaps: Mapping[tuple[str, str], set[tuple[str, str]]],
    ) -> None:
        """Rank every tenant among the others, as a group is ranked: without itself and its own accounts."""
        found = np.full(len(self.units), np.nan)
        for at, unit in enumerate(self.units):
            row = place.get(unit)
            if row is None or np.isnan(measured.value[row]):
                continue
            out = [place[other] for other in {unit, *overlaps.get(unit, ())} if other in place]
            rank, _ = tenants.place(row, out)
            if rank.tenants >= FEWEST_TENANTS:
                found[at] = tenants.weight(row, rank)
        self._weights.setdefault(signal.family, []).append(found)

    def calibration(self) -> Calibration:
        """What the weights of all tenants say of the promise."""
        weights = combined(self._weights)
        return Calibration(np.sort(weights[~np.isnan(weights)]))
