"""What the two signals of hand-over share: an item that leaves one account and turns up on another."""

from __future__ import annotations

from typing import ClassVar

from stillwatch.engines import load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["Handovers"]


class Handovers(Signal):
    """A signal that counts items handed over between accounts of a unit, an exchange.

    `moves` names a query of account_key, `item` and gave (1 on the side that loses it, 0 on the side that takes it);
    `item` is where an exchange e carries it, `carried` says which exchanges could have been part of one. Both sides
    lie within one day, so that days add up. Supporting only: linking merges groups by the same events.
    """

    moves: ClassVar[str]
    item: ClassVar[str]
    carried: ClassVar[str]
    family = "load"
    atlas = "AML.T0008.005"
    minimum_trials = 50
    minimum_accounts = 4
    trials_each = 1
    reference = BUNDLE_KINDS
    lone = False
    whole = True  # who gives and who takes are two accounts
    supporting = True
    by_day = True
    partial_keys = ("account_key", "item")
    partial_sums = ("exchanges", "gave", "took")

    @property
    def shown(self) -> str:
        return "gave + took"

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query(
            "stillwatch.signals", "handovers_exchanges", exchanges=exchanges, partials=self.table, item=self.item
        )

    def account_sql(self, exchanges: str = "exchanges") -> str:
        moves = load_query("stillwatch.signals", self.moves, exchanges=exchanges)
        return load_query("stillwatch.signals", "handovers", moves=moves, exchanges=exchanges, carried=self.carried)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "handovers_units", units=units, partials=self.table)
