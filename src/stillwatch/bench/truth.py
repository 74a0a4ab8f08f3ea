"""What a scan named, compared with what was planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.findings import Campaign, Group

__all__ = ["Truth", "linked", "read_truth", "score"]

MAJORITY = 0.5  # of an alert's members that must be a campaign's for the alert to be its
SEPARATOR = "/"  # between account and end user, where a member is a part of an account


@dataclass(frozen=True)
class Truth:
    """Who is who. A unit is an account, or `account/end user` of an account that carries a campaign among others."""

    role: Mapping[str, str]  # by unit
    campaign: Mapping[str, str | None]  # by unit
    parts: Mapping[str, tuple[str, ...]]  # units of the accounts that are divided
    poisoned: frozenset[str]

    def members(self, campaign: str) -> set[str]:
        return {unit for unit, name in self.campaign.items() if name == campaign}

    def units(self, member: str) -> tuple[str, ...]:
        """What a member names: a whole account that carries a campaign names all its end users."""
        return self.parts.get(member, (member,))


def read_truth(folder: Path) -> Truth:
    """The truth beside a world."""
    accounts = pq.read_table(folder / "accounts.parquet").to_pylist()
    users = pq.read_table(folder / "end_users.parquet").to_pylist()
    parts: dict[str, list[str]] = defaultdict(list)
    role = {row["account_id"]: row["role"] for row in accounts}
    campaign = {row["account_id"]: row["campaign"] for row in accounts}
    for row in users:
        unit = f"{row['account_id']}{SEPARATOR}{row['end_user_id']}"
        parts[row["account_id"]].append(unit)
        role[unit] = "campaign" if row["campaign"] else "reseller-customer"
        campaign[unit] = row["campaign"]
    for account in parts:
        del campaign[account]
    poisoned = frozenset(row["account_id"] for row in accounts if row["poisoned_by"])
    return Truth(role, campaign, {account: tuple(units) for account, units in parts.items()}, poisoned)


def linked(groups: Sequence[Group], truth: Truth) -> dict[str, dict[str, float]]:
    """By campaign, the group that links most of it, whatever was decided of it: its precision and recall."""
    named = [{unit for account in group.accounts for unit in truth.units(account)} for group in groups]
    found = {}
    for name in sorted({name for name in truth.campaign.values() if name}):
        theirs = truth.members(name)
        best = max(named, key=lambda units: (len(units & theirs), -len(units)), default=set())
        hits = len(best & theirs)
        found[name] = {"precision": hits / max(len(best), 1), "recall": hits / max(len(theirs), 1)}
    return found


def score(
    campaigns: Sequence[Campaign], members: pa.Table, truth: Truth, seen: set[str] | None = None
) -> dict[str, Any]:
    """Precision and recall of the alerts that are each planted campaign's, and what else was listed.

    An alert is a campaign's if more than half of its members are; a campaign in several pieces is judged on all of
    them together. `seen`: the units that have sent anything so far; the rest of a campaign cannot be asked for.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for group, account in zip(members["campaign_id"].to_pylist(), members["account_id"].to_pylist(), strict=True):
        named[group].update(truth.units(account))
    alerts = [found for found in campaigns if found.status == "alert"]
    reviews = [found for found in campaigns if found.status == "review"]
    planted = sorted({name for name in truth.campaign.values() if name})
    rows, answered = [], set()
    for name in planted:
        theirs = truth.members(name)
        if seen is not None:
            theirs &= seen
        mine = [found for found in alerts if _majority(named[found.id], theirs)]
        answered |= {found.id for found in mine}
        union = set().union(*(named[found.id] for found in mine))
        hits = len(union & theirs)
        rows.append(
            {
                "campaign": name,
                "members": len(theirs),
                "alerts": len(mine),
                "found": bool(mine) and hits > MAJORITY * len(theirs),
                "precision": hits / len(union) if union else None,
                "recall": hits / len(theirs) if theirs else 0.0,
                "poisoned_named": len(union & truth.poisoned),
                "reviews": sum(_majority(named[found.id], theirs) for found in reviews),
                "harvest_log_lr": max((found.harvest_log_lr or 0.0 for found in mine), default=None),
                "kinds": sorted({kind for found in mine for kind in found.kinds}),
            }
        )
    false = [found for found in alerts if found.id not in answered]
    listed = Counter((found.status, _mostly(named[found.id], truth)) for found in campaigns)
    return {
        "campaigns": rows,
        "false_alerts": [
            {
                "mostly": _mostly(named[found.id], truth),
                "members": len(named[found.id]),
                "harvest_log_lr": found.harvest_log_lr,
                "p_value": found.p_value,
            }
            for found in false
        ],
        "listed": [{"status": status, "mostly": who, "groups": n} for (status, who), n in sorted(listed.items())],
    }


def _majority(named: set[str], theirs: set[str]) -> bool:
    return len(named & theirs) > MAJORITY * max(len(named), 1)


def _mostly(named: set[str], truth: Truth) -> str:
    """The commonest role, in a fixed order where two are as common."""
    roles = Counter(truth.role.get(unit, "unknown") for unit in named)
    return min(roles, key=lambda role: (-roles[role], role), default="nobody")
