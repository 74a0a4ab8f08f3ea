"""SW124: requests come from another country than the bill goes to. Supporting only."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["BillingGeography"]


class BillingGeography(Signal):
    """Share of exchanges whose address lies in another country than the account's billing country.

    What it looks for:
        The country of each request's address against the billing country of the account.
    Why it matters:
        Pools are paid for where cards can be had and used from where the work is done, often through proxies.
    Innocent look-alikes:
        Travellers, migrants and students abroad, remote teams, companies that pay centrally, everyone behind a VPN.
    When it is blind:
        The log lacks the country of the address or the billing country. It is supporting only: it is shown with its
        figures and weighs nothing, because where somebody lives or works is no evidence of harvesting. The language of
        prompts is left out for the same reason.
    Example:
        83 % of a group's requests come from outside the countries of its cards; of the median tenant's, none.
    """

    code = "SW124"
    name = "billing-geography"
    family = "load"
    needs = frozenset({"country", "accounts.billing_country"})
    atlas = "AML.T0008.005"
    minimum_trials = 20
    trials_each = 1
    supporting = True

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} of exchanges come from another country than the bill goes to; the median: {base:.0%}"
