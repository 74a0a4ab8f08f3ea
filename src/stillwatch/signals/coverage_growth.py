"""SW120: ever new topics, long after an account of that size would have come back to its own."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["CoverageGrowth"]


class CoverageGrowth(Signal):
    """How many more of an account's topics are visited only once than is usual for as many requests.

    What it looks for:
        Topic cells that an account visits exactly once, a request. By Good and Turing that is the chance that its next
        request is in a cell of its own again. From it the same figure of the log's honest accounts with about as many
        requests (sizes within a factor of 1.65) is taken away; the value is the mean over a unit's requests.
    Why it matters:
        People and products come back to what they do. A collector covers a space of tasks, and must not repeat itself.
    Innocent look-alikes:
        Gateways and apps with many users behind one account, crawlers that summarise everything, first-time users.
    When it is blind:
        No prompt text at ingest, fewer than eight requests an account, or templates: their words decide the cell, and
        all their fills fall into few. It is supporting only, because every simulated campaign lies below its tenants.
    Example:
        Of 900 requests an account 610 are alone in their cell; of accounts with as many requests, 240.
    """

    code = "SW120"
    name = "coverage-growth"
    family = "shape"
    needs = frozenset({"topic"})
    by_day = True
    atlas = "AML.T0024.002"
    minimum_trials = 50
    trials_each = 1
    supporting = True
    partial_keys = ("account_key", "topic")
    partial_sums = ("exchanges",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "coverage_growth_exchanges", exchanges=exchanges, partials=self.table)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "coverage_growth_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"{100 * value:+.1f} of a hundred requests open a topic of their own, beyond accounts of the same size; "
            f"the median: {100 * base:+.1f}"
        )
