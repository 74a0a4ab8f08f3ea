"""What the two signals on the clock of a pool share: exchanges by account and hour."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["AccountHours"]


class AccountHours(Signal):
    """A signal measured on account-hour counts, which are made once for all of them. Subclasses own the unit query."""

    family = "load"
    needs = frozenset({"hour"})
    by_day = True
    atlas = "AML.T0008.005"
    minimum_accounts = 8
    trials_each = 1
    reference = BUNDLE_KINDS
    largest_tenant = 512  # its units are joined with every hour of every account
    lone = False
    partial_keys = ("account_key", "hour")
    partial_sums = ("exchanges",)

    @property
    def table(self) -> str:
        return "signal_account_hours"

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "even_load_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "account_hours", exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", f"{self.query}_units", units=units, partials=self.table)
