"""Runs the queries of a signal: what it lacks, its partials, and its value on every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.engines import Engine
from stillwatch.signals.base import Signal
from stillwatch.signals.evidence import Floats

__all__ = ["Measured", "coverage", "keep_partials", "measure", "missing"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One signal on many units; `value` is NaN where a unit cannot be judged (too few trials or accounts)."""

    unit: npt.NDArray[np.object_]
    kind: npt.NDArray[np.object_]
    accounts: npt.NDArray[np.int64]
    trials: npt.NDArray[np.int64]
    value: Floats


def coverage(engine: Engine, columns: Sequence[str]) -> dict[str, float]:
    """Share of rows that carry each column of `exchanges` (or `models.<column>`); of no rows: 0."""
    shares: dict[str, float] = {}
    for relation, prefix in (("exchanges", ""), ("models", "models.")):
        names = sorted(
            name.removeprefix(prefix) for name in columns if name.startswith("models.") == (relation == "models")
        )
        if not names:
            continue
        counts = ", ".join(f"CAST(count({name}) AS BIGINT) AS {name}" for name in names)
        row = engine.fetch(f"SELECT CAST(count(*) AS BIGINT) AS all_rows, {counts} FROM {relation}").to_pylist()[0]
        for name in names:
            shares[prefix + name] = row[name] / row["all_rows"] if row["all_rows"] else 0.0
    return shares


def missing(engine: Engine, signals: Sequence[Signal]) -> dict[str, tuple[str, ...]]:
    """By code: the needed columns that too few rows carry for the signal to judge. Empty: it can judge."""
    shares = coverage(engine, sorted(set[str]().union(*(signal.needs for signal in signals))))
    return {
        signal.code: tuple(
            name for name in sorted(signal.needs) if shares[name] < signal.minimum_coverage or shares[name] == 0
        )
        for signal in signals
    }


def keep_partials(engine: Engine, signal: Signal) -> bool:
    """Materialise the account partials under `signal.table`; False when the log holds nothing to measure."""
    if not signal.prepare(engine):
        return False
    return engine.materialise(signal.table, signal.account_sql()) > 0


def measure(engine: Engine, signal: Signal, units: str) -> Measured:
    """The signal on every unit of the relation `units`, from partials that are already kept."""
    rows = engine.fetch(signal.unit_sql(units))
    accounts = rows.column("accounts").to_numpy().astype(np.int64)
    trials = rows.column("trials").to_numpy().astype(np.int64)
    value = rows.column("value").cast("float64").to_numpy(zero_copy_only=False).astype(np.float64)
    few = (trials < signal.minimum_trials) | (accounts < signal.minimum_accounts)
    return Measured(
        unit=rows.column("unit_id").to_numpy(zero_copy_only=False),
        kind=rows.column("kind").to_numpy(zero_copy_only=False),
        accounts=accounts,
        trials=trials,
        value=np.where(few, np.nan, value),
    )
