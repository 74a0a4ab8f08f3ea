"""SW112: accounts that start, pause and burst together, beyond the rhythm of their country."""

from __future__ import annotations

from stillwatch.signals.account_hours import AccountHours

__all__ = ["AccountSynchrony"]


class AccountSynchrony(AccountHours):
    """How much a unit's accounts are active in the same hours, beyond the rhythm of their country.

    What it looks for:
        In which hours of the log each account was active, less what the rhythm of its stratum (billing country)
        gives an account of so many active hours. The value is the mean correlation of two accounts of the unit:
        0 by chance, 1 where all are always on and off together.
    Why it matters:
        One program behind many accounts pauses, fails and resumes for all of them at once.
    Innocent look-alikes:
        A company's people in one office, a class, scheduled jobs of one owner, users of a product after an outage.
    When it is blind:
        Fewer than eight accounts, or a pool that sends evenly around the clock: then nothing is on or off. Supporting
        only: companies keep hours together as much as pools do.
    Example:
        60 accounts pause from 02:00 to 07:00 and from 14:10 to 15:00, and go on within the same minutes; any two
        correlate at 0.31, those of the median company at 0.04.
    """

    code = "SW112"
    name = "account-synchrony"
    minimum_trials = 64
    unit = "active account-hour"
    supporting = True
    helpers = ("signal_strata",)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Accounts are active in the same hours beyond the rhythm of their countries, with a mean correlation of "
            f"{value:.2f}; the median: {base:.2f}"
        )
