"""SW111: each account makes more harvest-like requests than honest tenants do, whatever their share of its traffic."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.asked import Asked

__all__ = ["HarvestVolume"]


class HarvestVolume(Asked):
    """Harvest-like exchanges an account: requests that ask for reasoning, grading or data, or that sweep tokens.

    What it looks for:
        The sum, over an account's exchanges in the log, of the strongest of the three scores of asking, shared among
        all askings of the same prompt. A request in a sweep (one prompt, three or more sets of biased tokens in a
        day) counts as one whole. The value is the mean of the unit's accounts.
    Why it matters:
        A student needs tens of thousands of answers. A hobbyist with thirty grading prompts has the share of a
        grader and not the volume.
    Innocent look-alikes:
        A licensed customer, an evaluation firm, a product that reasons or grades for its users, any customer of very
        many requests: a little of much is much.
    When it is blind:
        No prompt text at ingest, or the work is spread until no account has more than an ordinary one.
    Example:
        Each of four accounts sends 25,000 token sweeps; the median account sends none.
    """

    code = "SW111"
    name = "harvest-volume"
    family = "value"
    needs = frozenset({"asks_generation", "asks_grading", "asks_reasoning"})
    atlas = "AML.T0034.000"
    minimum_trials = 1_000  # a count, not a rate: it is not noisier in few exchanges
    counted = "strongest"

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "harvest_volume_units", units=units, partials=self.partials)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:,.0f} harvest-like exchanges an account; the median tenant: {base:,.1f}"
