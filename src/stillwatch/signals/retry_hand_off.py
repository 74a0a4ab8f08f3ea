"""SW116: a request refused on one account comes again, word for word, on another within two minutes."""

from __future__ import annotations

from stillwatch.signals.handovers import Handovers

__all__ = ["RetryHandOff"]


class RetryHandOff(Handovers):
    """Refused requests that another account of the unit sends within two minutes, an exchange.

    What it looks for:
        The whole body of a refused request (limit, overload, key refused) on another account of the unit within two
        minutes of the same day, where at most four accounts had that body.
    Why it matters:
        A dispatcher does not wait for a limit to pass: it takes the next account. Nobody else can know the body.
    Innocent look-alikes:
        A company whose gateway fails over between its own accounts, a person with two accounts.
    When it is blind:
        The log lacks status or request bodies, nothing was refused, or the pool waits and tries the same account.
        Supporting only: linking counts the same events as the reason LK11, and nothing may count twice.
    Example:
        31 of 14,000 requests were refused on one of 60 accounts and came again seconds later on another.
    """

    code = "SW116"
    name = "retry-hand-off"
    needs = frozenset({"body_hash", "status"})
    moves = "handed_retries"
    item = "e.body_hash"
    carried = "body_hash IS NOT NULL AND status IS NOT NULL"

    def sentence(self, value: float, base: float) -> str:
        return (
            f"{1000 * value:.2f} in a thousand requests were refused on one account and came again on another within "
            f"two minutes; the median: {1000 * base:.2f}"
        )
