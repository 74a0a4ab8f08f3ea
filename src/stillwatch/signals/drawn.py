"""The exchanges that signals look at: those of all accounts in any unit, where that is far less than the log."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stillwatch.engines import Engine
from stillwatch.schema import LAKE
from stillwatch.signals.base import Signal
from stillwatch.signals.measure import DAY_HELPERS, few_days, helper_sql

__all__ = ["draw_exchanges", "named_columns"]

_COMMENT = re.compile(r"--.*")


def named_columns(signals: Sequence[Signal]) -> list[str]:
    """The lake's columns that any query of these signals names: decoding is what a pass over the log costs."""
    texts = [text for signal in signals for text in (signal.exchange_sql(), signal.account_sql())]
    texts += [helper_sql(name, "exchanges") for signal in signals for name in signal.helpers if name in DAY_HELPERS]
    named = {
        "account_key",
        "exchange_id",
        "exchange_key",
        "hour",
        "ts_us",
        *re.findall(r"\w+", _COMMENT.sub("", "\n".join(texts))),
    }
    return [name for name in LAKE.names if name in named]


def draw_exchanges(engine: Engine, signals: Sequence[Signal]) -> None:
    """Make the views `signal_drawn` and `signal_drawn_few` of `exchanges` and `units`.

    The first has at least all exchanges of all accounts in any unit; the second, for supporting signals, those of
    `few_days` among them.
    """
    columns = ", ".join(named_columns(signals))
    drawn = engine.materialise("signal_drawn_accounts", "SELECT account_key FROM units GROUP BY account_key")
    accounts = engine.fetch("SELECT CAST(count(*) AS BIGINT) AS n FROM signal_seen").column("n")[0].as_py()
    # A filter that keeps most rows costs more than it saves.
    only = "" if 2 * drawn > accounts else "WHERE account_key IN (SELECT account_key FROM signal_drawn_accounts)"
    engine.view("signal_drawn", f"SELECT {columns} FROM exchanges {only}")
    days = few_days(engine)
    looked = " OR ".join(f"(hour >= {day} AND hour < {day + 24})" for day in days)
    engine.view("signal_drawn_few", f"SELECT {columns} FROM signal_drawn {f'WHERE {looked}' if days else ''}")
