"""Owners: accounts that one organisation pays for, or that claim one host and leave by one door.

An owner is a group without any statistics: it is written in the account table. It is judged like every other group,
so that an enterprise or a reseller that harvests is seen, and one that does not can be shown as declared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stillwatch.engines import Engine, load_query
from stillwatch.links.confirmation import chernoff

__all__ = ["LARGE_OWNER", "Owner", "find_owners"]

LARGE_OWNER = 20  # accounts; smaller owners are looked at when a contract names them or one of theirs is loud
SAME_DOOR = 0.5


@dataclass(frozen=True)
class Owner:
    """One owner and its accounts. `claimed`: by e-mail host and shared egress or payment, not by billing."""

    name: str
    claimed: bool
    account_keys: np.ndarray
    log_p: float
    shared: tuple[str, ...]


def _door(values: np.ndarray, everyone: dict[object, int], population: int) -> tuple[float, float]:
    """The share of accounts with the commonest value and ln of the chance of that many."""
    known = values[values == values]
    if len(known) == 0:
        return 0.0, 0.0
    value, count = np.unique(known, return_counts=True)
    place = int(count.argmax())
    outside = everyone.get(value[place], 0) - int(count[place])
    rate = (outside + 1) / max(population - len(values), 1)
    return count[place] / len(values), chernoff(float(count[place]), len(values) * min(rate, 1.0)) + math.log(
        len(value)
    )


def find_owners(engine: Engine, loud: np.ndarray) -> list[Owner]:
    """Owners to be judged: with a contract, or large, or with a loud account. `loud`: account keys.

    Needs the views exchanges, accounts and contracts.
    """
    rows = engine.fetch(load_query("stillwatch.links", "owners"))
    if rows.num_rows == 0:
        return []
    names = np.array(rows["owner"].to_pylist(), dtype=object)
    claimed = rows["claimed"].to_numpy().astype(bool)
    keys = rows["account_key"].to_numpy()
    network, payment = (
        rows[name].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(float)
        for name in ("network", "payment")
    )
    contracted = set(engine.fetch("SELECT org_id FROM contracts GROUP BY org_id")["org_id"].to_pylist())
    population = len(keys)
    everyone = [dict(zip(*np.unique(v[v == v], return_counts=True), strict=True)) for v in (network, payment)]
    is_loud = np.isin(keys, loud)
    starts = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    found = []
    for start, end in zip(starts, [*starts[1:], len(names)], strict=True):
        size, name = end - start, str(names[start])
        if size < 2:
            continue
        named = not claimed[start]
        if named and not (size >= LARGE_OWNER or name in contracted or is_loud[start:end].any()):
            continue
        if not named and size < LARGE_OWNER:
            continue
        doors = [_door(v[start:end], e, population) for v, e in zip((network, payment), everyone, strict=True)]
        shared = tuple(n for n, (s, _) in zip(("network", "payment"), doors, strict=True) if s >= SAME_DOOR)
        log_p = min((p for s, p in doors if s >= SAME_DOOR), default=0.0)
        if named or (shared and log_p < math.log(1e-6)):
            found.append(Owner(name, not named, keys[start:end], -math.inf if named else log_p, shared))
    return found
