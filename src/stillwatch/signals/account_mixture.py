"""SW119: one account whose end users or keys part into a pure harvest and everybody else."""

from __future__ import annotations

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal

__all__ = ["AccountMixture"]

SHOWN = 4  # parts that a sentence names


class AccountMixture(Signal):
    """How far the end users or keys of an account differ in how often they ask for reasoning, grading or data.

    What it looks for:
        Each account is split by what tells its customers apart: end users, else keys. The value is the standard
        deviation of the parts' rates of asking, beyond chance, over all accounts of the unit that have two parts or
        more. It is 0 where all parts ask alike, however much, and 0.4 where a fifth of the traffic does nothing else.
    Why it matters:
        A reseller that carries a campaign among its own customers is harmless on average; the campaign is one part of
        it and looks like nothing else there.
    Innocent look-alikes:
        A customer's evaluation job with a key of its own, a grading product as one end user of a gateway.
    When it is blind:
        Nothing in the log tells the parts of an account apart, or the part asks in words that the scores do not know.
        Parts that a scan has carved out as accounts of their own are no mixture any more.
    Example:
        Two of a gateway's 240 end users send a fifth of its traffic, nine tenths of it "reason step by step".
    """

    code = "SW119"
    name = "account-mixture"
    family = "content"
    needs = frozenset({"asks_generation", "asks_grading", "asks_reasoning"})
    by_day = True
    atlas = "AML.T0024.002"
    minimum_trials = 20
    trials_each = 1
    partial_keys = ("account_key", "part")
    partial_sums = ("exchanges", "hits")

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "account_mixture_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "account_mixture_units", units=units, partials=self.table)

    def details(self, engine: Engine, units: str) -> dict[str, str]:
        """The largest pure parts of each unit, by name."""
        query = load_query("stillwatch.signals", "account_mixture_names", units=units, partials=self.table, most=SHOWN)
        found: dict[str, list[str]] = {}
        for row in engine.fetch(query).to_pylist():
            found.setdefault(row["unit_id"], []).append(f"{row['part']} ({row['exchanges']:,} exchanges)")
        return {unit: "the most eager: " + ", ".join(parts) for unit, parts in found.items()}

    def sentence(self, value: float, base: float) -> str:
        return (
            f"End users or keys of one account differ by {100 * value:.0f} points in how often they ask for reasoning, "
            f"grading or data; the median: {100 * base:.0f}"
        )
