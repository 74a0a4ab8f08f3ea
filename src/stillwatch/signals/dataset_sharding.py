"""SW114: the accounts ask different shares of one pool: alike in topic, and never the same prompt."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["DatasetSharding"]


class DatasetSharding(Signal):
    """How far the accounts' prompts look like shares dealt from one pool.

    What it looks for:
        Two prompts of different accounts share a topic cell as often as two prompts of one account do, and yet no
        prompt is asked twice. The value is the quotient of the two rates times distinct prompts over exchanges.
    Why it matters:
        A data set is split over the accounts so that none asks much. Random shares of one pool have the same
        mixture; overlap would be answers paid twice. People have topics of their own.
    Innocent look-alikes:
        Users of one product with narrow input (mails to sort, tickets to label), a company's workers on one queue.
    When it is blind:
        No prompt text at ingest, fewer than eight accounts, a pool that is split by topic, or members that carry much
        cover traffic of their own. Supporting only: users of one narrow product look the same.
    Example:
        60 accounts, 9,800 prompts, 1.0 askings each; pairs of accounts agree in topic 0.96 times as often as a single
        account with itself, those of the median company 0.2 times.
    """

    code = "SW114"
    name = "dataset-sharding"
    family = "load"
    needs = frozenset({"prompt_hash", "topic"})
    atlas = "AML.T0024.002"
    minimum_trials = 50
    minimum_accounts = 8
    trials_each = 1
    reference = BUNDLE_KINDS
    largest_tenant = 512  # its units are joined with every hour, or topic, of every account
    lone = False
    supporting = True
    helpers = ("signal_repeats",)
    partial_keys = ("account_key", "topic")
    partial_sums = ("exchanges", "novel", "squares")

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "dataset_sharding_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "dataset_sharding_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Different accounts' prompts agree in topic, and never in words, {value:.2f} times as far as those of one "
            f"account do (1: shares dealt from one pool); the median: {base:.2f}"
        )
