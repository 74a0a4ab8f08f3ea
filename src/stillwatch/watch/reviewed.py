"""What a person's verdict means for a campaign today: it stays dismissed until it has changed materially.

Changed means: under two thirds of its accounts were there to be judged, or it makes twice the exchanges a day, or a
kind of harvest is proved that was not proved then. A dismissal follows the accounts, so it holds for the group that
they are in now, whatever that is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from stillwatch.findings import Campaign
from stillwatch.watch.records import Verdict
from stillwatch.watch.verdicts import review_of

__all__ = ["JUDGED_SHARE", "PACE", "Dismissal", "dismissal_of", "with_review"]

JUDGED_SHARE = 2 / 3
PACE = 2.0


class Dismissal(msgspec.Struct, frozen=True):
    """The dismissal that concerns a campaign, and what has changed since; nothing: it still holds."""

    verdict: Verdict
    changes: tuple[str, ...]


def dismissal_of(
    name: str, campaign: Campaign, accounts: Iterable[str], held: Mapping[str, Verdict]
) -> Dismissal | None:
    """The dismissal of this campaign, or of the one that most of its accounts were dismissed with. `held`: in force.

    None also where the campaign itself was confirmed.
    """
    own = held.get(name)
    if own is not None and own.verdict == "confirm":
        return None
    now = set(accounts)
    common = [(now.intersection(one.accounts), one) for one in held.values() if one.verdict == "dismiss"]
    judged = set[str]().union(*(some for some, _ in common))
    if own is None and (not judged or len(judged) < JUDGED_SHARE * len(now)):
        return None
    verdict = own or max(common, key=lambda pair: (len(pair[0]), pair[1].at, pair[1].campaign))[1]
    changes = []
    if len(judged) < JUDGED_SHARE * len(now):
        changes.append(f"{len(now) - len(judged):,} of its {len(now):,} accounts are new")
    if campaign.cost.exchanges_per_day >= PACE * max(verdict.exchanges_per_day, 1.0):
        pace = f"{campaign.cost.exchanges_per_day:,.0f} exchanges a day, {verdict.exchanges_per_day:,.0f} then"
        changes.append(f"it makes {pace}")
    kinds = sorted(set(campaign.kinds) - set(verdict.kinds))
    if kinds:
        changes.append(f"it now takes {', '.join(kinds)}")
    return Dismissal(verdict, tuple(changes))


def with_review(campaign: Campaign, dismissal: Dismissal | None, own: Verdict | None) -> Campaign:
    """The campaign with what a person said of it. A dismissal that still holds makes it `declared`."""
    verdict = dismissal.verdict if dismissal else own
    if verdict is None:
        return campaign
    what = "Dismissed" if verdict.verdict == "dismiss" else "Confirmed"
    said = f"{what} by {verdict.by} on {verdict.at:%Y-%m-%d}: {verdict.reason.rstrip('.')}."
    if dismissal and dismissal.changes:
        said += f" Since then: {'; '.join(dismissal.changes)}."
    status = "declared" if dismissal and not dismissal.changes else campaign.status
    return msgspec.structs.replace(
        campaign, status=status, review=review_of(verdict), verdict=f"{said} {campaign.verdict}".strip()
    )
