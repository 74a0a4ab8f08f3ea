"""SW118: one template comes over several routes: the direct API, cloud platforms, resellers."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["MultiRoute"]


class MultiRoute(Signal):
    """Share of exchanges on templates of the unit's own that came over several routes.

    What it looks for:
        A prompt skeleton that three or more of the unit's accounts use, and hardly anybody else, and that arrives
        directly as well as through a cloud platform or a reseller. A template counts by how evenly its routes share
        it.
    Why it matters:
        An operation spreads over routes so that no single provider sees it whole, or can stop it whole. A
        customer's product has one way in.
    Innocent look-alikes:
        A company that moves from the API to a cloud, one that keeps a second route for outages, a popular tool.
    When it is blind:
        Fewer than three accounts, a log with one route only or without channels, or words that are paraphrased anew
        in every request. It is supporting only: one route is no sign of innocence.
    Example:
        Three templates of 40 accounts: 62 % directly, 24 % through a cloud, 14 % through a reseller.
    """

    code = "SW118"
    name = "multi-route"
    family = "load"
    needs = frozenset({"channel", "skeleton"})
    by_day = True
    supporting = True
    atlas = "AML.T0008.005"
    minimum_trials = 20
    minimum_accounts = 3
    trials_each = 1
    reference = ("org", "tool", "group")  # a random handful never shares a template: it would only flatter p
    lone = False
    whole = True  # a template is the unit's own by how many of those who use it the unit has
    partial_keys = ("account_key", "template", "route")
    partial_sums = ("exchanges",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "multi_route_exchanges", exchanges=exchanges, partials=self.table)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "multi_route_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Exchanges on templates of its own are spread over routes with a score of {value:.2f} (0: one route, "
            f"0.5: two alike); the median: {base:.2f}"
        )
