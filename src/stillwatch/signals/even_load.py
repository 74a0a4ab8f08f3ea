"""SW108: every account carries the same load: a pool that is being balanced."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["EvenLoad"]


class EvenLoad(Signal):
    """How little the daily loads of a unit's accounts differ.

    What it looks for:
        Daily exchange counts of all accounts together: their variance beyond chance, (variance - mean) / mean²,
        over days with traffic. A balanced pool lies near 0, people are heavy-tailed. Low is suspicious.
    Why it matters:
        A dispatcher spreads the work so that no single account is loud. Nobody else has a reason to.
    Innocent look-alikes:
        Fleets of scheduled jobs, load tests, a company that balances over its own keys.
    When it is blind:
        Fewer than eight accounts, fewer than four exchanges an active account-day, or a pool that imitates people.
    Example:
        748 accounts send 24 requests a day each, give or take 5; the median company varies tenfold.
    """

    code = "SW108"
    name = "even-load"
    family = "load"
    needs = frozenset({"hour"})
    by_day = True
    atlas = "AML.T0008.005"
    minimum_trials = 16
    minimum_accounts = 8
    trials_each = 1
    unit = "account-day"
    reference = BUNDLE_KINDS
    tail = "lower"
    lone = False
    partial_sums = ("days", "exchanges", "squares")

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "even_load_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "even_load_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Daily loads of the accounts vary {value:.2f} beyond chance (0: a balanced pool); the median: {base:.2f}"
        )
