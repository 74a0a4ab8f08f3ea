"""SW122: a block of reasoning is presented by somebody to whom it was never issued."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["ReasoningReplay"]


class ReasoningReplay(Signal):
    """Share of presented reasoning blocks that were issued to another account, or by another model.

    What it looks for:
        Requests that present a block of reasoning (its words, or a sealed one: signature, encrypted content) which this
        log saw issued. A hit is a block that was never issued to the account that presents it, but to one to three
        others; or one that only another model issued to it. The value is hits over such requests.
    Why it matters:
        A block goes with its conversation. Whoever carries blocks to other accounts or models tries to have the hidden
        reasoning spelt out, or continues one pool's work on the next account.
    Innocent look-alikes:
        A company that moves conversations between its own accounts, a client that switches models within a
        conversation.
    When it is blind:
        The log keeps neither reasoning nor whole requests, blocks are cut or re-worded, or were issued before the log.
    Example:
        Of 480 requests with a block, 310 present one that another of 40 accounts was given an hour before.
    """

    code = "SW122"
    name = "reasoning-replay"
    family = "shape"
    needs = frozenset({"reasoning_hash", "replayed_hash"})
    atlas = "AML.T0024.002"
    minimum_trials = 5
    minimum_coverage = 0.0
    trials_each = 1
    helpers = ("signal_blocks",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"{value:.0%} of the reasoning presented was issued to others or by another model; the median: {base:.0%}"
        )
