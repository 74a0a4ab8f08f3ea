"""What the three signals of asking share: a per-mille score, counted once for each different prompt."""

from __future__ import annotations

from stillwatch.signals.asked import Asked

__all__ = ["NovelScores"]


class NovelScores(Asked):
    """A signal whose hits are one of the lake's per-mille scores, divided by the askings of the prompt in this log.

    A data set has no use for the same prompt again, a benchmark runner, a class and a product have. A log without
    prompt hashes is measured without that discount.
    """

    family = "content"
    atlas = "AML.T0024.002"
    minimum_trials = 20_000
