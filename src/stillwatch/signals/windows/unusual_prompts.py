"""SW130: prompts of different accounts meet where the crowd seldom is."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["UnusualPrompts"]

CELLS = 64  # of the topics, within each skill: finer ones only tell more honest companies apart
SKILLS = 8
PRIOR = 8.0  # votes of an even crowd, so that a cell nobody visits does not weigh without bound


class UnusualPrompts(Signal):
    """How far a unit's prompts, taken between its accounts, lie from what honest tenants ask.

    What it looks for:
        Exchanges of two different accounts that fall into the same cell of skill and topic, weighed by how seldom
        honest accounts are there: the squared distance between the unit's and the crowd's distribution, with the
        account as what is drawn. 1 is the crowd itself. An account's own narrowness does not count.
    Why it matters:
        Accounts that work through one pool of prompts have one distribution, and it is not the customers'. This is
        the window test on the scale of tenants: the null is how far honest companies and tools lie from the crowd, so
        that an honest newcomer is unusual as often as they are, and no more.
    Innocent look-alikes:
        A company's product, a tool's users and a class share a subject too: they are the null. A licensed
        distillation customer.
    When it is blind:
        No skill or topic (no prompt text at ingest), a single account, fewer than 50 companies and tools in the log,
        or an operation whose prompts are spread as the customers' are.
    Example:
        Two exchanges of different accounts of the group meet in one cell 14 times as often as the crowd's would.
    """

    code = "SW130"
    name = "unusual-prompts"
    family = "content"
    needs = frozenset({"skill", "topic"})
    atlas = "AML.T0024.002"
    minimum_trials = 50
    minimum_accounts = 2
    trials_each = 1
    reference = ("org", "tool", "group")  # a random handful has nothing in common: it would only flatter p
    lone = False
    partial_keys = ("account_key", "skill", "topic")
    partial_sums = ("exchanges",)

    @property
    def table(self) -> str:
        return "signal_sw105"  # the same partials

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "narrow_skill_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "narrow_skill_wide_coverage", exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query(
            "stillwatch.signals.windows",
            "unusual_prompts_units",
            units=units,
            partials=self.table,
            cells=CELLS,
            prior=PRIOR,
            floor=PRIOR / (CELLS * SKILLS),
        )

    def sentence(self, value: float, base: float) -> str:
        told = f"Prompts of different accounts meet {value:,.1f} times as often as the crowd would let them"
        return f"{told}; the median unit: {base:,.1f}"
