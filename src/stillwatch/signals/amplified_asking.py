"""SW132: a habit too weak to notice on any account, far too common among the accounts of one group."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.asked import Asked
from stillwatch.signals.base import BUNDLE_KINDS

__all__ = ["AmplifiedAsking"]


class AmplifiedAsking(Asked):
    """How many of a unit's accounts are among their plan's most eager askers, beyond what the plan makes likely.

    What it looks for:
        Every account's mean score of asking for reasoning, grading or generated data, whichever is highest; each prompt
        counts once. An account is flagged when its score is among the highest twentieth of accounts of its plan. The
        value is (flagged - expected) / sqrt(expected + 1), with the plan's own share of flags as expectation.
    Why it matters:
        One weak flag means nothing. In payment fraud the same step, from a flag to its excess over what a shared
        attribute makes likely, took precision from 16 % to 91 %. Members that hide their work in ordinary traffic
        still lie above their peers, all of them.
    Innocent look-alikes:
        Companies and classes whose members have one task; they are the null.
    When it is blind:
        No prompt text at ingest, or fewer than eight accounts with ten exchanges each.
    Example:
        410 of 750 accounts are among the most eager twentieth of their plan, where 37 would be.
    """

    code = "SW132"
    name = "amplified-asking"
    family = "content"
    needs = frozenset({"asks_generation", "asks_grading", "asks_reasoning"})
    atlas = "AML.T0024.002"
    minimum_trials = 80_000
    minimum_accounts = 8
    reference = BUNDLE_KINDS
    lone = False
    counted = "highest"

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "amplified_asking_units", units=units, partials=self.partials)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"The accounts among the most eager askers of their plan are {value:+.1f} deviations more than "
            f"likely; the median: {base:+.1f}"
        )
