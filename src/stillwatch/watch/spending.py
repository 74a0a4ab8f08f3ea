"""Spending: one budget of false campaigns over any number of looks.

A group that is innocent today is tested again tomorrow, so a look must not have the whole log's allowance each time.
The budget is spent by log time: a look that adds d days of log has d / 30.44 of a month to give. Its share of the
evidence is d / 30.44 times e / m for a group with e-value e among m that were judged; a campaign's shares are added up
over looks, and harvesting is shown where the sum reaches 2 / budget. E-values have mean 1 at most among honest groups,
so over a log of D days all sums together have mean D / 30.44 at most, and by Markov at most budget / 2 x D / 30.44
campaigns ever get there: whatever the schedule, however the looks depend on each other, however groups merge and
split, since each e-value is added to one campaign. Coordination is passed at a look whose p-value is at most its share
of the other half.

One look over D days is a plain scan: the same cut-offs to the digit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stillwatch.campaigns import DAYS_A_MONTH
from stillwatch.commits import log_days

__all__ = ["EPOCH", "Allowance", "microseconds", "new_days"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_days(before: float, first: datetime | None, last: datetime | None, held: int) -> tuple[float, float]:
    """Length of the log in days, `held` of them with an exchange, and by how much it is longer than `before`.

    A log that shrinks gives nothing back.
    """
    length = log_days(first, last, held)
    return max(length, before), max(length - before, 0.0)


def microseconds(at: datetime) -> int:
    """Since 1970 UTC, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Allowance:
    """What one look may spend."""

    budget: float  # false campaigns a month
    months: float  # of log that this look adds
    tests: float  # groups whose coordination was tested
    judged: float  # groups whose harvest was judged
    judged_kernels: float  # the same of kernels: all that could have been picked

    @classmethod
    def of(cls, facts: Mapping[str, Any], budget: float, days: float) -> Allowance:
        """From the facts of a scan: its cut-offs tell over how many tests they were taken."""
        spent = facts["budget"]
        half = spent["allowed_here"] / 2
        return cls(
            budget=budget,
            months=days / DAYS_A_MONTH,
            tests=half / spent["p_cut"],
            judged=half * math.exp(spent["log_lr_cut"]),
            judged_kernels=half * math.exp(spent["log_lr_cut_kernel"]),
        )

    def coordinated(self, p_value: float, tests: float | None = None) -> bool:
        """Whether so small a p-value passes at this look, among so many tests (those of the scan, if not said)."""
        return p_value <= self.budget / 2 * self.months / max(self.tests if tests is None else tests, 1.0)

    def share(self, origin: str, harvest_log_lr: float | None) -> float:
        """What this look adds to a campaign's evidence. A campaign that cannot be judged gains nothing."""
        if harvest_log_lr is None:
            return 0.0
        judged = self.judged_kernels if origin == "kernel" else self.judged
        return self.months * math.exp(harvest_log_lr - math.log(judged))

    def harvests(self, evidence: float) -> bool:
        """Whether carried evidence suffices."""
        return evidence >= 2 / self.budget
