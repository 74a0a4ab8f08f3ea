"""Hand-offs: a refused request that reappears elsewhere, a conversation that changes accounts, a quick replacement.

Account pools retry on the next account when one is limited and refill when one is banned. By chance these events
are next to impossible between strangers, so they strengthen a group and join pieces of one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Reason
from stillwatch.links.confirmation import chernoff
from stillwatch.links.spans import rows_of

__all__ = ["HandOffs", "find_handoffs"]

REPLACED_WITHIN_US = 24 * 3_600_000_000
MOST_WEIGHT = 30.0  # beyond this more evidence of one kind adds nothing that a reader could use
_KINDS = {
    "retry": (
        "LK11",
        "retry-hand-off",
        "requests refused on one account of the group came again, word for word, on another within two minutes",
    ),
    "migration": (
        "LK12",
        "conversation-migration",
        "conversations begun on one account of the group went on under another",
    ),
}


class _Places:
    """Where the values of a column stand."""

    def __init__(self, values: np.ndarray):
        self._order = np.argsort(values, kind="stable")
        self._sorted = values[self._order]

    def of(self, wanted: np.ndarray) -> np.ndarray:
        """Rows that hold any of the values, ascending."""
        return np.sort(self._order[rows_of(self._sorted, wanted)])


class HandOffs:
    """All hand-offs of a log, and what they say of a set of accounts."""

    def __init__(self, edges: pa.Table, created: pa.Table):
        self._kind = np.array(edges["kind"].to_pylist(), dtype=object)
        self._a, self._b = edges["a"].to_numpy(), edges["b"].to_numpy()
        self._n = edges["n"].to_numpy()
        self._ids = list(zip(edges["first_id"].to_pylist(), edges["then_id"].to_pylist(), strict=True))
        self._from, self._to = _Places(self._a), _Places(self._b)
        self._people = _Places(created["account_key"].to_numpy())
        self._created = created["created_us"].to_numpy(zero_copy_only=False)
        self._banned = created["banned_us"].to_numpy(zero_copy_only=False)

    def between(self, left: np.ndarray, right: np.ndarray) -> int:
        """Hand-offs from accounts of one set to accounts of the other, either way."""
        return int(self._n[np.union1d(self._across(left, right), self._across(right, left))].sum())

    def surprise(self, left: np.ndarray, right: np.ndarray, population: int) -> float:
        """-ln of a bound on the chance that two sets of strangers hand on so much of one kind; the more of both kinds.

        Expected is what one set hands to and takes from anybody, times the other's share of the `population`, whichever
        is more: people begin conversations in the same words, and go on, more often than one would think.
        """
        rows = np.union1d(self._across(left, right), self._across(right, left))
        found = 0.0
        for kind in _KINDS:
            count = int(self._n[rows[self._kind[rows] == kind]].sum())
            expected = max(
                self._touching(one, kind) * len(other) / max(population, 1)
                for one, other in ((left, right), (right, left))
            )
            found = max(found, -chernoff(count, expected))
        return found

    def _touching(self, accounts: np.ndarray, kind: str) -> int:
        near = np.union1d(self._from.of(accounts), self._to.of(accounts))
        return int(self._n[near[self._kind[near] == kind]].sum())

    def _across(self, givers: np.ndarray, takers: np.ndarray) -> np.ndarray:
        """Rows that lead from one set into the other, ascending."""
        rows = self._from.of(givers)
        found: np.ndarray = rows[np.isin(self._b[rows], takers)]
        return found

    def partners(self, groups: Sequence[np.ndarray], least: int) -> list[tuple[int, int]]:
        """Places (i, j), j < i and ascending, of groups of accounts with at least so many hand-offs `between` them.

        Counted for all pairs at once: groups times accounts times groups. Accounts of both groups count twice there, so
        what is near enough is counted again.
        """
        if not groups or not len(self._n):
            return []
        accounts = np.unique(np.concatenate([self._a, self._b]))
        size, among = (len(accounts), len(accounts)), [np.intersect1d(keys, accounts) for keys in groups]
        rows = np.repeat(np.arange(len(groups)), [len(keys) for keys in among])
        columns = np.searchsorted(accounts, np.concatenate(among))
        has = sp.csr_array((np.ones(len(rows), np.int64), (rows, columns)), shape=(len(groups), len(accounts)))
        ends = np.searchsorted(accounts, self._a), np.searchsorted(accounts, self._b)
        moved = has @ sp.coo_array((self._n, ends), shape=size).tocsr() @ has.T
        both = sp.coo_array(moved + moved.T)
        near = both.data >= least
        pairs = sorted((int(i), int(j)) for i, j in zip(both.row[near], both.col[near], strict=True) if j < i)
        return [(i, j) for i, j in pairs if self.between(groups[i], groups[j]) >= least]

    def reasons(self, members: np.ndarray, population: int) -> tuple[Reason, ...]:
        """What ties these accounts by hand-off and replacement, beyond what strangers would show."""
        found = []
        share = len(members) / max(population, 1)
        within = self._across(members, members)
        for kind, (code, name, words) in _KINDS.items():
            inside = within[self._kind[within] == kind]
            count = int(self._n[inside].sum())
            touching = self._touching(members, kind)
            weight = -chernoff(count, touching * share)
            if weight > 3.0:
                examples = [e for place in inside[:3] for e in self._ids[place]]
                found.append(
                    Reason(
                        code=code,
                        name=name,
                        weight=min(weight, MOST_WEIGHT),
                        text=f"{count} {words}; {touching * share:.2f} expected between strangers.",
                        examples=tuple(examples[:6]),
                        family="coordination",
                    )
                )
        return (*found, *self._replacement(members))

    def _replacement(self, members: np.ndarray) -> tuple[Reason, ...]:
        place = self._people.of(members)
        created, banned = np.sort(self._created[place]), self._banned[place]
        created, banned = created[~np.isnan(created)], banned[~np.isnan(banned)]
        if len(banned) < 2 or len(created) < 5:
            return ()
        new = np.searchsorted(created, banned + REPLACED_WITHIN_US) - np.searchsorted(created, banned)
        replaced = int((new > 0).sum())
        span = max(created[-1] - created[0], REPLACED_WITHIN_US)
        chance = 1 - np.exp(-len(created) * REPLACED_WITHIN_US / span)
        weight = -chernoff(replaced, len(banned) * chance)
        if weight <= 3.0:
            return ()
        return (
            Reason(
                code="LK13",
                name="replacement-after-ban",
                weight=min(weight, MOST_WEIGHT),
                text=f"{replaced} of {len(banned)} bans in the group were followed by a new member within a day; "
                f"{len(banned) * chance:.1f} expected at its own rate of sign-ups.",
                family="coordination",
            ),
        )


def find_handoffs(engine: Engine) -> HandOffs:
    """Read all hand-offs of the log. Needs the views of a lake."""
    edges = engine.fetch(load_query("stillwatch.links", "handoffs"))
    accounts = engine.fetch("SELECT account_key, created_at, banned_at FROM accounts ORDER BY account_key")
    micros = pa.timestamp("us", tz="UTC")
    created = pa.table(
        {
            "account_key": accounts["account_key"],
            "created_us": accounts["created_at"].cast(micros).cast(pa.int64()).cast(pa.float64(), safe=False),
            "banned_us": accounts["banned_at"].cast(micros).cast(pa.int64()).cast(pa.float64(), safe=False),
        }
    )
    return HandOffs(edges, created)
