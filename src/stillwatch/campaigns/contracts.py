"""Contracts: what organisations were verified to be, and which members of a group they cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stillwatch.campaigns.facts import Facts
from stillwatch.engines import Engine

__all__ = ["Contracts", "Cover"]

MOST = 0.5
# A period that begins so soon after another ended goes on: one ends with a day and the other begins with the next.
RENEWAL = timedelta(days=1)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Cover:
    """The contract that covers most of a group's exchanges."""

    org_id: str
    kind: str
    share: float  # of the group's exchanges
    accounts: float  # of its accounts
    lapsed: bool  # not valid over the whole span of the group's exchanges


class Contracts:
    """The verified facts that a scan was given."""

    def __init__(self, engine: Engine):
        rows = engine.fetch(
            "SELECT org_id, kind, email_domain, valid_from, valid_to FROM contracts "
            "ORDER BY org_id, kind, valid_from, email_domain"
        ).to_pylist()
        self._by_org: dict[str, list[dict[str, Any]]] = {}
        self._by_domain: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            self._by_org.setdefault(row["org_id"], []).append(row)
            if row["email_domain"]:
                self._by_domain.setdefault(row["email_domain"].lower(), []).append(row)

    def _rows(self, org_id: str | None, domain: str | None) -> list[dict[str, Any]]:
        return self._by_org.get(org_id or "", []) or self._by_domain.get((domain or "").lower(), [])

    def covers(self, facts: Facts) -> list[Cover]:
        """Contracts that cover any exchange of the group, the largest cover first.

        A verified e-mail domain counts as its organisation. An unverified account that merely writes such a domain
        into a form does not: where the account table says `verified` is false, the domain is ignored.
        """
        exchanges: Counter[tuple[str, str]] = Counter()
        accounts: Counter[tuple[str, str]] = Counter()
        found: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}  # rows by identity: many members meet one
        columns = ("org_id", "email_domain", "verified", "exchanges")
        for org_id, domain, verified, count in zip(*(facts.members[name] for name in columns), strict=True):
            for row in self._rows(org_id, None if verified is False else domain):
                key = (row["org_id"], row["kind"])
                exchanges[key] += int(count or 0)
                accounts[key] += 1
                found.setdefault(key, {})[id(row)] = row
        size = len(facts.members["org_id"])
        covers = [
            Cover(
                org_id=key[0],
                kind=key[1],
                share=exchanges[key] / len(rows) / facts.exchanges,
                accounts=accounts[key] / len(rows) / size,
                lapsed=not _hold(rows.values(), facts.first_seen, facts.last_seen),
            )
            for key, rows in found.items()
        ]
        return sorted(covers, key=lambda c: (-c.share, c.org_id, c.kind))


def _hold(rows: Iterable[dict[str, Any]], first: datetime, last: datetime) -> bool:
    """Whether periods of one contract hold from `first` to `last`, one after another: a renewal is no lapse."""
    held = None
    for row in sorted(rows, key=lambda row: row["valid_from"] or _EVER):
        begins, ends = row["valid_from"] or _EVER, row["valid_to"]
        if begins <= first or (held is not None and begins <= held + RENEWAL):
            if ends is None:
                return True
            held = ends if held is None else max(held, ends)
    return held is not None and last <= held
