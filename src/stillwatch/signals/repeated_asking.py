"""SW121: the same question asked four to sixteen times a day: answers are sampled, not needed."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["RepeatedAsking"]


class RepeatedAsking(Signal):
    """Share of a unit's answers that come from asking a near-duplicate again and again on one day.

    What it looks for:
        Prompts that share a MinHash band, or all answers of one request with `n`, counted a day over all accounts of
        the unit. From four answers they count, up to sixteen: what is asked a thousand times counts sixteen times.
    Why it matters:
        Best-of-n, self-consistency and preference pairs need several answers to each of many questions. A person needs
        one, and a product that repeats itself repeats a few prompts very often.
    Innocent look-alikes:
        Benchmark runners that sample (pass@k), load tests, retries, products with a few fixed prompts and little
        traffic.
    When it is blind:
        No prompt text at ingest, samples spread over several days, or questions paraphrased beyond near-duplicates.
        Supporting only: benchmark runners and evaluation firms ask again far more than campaigns do.
    Example:
        4,100 prompts a day, each five times with another tail, from another account each time.
    """

    code = "SW121"
    name = "repeated-asking"
    family = "shape"
    needs = frozenset({"band_0"})
    atlas = "AML.T0024.002"
    minimum_trials = 20
    trials_each = 1
    by_day = True
    supporting = True
    helpers = ("signal_resampled",)
    partial_keys = ("account_key", "band", "day")
    partial_sums = ("exchanges", "answers")

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "repeated_asking_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, scored=self.exchange_sql(exchanges))

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "repeated_asking_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} of answers were drawn by asking the same again the same day; the median: {base:.0%}"
