"""The exchanges that signals look at: those of the accounts of all units, where that is far less than the log.

A rate among thousands of accounts is no surer among tens of thousands, but costs as many times as much. So of a large
unit, a group as well as the tenants that it is compared with, some accounts are drawn, by their keys, which are hashes.
What hangs on pairs of its accounts, or on who else uses what it uses, is measured on all of them (`Signal.whole`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.schema import LAKE
from stillwatch.signals.base import Signal
from stillwatch.signals.measure import DAY_HELPERS, few_days
from stillwatch.signals.units import one_in

__all__ = ["MOST_MEMBERS", "draw_exchanges", "named_columns"]

MOST_MEMBERS = 4_096  # of a larger unit, half as many at least are drawn

_COMMENT = re.compile(r"--.*")


def named_columns(signals: Sequence[Signal]) -> list[str]:
    """The lake's columns that any query of these signals names: decoding is what a pass over the log costs."""
    texts = [text for signal in signals for text in _texts(signal)]
    texts += [signal.helper_sql(name) for signal in signals for name in signal.helpers if name in DAY_HELPERS]
    named = {
        "account_key",
        "exchange_id",
        "exchange_key",
        "hour",
        "ts_us",
        *re.findall(r"\w+", _COMMENT.sub("", "\n".join(texts))),
    }
    return [name for name in LAKE.names if name in named]


def _texts(signal: Signal) -> tuple[str, ...]:
    return signal.exchange_sql(), signal.account_sql(), signal.again_sql() or ""


def draw_exchanges(engine: Engine, signals: Sequence[Signal]) -> None:
    """Make `units_drawn` of `units`; of `exchanges` the views `signal_drawn`, `signal_whole`, and `<view>_few` of each.

    `units_drawn` has the rows of `units`; of a unit of more than `MOST_MEMBERS` accounts, those of one account in two,
    four, eight ... by their keys. `signal_drawn` has at least all exchanges of all accounts in `units_drawn`,
    `signal_whole` of those in `units`; `<view>_accounts` are these accounts. `<view>_few`, for supporting signals, has
    the exchanges of `few_days` among them.
    """
    sizes = engine.fetch(load_query("stillwatch.signals", "large_units", most=MOST_MEMBERS))
    every = [one_in(size, MOST_MEMBERS) for size in sizes.column("accounts").to_pylist()]
    engine.register("signal_large", sizes.append_column("one_in", pa.array(every, pa.int64())))
    if every:
        engine.materialise("units_drawn", load_query("stillwatch.signals", "units_drawn"))
    else:
        engine.view("units_drawn", "SELECT unit_id, kind, account_key FROM units")
    days = few_days(engine)
    looked = " OR ".join(f"(hour >= {day} AND hour < {day + 24})" for day in days)
    for name, units in (("signal_drawn", "units_drawn"), ("signal_whole", "units")):
        _draw(engine, name, units, ", ".join(named_columns(signals)), f"WHERE {looked}" if days else "")


def _draw(engine: Engine, name: str, units: str, columns: str, few: str) -> None:
    drawn = engine.materialise(f"{name}_accounts", f"SELECT account_key FROM {units} GROUP BY account_key")
    accounts = engine.fetch("SELECT CAST(count(*) AS BIGINT) AS n FROM signal_seen").column("n")[0].as_py()
    # A filter that keeps most rows costs more than it saves.
    only = "" if 2 * drawn > accounts else f"WHERE account_key IN (SELECT account_key FROM {name}_accounts)"
    engine.view(name, f"SELECT {columns} FROM exchanges {only}")
    engine.view(f"{name}_few", f"SELECT {columns} FROM {name} {few}")
