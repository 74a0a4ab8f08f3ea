"""Runs the queries of a signal: what it lacks, its partials, and its value on every unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engines import Engine
from stillwatch.signals.base import Signal
from stillwatch.signals.evidence import Floats

__all__ = [
    "DAY_HELPERS", "Built", "Measured", "coverage", "few", "few_days", "keep_partials", "large_log",
    "make_helpers", "measure", "missing",
]  # fmt: skip

LARGE_LOG = 20_000_000  # exchanges
FEW = 4  # of a large log's days, supporting signals look at one in so many
DAY_HELPERS = frozenset({"signal_accompanied", "signal_resampled", "signal_sweeps"})  # that look at one day at a time
Built = dict[str, int]  # rows of the tables that this judging has built already, by name


@dataclass(frozen=True, slots=True)
class Measured:
    """One signal on many units; `value` is NaN where a unit cannot be judged (too few trials or accounts)."""

    unit: npt.NDArray[np.object_]
    kind: npt.NDArray[np.object_]
    accounts: npt.NDArray[np.int64]
    trials: npt.NDArray[np.int64]
    value: Floats


def coverage(engine: Engine, columns: Sequence[str]) -> dict[str, float]:
    """Share of rows that carry each column of `exchanges` (or `<table>.<column>`); of no rows: 0."""
    shares: dict[str, float] = {}
    by_relation: dict[str, list[str]] = {}
    for column in sorted(columns):
        relation, dot, name = column.rpartition(".")
        by_relation.setdefault(relation + dot, []).append(name)
    for prefix, names in by_relation.items():
        if prefix:
            counts = ", ".join(f"CAST(count({name}) AS BIGINT) AS {name}" for name in names)
            query = f"SELECT CAST(count(*) AS BIGINT) AS all_rows, {counts} FROM {prefix.removesuffix('.')}"
        else:
            query = f"SELECT all_rows, {', '.join(names)} FROM filled"
        row = engine.fetch(query).to_pylist()[0]
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


def make_helpers(engine: Engine, signal: Signal, built: Built, sql: str, exchanges: str = "exchanges") -> None:
    """Make the tables that the signal's queries join, those of `built` apart.

    Those of `DAY_HELPERS` are made only where `sql` joins them, of `exchanges`, or of the log for a signal that looks
    at the `crowd`; the others of the log.
    """
    exchanges = "exchanges" if signal.crowd else exchanges
    for name in signal.helpers:
        if name not in built and (name in sql or name not in DAY_HELPERS):
            days = _days(engine) if name in DAY_HELPERS else []
            if days:
                engine.register(f"{name}_days", _each_day(engine, exchanges, days, partial(signal.helper_sql, name)))
            query = f"SELECT * FROM {name}_days" if days else signal.helper_sql(name, exchanges)
            built[name] = engine.materialise(name, query)


def keep_partials(
    engine: Engine, signal: Signal, built: Built | None = None, *, exchanges: str = "exchanges", accounts: str = ""
) -> bool:
    """Materialise the account partials under `signal.table`; False when the log holds nothing to measure.

    `built` carries what several signals of one judging share; None: nothing is there yet. What it has of single days
    (`daily_<table>`) is added up, and no exchange looked at but those of prompts that are asked again. `exchanges` may
    hold only some accounts' exchanges, as all accounts of the units do: a signal that looks at the `crowd` is given the
    log. `accounts` names a relation of these accounts, or is empty: all.
    """
    built = {} if built is None else built
    source = "exchanges" if signal.crowd else exchanges
    daily = f"daily_{signal.table}"
    if signal.table in built:
        sql = ""
    elif daily in built:
        sql = signal.again_sql(source) or ""
    else:
        sql = signal.account_sql(source)
    make_helpers(engine, signal, built, sql, exchanges)
    if not signal.prepare(engine):
        return False
    if signal.table in built:
        return built[signal.table] > 0
    if daily in built:
        if sql:
            columns = ", ".join((*signal.partial_keys, *signal.partial_sums))
            daily = f"(SELECT {columns} FROM {daily} UNION ALL SELECT {columns} FROM ({sql}) AS a) AS d"
        built[signal.table] = _add_days(engine, signal, daily, "" if signal.crowd else accounts)
        return built[signal.table] > 0
    days = _days(engine) if signal.by_day and signal.partial_keys == ("account_key",) else []
    if days:
        built[signal.table] = _keep_by_day(engine, signal, source, days)
    else:
        built[signal.table] = engine.materialise(signal.table, sql)
    return built[signal.table] > 0


def _days(engine: Engine) -> list[int]:
    """The first hours of the days of a log that is better looked at in pieces; none of a small one."""
    if not large_log(engine):
        return []
    days: list[int] = engine.fetch("SELECT day_start FROM account_days GROUP BY day_start ORDER BY day_start")[
        "day_start"
    ].to_pylist()
    return days


def large_log(engine: Engine) -> bool:
    """Whether the log is better looked at in pieces."""
    rows: int = engine.fetch("SELECT all_rows FROM filled").column("all_rows")[0].as_py()
    return rows >= LARGE_LOG


def few_days(engine: Engine) -> list[int]:
    """The first hours of the days that supporting signals look at in a large log; none: at all days."""
    return few(_days(engine))


def few(days: Sequence[int]) -> list[int]:
    """One in `FEW` of these days (hours since 1970), the same however many there are."""
    return [day for day in days if day // 24 % FEW == 0]


def _keep_by_day(engine: Engine, signal: Signal, exchanges: str, days: Sequence[int]) -> int:
    """The partials of each day on its own, added up: what a day needs fits in memory, what the log needs may not."""
    engine.register(f"{signal.table}_days", _each_day(engine, exchanges, days, signal.account_sql))
    return _add_days(engine, signal, f"{signal.table}_days")


def _add_days(engine: Engine, signal: Signal, daily: str, accounts: str = "") -> int:
    """The partials of single days, added up; `accounts`: of these only."""
    keys = ", ".join(signal.partial_keys)
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in signal.partial_sums)
    only = f" WHERE account_key IN (SELECT account_key FROM {accounts})" if accounts else ""
    return engine.materialise(signal.table, f"SELECT {keys}, {sums} FROM {daily}{only} GROUP BY {keys}")


def _each_day(engine: Engine, exchanges: str, days: Sequence[int], sql: Callable[[str], str]) -> pa.Table:
    parts = []
    for day in days:
        engine.view("signal_day", f"SELECT * FROM {exchanges} WHERE hour >= {day} AND hour < {day + 24}")
        parts.append(engine.fetch(sql("signal_day")))
    return pa.concat_tables(parts)


def measure(engine: Engine, signal: Signal, units: str, names: npt.NDArray[np.object_] | None = None) -> Measured:
    """The signal on every unit of the relation `units`, from partials that are already kept.

    Where units go by numbers from 1, `names` says what they are called.
    """
    rows = engine.fetch(signal.unit_sql(units))
    accounts = rows.column("accounts").to_numpy().astype(np.int64)
    trials = rows.column("trials").to_numpy().astype(np.int64)
    value = rows.column("value").cast("float64").to_numpy(zero_copy_only=False).astype(np.float64)
    unit = rows.column("unit_id").to_numpy(zero_copy_only=False)
    few = (trials < signal.minimum_trials) | (accounts < signal.minimum_accounts)
    return Measured(
        unit=unit if names is None else names[unit.astype(np.int64) - 1],
        kind=rows.column("kind").to_numpy(zero_copy_only=False),
        accounts=accounts,
        trials=trials,
        # The last digits of a sum hang on the order of its rows, which no engine promises.
        value=np.where(few, np.nan, np.round(value, 11)),
    )
