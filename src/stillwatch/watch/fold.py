"""Folding a scan into what was known: names, carried evidence, reviews; and the campaigns as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from stillwatch.findings import Campaign, Member
from stillwatch.watch.aside import Aside
from stillwatch.watch.lineage import Lineage, Present, trace
from stillwatch.watch.records import Known, Verdict
from stillwatch.watch.reviewed import dismissal_of, with_review
from stillwatch.watch.spending import Allowance, microseconds
from stillwatch.watch.verdicts import in_force

__all__ = ["Folded", "Found", "fold"]

QUIET_US = 2 * 86_400_000_000
_ORDER = {"alert": 0, "review": 1, "declared": 2}


@dataclass(frozen=True)
class Found:
    """What this look's scan found: campaigns under the names it gave, and their members by those names."""

    campaigns: tuple[Campaign, ...]
    members: Mapping[str, tuple[Member, ...]]
    aside: Aside
    last_us: int


@dataclass(frozen=True)
class Folded:
    """All that is known after the look, and the campaigns to show with their members, under their lasting names."""

    known: tuple[Known, ...]
    campaigns: tuple[Campaign, ...]
    members: Mapping[str, tuple[Member, ...]]
    lineage: Lineage


class _Fold:
    def __init__(self, found: Found, allowance: Allowance, held: Mapping[str, Verdict], look: int):
        self.found, self.allowance, self.held, self.look = found, allowance, held, look
        self.known: dict[str, Known] = {}
        self.shown: list[Campaign] = []
        self.members: dict[str, tuple[Member, ...]] = {}

    def add(self, name: str, was: Known | None, campaign: Campaign, who: tuple[Member, ...], **more: object) -> None:
        """Take in one campaign under its lasting name; `more` are fields of `Known` that the caller settled."""
        accounts = tuple(sorted(member.account_id for member in who))
        dismissal = dismissal_of(name, campaign, accounts, self.held)
        share = self.allowance.share(campaign.origin, campaign.harvest_log_lr)
        now = Known(
            id=name,
            origin=campaign.origin,
            status=campaign.status,
            accounts=accounts,
            links=tuple(sorted((link.channel, link.value) for link in campaign.links)),
            first_look=was.first_look if was else self.look,
            last_look=self.look,
            evidence=(was.evidence if was else 0.0) + share,
            coordinated=was.coordinated if was else None,
            raised=was.raised if was else None,
            changed=was.changed if was else None,
            quiet=microseconds(campaign.last_seen) < self.found.last_us - QUIET_US,
            exchanges_per_day=campaign.cost.exchanges_per_day,
            kinds=campaign.kinds,
            judged=tuple(sorted(j.code for j in campaign.judgements if j.weight is not None)),
            spoke=tuple(sorted(j.code for j in campaign.judgements if j.weight is not None and j.weight > 0)),
        )
        now = msgspec.structs.replace(now, **more)
        if now.coordinated is None and self._coordinated(campaign):
            now = msgspec.structs.replace(now, coordinated=self.look)
        if campaign.origin == "replacement" and now.coordinated is None:
            return
        if dismissal and dismissal.changes and (now.changed is None or now.changed <= dismissal.verdict.look):
            now = msgspec.structs.replace(now, changed=self.look)
        shown = with_review(self._affordable(campaign, now), dismissal, self.held.get(name))
        if shown.status == "alert" and now.raised is None:
            now = msgspec.structs.replace(now, raised=self.look)
        self.known[name] = msgspec.structs.replace(now, status=shown.status)
        self.shown.append(msgspec.structs.replace(shown, id=name))
        self.members[name] = who

    def _coordinated(self, campaign: Campaign) -> bool:
        # Tests for replacements are their own family: as many as campaigns were stopped.
        tests = self.found.aside.tests if campaign.origin == "replacement" else None
        return self.allowance.coordinated(campaign.p_value, tests)

    def _affordable(self, campaign: Campaign, now: Known) -> Campaign:
        """An alert stays one only if the carried evidence passes, or did once."""
        if campaign.status != "alert" or now.raised is not None:
            return campaign
        if now.coordinated is not None and self.allowance.harvests(now.evidence):
            return campaign
        what = f"carried evidence {now.evidence:.3g}, cut-off {2 / self.allowance.budget:.3g}"
        if now.coordinated is None:
            what = "its coordination is beyond a single scan's cut-off and not yet beyond this look's"
        said = f"A single scan would alert; over repeated looks it is not yet shown ({what}). {campaign.verdict}"
        return msgspec.structs.replace(campaign, status="review", verdict=said)


def fold(before: Sequence[Known], found: Found, allowance: Allowance, verdicts: Sequence[Verdict], look: int) -> Folded:
    """What is known after this look. A function of its arguments: no clock, no chance."""
    ids = {one.id: one for one in before}
    held = in_force(verdicts)
    lineage = trace(before, [_present(c, found.members[c.id]) for c in found.campaigns])
    folding = _Fold(found, allowance, held, look)
    for name, campaign in zip(lineage.ids, found.campaigns, strict=True):
        was = ids.get(name)
        split = was.split_from if was else lineage.born[name]
        learned = _learned(was, campaign.id, found, held.get(name))
        folding.add(name, was, campaign, found.members[campaign.id], split_from=split, **learned)
    for parent, (campaign, who) in sorted(found.aside.returned.items()):
        was = next((one for one in before if one.replaces == parent), None)
        name = was.id if was else _entry_name(parent, {*ids, *folding.known})
        verdict = f"Accounts that began after {parent} was stopped show its toolkit: its replacements?"
        entry = msgspec.structs.replace(campaign, verdict=verdict)
        folding.add(name, was, entry, who, replaces=parent)
    for name, was in ids.items():
        if name not in folding.known:
            heir = was.merged_into or lineage.merged.get(name)
            folding.known[name] = msgspec.structs.replace(was, merged_into=heir)
    return Folded(
        known=tuple(folding.known[name] for name in sorted(folding.known)),
        # A stable sort: inside a status the scan's order of strength stays.
        campaigns=tuple(sorted(folding.shown, key=lambda campaign: _ORDER[campaign.status])),
        members=folding.members,
        lineage=lineage,
    )


def _present(campaign: Campaign, members: Sequence[Member]) -> Present:
    links = frozenset((link.channel, link.value) for link in campaign.links)
    return Present(campaign.id, frozenset(member.account_id for member in members), links)


def _learned(was: Known | None, group: str, found: Found, verdict: Verdict | None) -> dict[str, object]:
    """Toolkits and when they were learned. Of a campaign that is stopped they stay as they were before it was.

    Those of the last look before the ban are kept, so that accounts that began after it had no part in them.
    """
    toolkits = found.aside.toolkits.get(group, ())
    learned_us = found.last_us
    stopped = found.aside.banned_us.get(group)
    if stopped is None and verdict is not None and verdict.verdict == "confirm":
        stopped = was.learned_us if was and was.toolkits else found.last_us
    if stopped is not None and was is not None and was.stopped_us is not None:
        stopped = was.stopped_us
    if was is not None and was.toolkits and (stopped is not None or not toolkits):
        toolkits, learned_us = was.toolkits, was.learned_us
    return {"toolkits": toolkits, "learned_us": learned_us, "stopped_us": stopped}


def _entry_name(parent: str, taken: set[str]) -> str:
    turn = 0
    while (name := f"C-{blake2b(f'{parent} replaced {turn}'.encode(), digest_size=4).hexdigest()}") in taken:
        turn += 1
    return name
