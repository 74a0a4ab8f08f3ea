"""Lineage: which of today's groups is which campaign of yesterday. A name is given once and means one history.

The largest overlap of members keeps the name. A group that overlaps with nothing may still be yesterday's campaign
under all new accounts, where they share most of their traits. What loses its group to a larger heir is closed
(`merged`); what leaves a campaign that goes on elsewhere is new and says where it came from (`split_from`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from stillwatch.watch.records import Known

__all__ = ["Lineage", "Present", "trace"]

SAME = 0.25  # of the smaller side: fewer common members are hangers-on
MOST = 0.5
LEAST_TRAITS = 3
_PASSING = {"release"}  # channels whose shown value is not one campaign's own


@dataclass(frozen=True)
class Present:
    """One group of today. `name` follows from its accounts alone."""

    name: str
    accounts: frozenset[str]
    links: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Lineage:
    """`ids` by place of today's groups; `born` those that are new, with the campaign they left, if any."""

    ids: tuple[str, ...]
    born: dict[str, str | None] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)  # closed campaign: heir


def _likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """Common traits over all traits, without those that anybody may have in passing; 0 where few are common."""
    left, right = ({link for link in side if link[0] not in _PASSING} for side in (one, other))
    common = len(left & right)
    return common / len(left | right) if common >= LEAST_TRAITS else 0.0


def _pairs(
    living: Sequence[Known], present: Sequence[Present], common: Counter[tuple[int, int]]
) -> Iterable[tuple[int, float, str, str, int, int]]:
    for (k, p), count in common.items():
        if count >= SAME * min(len(living[k].accounts), len(present[p].accounts)):
            yield -count, 0.0, living[k].id, present[p].name, k, p
    met = {k for k, _ in common} | {-1 - p for _, p in common}
    for k, known in enumerate(living):
        links = frozenset(known.links)
        for p, group in enumerate(present):
            if k not in met and -1 - p not in met and (likeness := _likeness(links, group.links)) >= MOST:
                yield 0, -likeness, known.id, group.name, k, p


def trace(known: Sequence[Known], present: Sequence[Present]) -> Lineage:
    """Names for today's groups. `known`: every campaign ever, so that no name is given twice.

    Closed campaigns and entries that stand for replacements take no part. The answer depends on what was remembered and
    on today's groups, not on their order.
    """
    living = [one for one in known if one.merged_into is None and one.replaces is None]
    home: dict[str, list[int]] = {}
    for k, one in enumerate(living):
        for account in one.accounts:
            home.setdefault(account, []).append(k)
    common = Counter((k, p) for p, group in enumerate(present) for a in group.accounts for k in home.get(a, ()))
    heir: dict[int, int] = {}
    name: dict[int, str] = {}
    for *_, k, p in sorted(_pairs(living, present, common)):
        if k not in heir and p not in name:
            heir[k], name[p] = p, living[k].id
    taken = {one.id for one in known}
    born: dict[str, str | None] = {}
    for p in sorted(set(range(len(present))) - name.keys(), key=lambda p: (present[p].name, p)):
        group = present[p]
        name[p] = _unused(group.name, taken)
        taken.add(name[p])
        parents = [(-n, living[k].id) for (k, q), n in common.items() if q == p and n >= MOST * len(group.accounts)]
        born[name[p]] = min(parents)[1] if parents else None
    merged = {}
    for k, one in enumerate(living):
        heirs = [(-n, name[p]) for (j, p), n in common.items() if j == k and n >= MOST * len(one.accounts)]
        if k not in heir and heirs:
            merged[one.id] = min(heirs)[1]
    return Lineage(tuple(name[p] for p in range(len(present))), born, merged)


def _unused(name: str, taken: set[str]) -> str:
    """The name, or where a campaign has had it another that follows from it."""
    candidate, turn = name, 0
    while candidate in taken:
        turn += 1
        candidate = f"C-{blake2b(f'{name} {turn}'.encode(), digest_size=4).hexdigest()}"
    return candidate
