"""SW113: requests go to the accounts in turns: staggered dispatch."""

from __future__ import annotations

from stillwatch.signals.account_hours import AccountHours

__all__ = ["RoundRobin"]


class RoundRobin(AccountHours):
    """How much more evenly than chance a unit's successive exchanges are dealt to its accounts.

    What it looks for:
        The counts of all accounts within the same hour, four hours and day: their variance over what chance gives
        where each exchange falls on any account alike, less 1. 0 is chance, -1 strict turns; above 0 it is taken an
        exchange. The least of the three counts, low is suspicious.
    Why it matters:
        Where accounts take turns, the merged stream goes to another account each time and none comes up twice before
        all did. People send in sessions, and some far more than others: their accounts lie far above 0.
    Innocent look-alikes:
        Fleets of scheduled jobs with one period, health checks, a company that rotates its own keys.
    When it is blind:
        Fewer than eight accounts, fewer than four exchanges an active account-day, or a pool that imitates people.
    Example:
        Each hour every one of 60 accounts sends one request, seldom two: -0.9; the median company 2.1.
    """

    code = "SW113"
    name = "round-robin"
    minimum_trials = 16
    unit = "account-day"
    tail = "lower"

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Within an hour, four or a day the accounts' counts vary {value:+.2f} beyond chance (-1: strict turns); "
            f"the median: {base:+.2f}"
        )
