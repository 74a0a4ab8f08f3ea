"""Hand-offs: a refused request that reappears elsewhere, a conversation that changes accounts, a quick replacement.

Account pools retry on the next account when one is limited and refill when one is banned. By chance these events
are next to impossible between strangers, so they strengthen a group and join pieces of one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Reason
from stillwatch.links.confirmation import chernoff

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


class HandOffs:
    """All hand-offs of a log, and what they say of a set of accounts."""

    def __init__(self, edges: pa.Table, created: pa.Table):
        self._kind = np.array(edges["kind"].to_pylist(), dtype=object)
        self._a, self._b = edges["a"].to_numpy(), edges["b"].to_numpy()
        self._n = edges["n"].to_numpy()
        self._ids = list(zip(edges["first_id"].to_pylist(), edges["then_id"].to_pylist(), strict=True))
        self._accounts = created["account_key"].to_numpy()
        self._created = created["created_us"].to_numpy(zero_copy_only=False)
        self._banned = created["banned_us"].to_numpy(zero_copy_only=False)

    def between(self, left: np.ndarray, right: np.ndarray) -> int:
        """Hand-offs from accounts of one set to accounts of the other, either way."""
        there = np.isin(self._a, left) & np.isin(self._b, right)
        back = np.isin(self._a, right) & np.isin(self._b, left)
        return int(self._n[there | back].sum())

    def reasons(self, members: np.ndarray, population: int) -> tuple[Reason, ...]:
        """What ties these accounts by hand-off and replacement, beyond what strangers would show."""
        found = []
        share = len(members) / max(population, 1)
        for kind, (code, name, words) in _KINDS.items():
            rows = self._kind == kind
            inside = rows & np.isin(self._a, members) & np.isin(self._b, members)
            count = int(self._n[inside].sum())
            touching = int(self._n[rows & (np.isin(self._a, members) | np.isin(self._b, members))].sum())
            weight = -chernoff(count, touching * share)
            if weight > 3.0:
                examples = [e for place in np.flatnonzero(inside)[:3] for e in self._ids[place]]
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
        place = np.isin(self._accounts, members)
        created = np.sort(self._created[place & ~np.isnan(self._created)])
        banned = self._banned[place & ~np.isnan(self._banned)]
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
    """Read all hand-offs of the log. Needs the views exchanges and accounts."""
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
