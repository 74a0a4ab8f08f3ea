"""Example exchanges that show an analyst what a signal saw."""

from __future__ import annotations

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal

__all__ = ["examples"]


def examples(engine: Engine, signal: Signal) -> dict[str, tuple[str, ...]]:
    """Up to five exchange ids for each group in `units`, from partials that are already kept.

    They come from the (up to five) accounts that show the signal most, so that one loud account does not hide the rest.
    """
    shown = "hits" if "hits" in signal.partial_sums else "exchanges"
    engine.materialise(
        "signal_shown", load_query("stillwatch.signals", "examples_accounts", shown=shown, partials=signal.table)
    )
    engine.view(
        "signal_shown_exchanges",
        "SELECT * FROM exchanges WHERE account_key IN (SELECT account_key FROM signal_shown)",
    )
    query = load_query("stillwatch.signals", "examples", scored=signal.exchange_sql("signal_shown_exchanges"))
    found: dict[str, tuple[str, ...]] = {}
    for row in engine.fetch(query).to_pylist():
        found[row["unit_id"]] = (*found.get(row["unit_id"], ()), row["exchange_id"])
    return found
