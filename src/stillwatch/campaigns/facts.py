"""Facts: what the log says of each group, counted in a few passes. Rivals and costs rest on nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query

__all__ = ["Facts", "collect_facts"]

_PACKAGE = "stillwatch.campaigns"
# Where the values of a column stand by account. Of prompts at least those asked again; each other one is asked once.
_SOURCES = {
    "prompts": "SELECT account_key, value, times AS exchanges FROM recurring_prompts",
    "systems": "SELECT account_key, value, exchanges FROM seen_system_hash",
    "networks": "SELECT account_key, value, exchanges FROM seen_ip_network",
    "end_users": "SELECT account_key, end_user_id AS value, 1 AS exchanges FROM exchanges",
}
_PUBLIC = {"prompts": "recurring_prompts", "systems": "seen_system_hash"}  # who has them besides the group
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Facts:
    """Everything counted of one group. A share is None where the log does not carry what it is a share of."""

    row: dict[str, Any]  # of facts.sql
    members: dict[str, list[Any]]  # of people.sql, by column
    daily: list[tuple[str, int]] = field(default_factory=list)
    skills: list[tuple[str, int]] = field(default_factory=list)
    prompts: dict[str, int] | None = None  # of top.sql and outside.sql
    systems: dict[str, int] | None = None
    networks: dict[str, int] | None = None
    end_users: dict[str, int] | None = None

    @property
    def exchanges(self) -> int:
        return int(self.row["exchanges"])

    @property
    def first_seen(self) -> datetime:
        return _EPOCH + timedelta(microseconds=int(self.row["first_us"]))

    @property
    def last_seen(self) -> datetime:
        return _EPOCH + timedelta(microseconds=int(self.row["last_us"]))

    @property
    def days(self) -> float:
        return max((int(self.row["last_us"]) - int(self.row["first_us"])) / 86_400e6, 1.0)

    def share(self, count: str) -> float:
        """A count of facts.sql over the group's exchanges."""
        return int(self.row[count] or 0) / self.exchanges

    def commonest(self, column: str) -> tuple[Any, float] | None:
        """The commonest value of a member column and its share of all members; None where no member has one."""
        known = [value for value in self.members[column] if value is not None]
        if not known:
            return None
        value, count = Counter(known).most_common(1)[0]
        return value, count / len(self.members[column])

    def spread(self, column: str) -> float | None:
        """Distinct values of a member column over members that have one."""
        known = [value for value in self.members[column] if value is not None]
        return len(set(known)) / len(known) if known else None

    def signup_days(self) -> float | None:
        """Days within which the middle four fifths of the members signed up."""
        known = sorted(value.timestamp() for value in self.members["created_at"] if value is not None)
        if len(known) < 5:
            return None
        low, high = np.quantile(known, [0.1, 0.9])
        return float(high - low) / 86_400

    def fading(self) -> float | None:
        """Exchanges of the last third of the span over those of the first third; None under six days."""
        counts = [count for _, count in self.daily]
        third = len(counts) // 3
        return None if third < 2 else sum(counts[-third:]) / max(sum(counts[:third]), 1)


def _by_group(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row.pop("group_id"): row for row in table.to_pylist()}


def collect_facts(engine: Engine, members: pa.Table) -> dict[str, Facts]:
    """Facts by group id. `members`: group_id, account_key. Needs the views of a lake."""
    engine.register("campaign_members_arrow", members)
    engine.materialise("campaign_members", "SELECT group_id, account_key FROM campaign_members_arrow")
    engine.materialise("member_days", load_query(_PACKAGE, "member_days"))
    facts = {group: Facts(row, {}) for group, row in _by_group(engine.fetch(load_query(_PACKAGE, "facts"))).items()}
    people = engine.fetch(load_query(_PACKAGE, "people"))
    columns = {name: people[name].to_pylist() for name in people.column_names}
    places: dict[str, list[int]] = {}
    for place, group in enumerate(columns["group_id"]):
        places.setdefault(group, []).append(place)
    for group, fact in facts.items():
        fact.members = {name: [values[place] for place in places[group]] for name, values in columns.items()}
    for row in engine.fetch(load_query(_PACKAGE, "daily")).to_pylist():
        day = (_EPOCH + timedelta(days=row["day"])).date().isoformat()
        facts[row["group_id"]].daily.append((day, row["n"]))
    for row in engine.fetch(load_query(_PACKAGE, "skills")).to_pylist():
        facts[row["group_id"]].skills.append((row["skill"], row["n"]))
    for name, source in _SOURCES.items():
        if name == "end_users" and not any(fact.row["with_end_user"] for fact in facts.values()):
            continue  # the log itself is asked
        engine.materialise("member_values", load_query(_PACKAGE, "member_values", source=source))
        top = _by_group(engine.fetch(load_query(_PACKAGE, "top")))
        outside = {}
        if name in _PUBLIC:
            outside = _by_group(engine.fetch(load_query(_PACKAGE, "outside", source=_PUBLIC[name])))
        for group, row in top.items():
            setattr(facts[group], name, row | outside.get(group, {}))
    for fact in facts.values():
        fact.prompts = _with_unrepeated(fact.prompts, fact.row["prompts"])
    return facts


def _with_unrepeated(recurring: dict[str, int] | None, asked: int) -> dict[str, int] | None:
    """What recurring prompts say, and the group's other ones of all that it `asked`: each once, and known to nobody."""
    known = recurring or {"distinct_values": 0, "n": 0, "top": 0, "public": 0, "strangers": 0}
    more = {"distinct_values": known["distinct_values"] + asked - known["n"], "n": asked, "top": max(known["top"], 1)}
    return known | more if asked else None
