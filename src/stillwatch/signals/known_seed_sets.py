"""SW123: the prompts are those of a public seed set of distillation."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["KnownSeedSets"]


class KnownSeedSets(Signal):
    """Share of requests that hold a seed of a public set: Alpaca, Self-Instruct, Code Alpaca, GSM8K train, GPTeacher.

    What it looks for:
        Prompts that hold at least half of a seed's fingerprint, anywhere in them, so that a seed inside a template
        counts too. What this log asks k times counts once.
    Why it matters:
        A student is compared with earlier ones, so the same questions are sent to every teacher.
    Innocent look-alikes:
        Researchers who reproduce a public training set, tutorials, a popular question typed by hand.
    When it is blind:
        No prompt text at ingest, or any set that the package does not carry, which is nearly all of them. It is
        supporting only: prompts of one's own are no sign of innocence.
    Example:
        "Natalia sold clips to 48 of her friends in April …", and 3,000 more of its training split.
    """

    code = "SW123"
    name = "known-seed-sets"
    family = "content"
    needs = frozenset({"seed_set"})
    supporting = True
    atlas = "AML.T0024.002"
    minimum_trials = 20_000
    helpers = ("signal_repeats",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.1%} of requests hold a seed of a public distillation set; the median tenant: {base:.1%}"
