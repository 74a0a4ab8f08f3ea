"""Example exchanges that show an analyst what a signal saw."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal
from stillwatch.signals.drawn import named_columns

__all__ = ["PANEL", "Panel", "examples"]

PANEL = 200


class Panel:
    """The accounts that examples may come from, `PANEL` of each group: the log is looked through for them once.

    `exchanges` holds those of the groups in `units`, of all days or of a few: an example is wanted, not every one.
    """

    def __init__(self, engine: Engine, signals: Sequence[Signal], exchanges: str = "exchanges", units: str = "units"):
        self._engine = engine
        self._exchanges, self._units = exchanges, units
        self._columns = named_columns(signals)
        self._made = False

    def make(self) -> None:
        """Materialise `signal_panel` and `signal_panel_exchanges` from the units and the log, the first time only."""
        if not self._made:
            query = load_query("stillwatch.signals", "examples_panel", units=self._units, most=PANEL)
            self._engine.materialise("signal_panel", query)
            columns = ", ".join(self._columns)
            self._engine.materialise(
                "signal_panel_exchanges",
                f"SELECT {columns} FROM {self._exchanges} WHERE account_key IN (SELECT account_key FROM signal_panel)",
            )
        self._made = True


def examples(engine: Engine, signal: Signal, panel: Panel | None = None) -> dict[str, tuple[str, ...]]:
    """Up to five exchange ids for each group in `units`, from partials that are already kept.

    They come from the (up to five) accounts of the group's panel that show the signal most, so that one loud account
    does not hide the rest. `panel` serves several signals.
    """
    (panel or Panel(engine, [signal])).make()
    engine.materialise(
        "signal_shown",
        load_query("stillwatch.signals", "examples_accounts", shown=signal.shown, partials=signal.table),
    )
    engine.view(
        "signal_shown_exchanges",
        "SELECT * FROM signal_panel_exchanges WHERE account_key IN (SELECT account_key FROM signal_shown)",
    )
    query = load_query("stillwatch.signals", "examples", scored=signal.exchange_sql("signal_shown_exchanges"))
    found: dict[str, tuple[str, ...]] = {}
    for row in engine.fetch(query).to_pylist():
        found[row["unit_id"]] = (*found.get(row["unit_id"], ()), row["exchange_id"])
    return found
