"""Keeps the daily relations by day, and puts all relations in place for a scan.

    <folder>/<day>-<digest>/<relation>.parquet       and the files of `held` in a large log

The digest is of what the day is made from: the lake's parts of that day in order, the rows among them that are
retracted, and the queries. A late file changes it, so that day alone is made again; a folder under its final name is
whole. Nobody need clean up: what no digest names any more is removed by the next run that writes.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine, Engine, load_query
from stillwatch.engines.scratch import Scratch
from stillwatch.errors import BadSettings
from stillwatch.lake import Lake
from stillwatch.partials.ahead import ahead
from stillwatch.partials.held import Held, write_held
from stillwatch.partials.recurring import find_recurring
from stillwatch.partials.relations import DAILY, HELD, LARGE, replace_daily, replace_filled, replace_recurring
from stillwatch.signals import SIGNALS, Signal
from stillwatch.signals.measure import DAY_HELPERS, Built, few, large_log

__all__ = ["LARGE_LOG", "Additive", "Kept", "additive", "keep_days", "prepared"]

LARGE_LOG = 4_000_000  # rows; below, SQL alone is as fast
_PACKAGE = "stillwatch.partials"
_HELD = f"SELECT account_key, {', '.join(f'{column} AS {name}' for name, column in HELD.items())} FROM exchanges"
# To a day on its own no prompt is asked again: what other days change is added when they are known.
_NOTHING_REPEATED = pa.table({"prompt_hash": pa.array([], pa.int64()), "askings": pa.array([], pa.int64())})


@dataclass(frozen=True)
class Kept:
    """The files of each relation, by name and first hour of the day, all folders, and the days that were made now."""

    files: dict[str, dict[int, Path]]
    folders: tuple[Path, ...]
    made: tuple[str, ...]


@dataclass(frozen=True)
class Additive:
    """One relation that is kept by day: what makes it from `exchanges`, and the columns by which its rows add up."""

    name: str
    sql: str
    helpers: tuple[str, ...] = ()  # tables of the same day that the SQL joins
    keys: tuple[str, ...] = ()
    supporting: bool = False


def additive(signals: Sequence[Signal] = SIGNALS) -> list[Additive]:
    """The daily relations, and of the signals that look at one day at a time the account partials and their helpers."""
    found = {name: Additive(name, load_query(_PACKAGE, name)) for name in DAILY}
    for signal in signals:
        sql, again = signal.account_sql(), signal.again_sql()
        helpers = {name for name in signal.helpers if name in sql}
        # A helper that looks at the whole log would change with every later day, but what repeated prompts change can
        # be added later; and what hangs on the crowd changes with the table of accounts.
        alone = helpers <= DAY_HELPERS and signal.by_day and not signal.crowd
        if (again or alone) and signal.table not in found:
            keys = signal.partial_keys
            found[signal.table] = Additive(signal.table, sql, tuple(sorted(helpers)), keys, signal.supporting)
    for name in sorted(DAY_HELPERS):
        users = [signal for signal in signals if name in signal.helpers]
        if users:
            sql, supporting = users[0].helper_sql(name), all(signal.supporting for signal in users)
            found[name] = Additive(name, sql, supporting=supporting)
    return list(found.values())


@contextmanager
def prepared(engine: Engine, lake: Lake, settings: Settings, folder: Path | None = None) -> Iterator[Built]:
    """Register the lake, with tables in place of its views of exchanges, for as long as the block lasts.

    The rows are the same, however they come about. With a `folder`, what adds up over days is kept there and only days
    that changed are made; the value says which account partials of signals are in place by that, or lie there a day at
    a time, as `daily_<table>`. In a large log, on this machine, the hashes that occur more than once are found a bucket
    of values at a time.
    """
    lake.register(engine)
    rows = lake.coverage().rows
    if lake.coverage().duplicates == sum(commit.repeated for commit in lake.commits):  # nothing stored was retracted
        counts: Counter[str] = Counter()
        for commit in lake.commits:
            counts.update(commit.columns)
        replace_filled(engine, rows, counts)
    kept = additive()
    if engine.name != "duckdb" or rows < LARGE_LOG:
        if folder is None or not lake.days():
            replace_daily(engine)
            yield {}
        else:
            yield _register_days(engine, keep_days(lake, folder, settings, held=False), kept)
        return
    with Scratch(settings.scratch) as scratch:
        if folder is None:  # a day's groups fit in memory, the log's need not
            folder, kept = scratch / "days", additive(())
        days = keep_days(lake, folder, settings, kept)
        built = _register_days(engine, days, kept)
        held = Held(days.folders)
        for columns, alone in ((("prompt_hash",), True), (tuple(LARGE), False)):
            found = find_recurring(held, columns, scratch, alone=alone, threads=settings.threads)
            for column, files in found.items():
                engine.register(f"recurring_{column}", files)
        replace_recurring(engine)
        yield built


def _register_days(engine: Engine, kept: Kept, relations: Sequence[Additive]) -> Built:
    built: Built = {}
    days = next(iter(kept.files.values()))
    looked = set(few(list(days))) if large_log(engine) else set()
    for one in relations:
        files = [path for day, path in kept.files[one.name].items() if not (one.supporting and looked) or day in looked]
        engine.register(f"daily_{one.name}", files)
        rows = sum(pq.read_metadata(path).num_rows for path in files)
        if one.keys:  # added up when asked for, over those that are asked about
            built[f"daily_{one.name}"] = rows
        elif one.name not in DAILY:  # a helper, of which no two days share a row
            engine.view(one.name, f"SELECT * FROM daily_{one.name}")
            built[one.name] = rows
    replace_daily(engine, "daily_")
    return built


def keep_days(
    lake: Lake, folder: Path, settings: Settings, relations: Sequence[Additive] | None = None, *, held: bool = True
) -> Kept:
    """Make the days that `folder` lacks, one after another; returns the files of all days. Raises BadSettings.

    `relations`: all that are `additive`, if not told otherwise; `held`: what each account held is kept besides. A
    folder is for one choice of both.
    """
    days = lake.days()
    relations = additive() if relations is None else relations
    queries = _queries(relations) + ([_HELD] if held else [])
    names = {day: f"{day}-{_digest(lake, day, queries)}" for day in days}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [day for day in days if not (folder / names[day]).is_dir()]
        if missing:
            for entry in folder.iterdir():
                if entry.name not in names.values():
                    shutil.rmtree(entry, ignore_errors=True)
        with _side_engine(settings) as side:
            for day, tables in zip(missing, ahead(_made(side, lake, missing, relations, held)), strict=True):
                _write(tables, folder / names[day])
    except OSError as error:
        raise BadSettings(
            f"{folder}: partial results cannot be kept here ({error.strerror}). Make room or name another folder."
        ) from None
    hours = [int(np.datetime64(day, "h").astype(int)) for day in days]
    files = {
        one.name: {hour: folder / names[day] / f"{one.name}.parquet" for hour, day in zip(hours, days, strict=True)}
        for one in relations
    }
    return Kept(files, tuple(folder / names[day] for day in days), tuple(missing))


def _made(
    side: Engine, lake: Lake, days: Sequence[str], relations: Sequence[Additive], held: bool
) -> Iterator[dict[str, pa.Table]]:
    """By day the rows of each relation, and under `held` the values of all exchanges."""
    joined = {name for one in relations for name in one.helpers}
    side.register("signal_repeats", _NOTHING_REPEATED)
    for day in days:
        lake.register_exchanges(side, [day])
        for one in relations:
            if one.name in joined:
                side.materialise(one.name, one.sql)
        made = {
            one.name: side.fetch(f"SELECT * FROM {one.name}" if one.name in joined else one.sql) for one in relations
        }
        yield made | {"held": side.fetch(_HELD)} if held else made


def _write(tables: Mapping[str, pa.Table], target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name, table in tables.items():
        if name == "held":
            write_held(table, unfinished)
        else:
            pq.write_table(table, unfinished / f"{name}.parquet", compression="lz4")  # as small as zstd
    unfinished.replace(target)


def _queries(relations: Sequence[Additive]) -> list[str]:
    return [text for one in relations for text in (one.name, one.sql)]


def _digest(lake: Lake, day: str, queries: Sequence[str]) -> str:
    return xxhash.xxh3_128_hexdigest("\0".join([lake.marks(day), *queries]).encode())[:16]


def _side_engine(settings: Settings) -> DuckDBEngine:
    return DuckDBEngine(memory="1GB", spill=settings.spill, threads=settings.threads, scratch=settings.scratch)
