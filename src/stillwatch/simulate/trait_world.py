"""A world at the level of traits: who has which card range, e-mail shape, stack and template, with rings planted.

For tests and benchmarks of linking alone, at sizes where writing exchanges would take longer than finding the ring.
Innocent structure: regions with local banks, mail hosts and networks; an enterprise behind one egress; campuses;
classes; benchmark runners; one popular agent tool; resellers; a viral launch; small teams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["TRAIT_CHANNELS", "TraitWorld", "trait_world"]

Ints = npt.NDArray[np.int64]
TRAIT_CHANNELS = ("payment_bin", "email", "signup_hour", "release", "stack", "skeleton", "ip_network")
TEMPLATES, NETWORKS, REGIONS = 6, 3, 500

# distinct values that a ring of 25,000 uses of the first six channels, and the share of members with a template of
# their own; smaller rings use fewer, by the square root of their size
DIVERSITY: dict[str, tuple[tuple[int, ...], float]] = {
    "easy": ((10, 8, 40, 12, 5, 100), 0.2),
    "mid": ((30, 20, 80, 24, 12, 400), 0.5),
    "hard": ((120, 80, 300, 96, 40, 2000), 0.8),
    "very-hard": ((300, 200, 1500, 300, 100, 4000), 0.9),
}
RANGES = (3000, 4000, 8700, 400, 400)  # of the values that rings draw theirs from


@dataclass(frozen=True)
class TraitWorld:
    """`traits` (account_key, channel, value), `accounts` (account_key, country, plan, owner), `ring` (-1: none)."""

    traits: pa.Table
    accounts: pa.Table
    ring: Ints


class _Draft:
    """A population under way: one array a single-valued channel, several for templates and networks."""

    def __init__(self, accounts: int, seed: int):
        self.draw = np.random.default_rng(seed)
        self.size = accounts
        self.region = self.zipf(REGIONS, accounts, 0.8)
        self.country = self.region % 20
        self.owner = np.full(accounts, -1, np.int64)
        draw, n = self.draw, accounts
        local, own_host = draw.random(n) < 0.6, draw.random(n) < 0.3
        self.values: list[Ints] = [
            np.where(local, 10_000 + self.region * 6 + draw.integers(0, 6, n), self.zipf(3000, n)),
            np.where(own_host, 10_000 + self.region * 4 + draw.integers(0, 4, n), self.zipf(4000, n, 1.3)),
            (draw.beta(1.2, 1, n) * 365 * 24).astype(np.int64),
            np.where(draw.random(n) < 0.3, draw.exponential(200, n).astype(np.int64) + 3, -1),
            self.zipf(2500, n, 1.2),
        ]
        used = draw.random((TEMPLATES, n)) < 0.58
        self.templates: Ints = np.where(used, self.zipf(60_000, TEMPLATES * n, 1.05).reshape(TEMPLATES, n), -1)
        used = draw.random((NETWORKS, n)) < np.array([[1.0], [0.5], [0.5]])
        near = self.region * 400 + self.zipf(400, NETWORKS * n, 0.7).reshape(NETWORKS, n)
        self.networks: Ints = np.where(used, near, -1)
        self._order = draw.permutation(n)
        self._at = 0

    def zipf(self, count: int, size: int, power: float = 1.1) -> Ints:
        weight = 1 / np.arange(1, count + 1) ** power
        return self.draw.choice(count, size, p=weight / weight.sum())

    def take(self, count: int) -> Ints:
        """Accounts that nobody has taken yet."""
        chosen = self._order[self._at : self._at + count]
        self._at += count
        return chosen

    def share(self, fraction: float, least: int) -> Ints:
        return self.take(max(int(fraction * self.size), least))


def _plant(draft: _Draft, index: int, size: int, difficulty: str) -> Ints:
    counts, obfuscated = DIVERSITY[difficulty]
    few = [max(round(count * np.sqrt(size / 25_000)), 2) for count in counts]
    members, draw = draft.take(size), draft.draw
    draft.country[members] = draw.integers(0, 20, size)
    for value, top, count in zip(draft.values, RANGES, few, strict=False):
        value[members] = draw.integers(0, top, count)[draw.integers(0, count, size)]
    shared = 100_000 + index * 10_000 + draw.integers(0, few[-1], size)
    draft.templates[0, members] = np.where(draw.random(size) < obfuscated, 10_000_000 + members, shared)
    proxies = draw.integers(0, REGIONS * 400, 15)
    draft.networks[0, members] = proxies[draw.integers(0, 15, size)]
    return members


def _innocents(draft: _Draft) -> None:
    draw = draft.draw
    _, email, signup, _, stack = draft.values
    enterprise = draft.share(0.005, 40)
    draft.owner[enterprise] = 1
    draft.networks[:, enterprise] = 900_000
    for campus in range(20):
        draft.networks[0, draft.share(0.003, 10)] = 910_000 + campus
    for lesson in range(max(draft.size // 10_000, 2)):
        members = draft.take(60)
        draft.templates[0, members] = 300_000 + lesson
        email[members] = 50_000 + lesson
        signup[members] = draw.integers(0, 8000) + draw.integers(0, 72, 60)
    members = draft.share(0.002, 20)  # benchmark runners
    draft.templates[0, members] = 400_000 + draw.integers(0, 40, len(members))
    members = draft.share(0.12, 50)  # one agent tool
    stack[members] = 7
    draft.templates[1, members], draft.templates[2, members] = 500_000, 500_001
    for gateway in range(5):
        members = draft.share(0.001, 10)
        draft.owner[members] = 10 + gateway
        draft.networks[:, members] = 920_000 + gateway
        stack[members] = 600 + gateway
    members = draft.share(0.06, 40)  # a viral launch
    draft.templates[2, members] = 600_000
    signup[members] = 6000 + draw.integers(0, 48, len(members))
    for team in range(draft.size // 250):
        members = draft.take(8)
        draft.networks[0, members] = 1_000_000 + team
        email[members] = 60_000 + team


def trait_world(accounts: int, rings: tuple[int, ...], difficulty: str, seed: int) -> TraitWorld:
    """A world of that many accounts, rings of those sizes included. The same arguments give the same world."""
    draft = _Draft(accounts, seed)
    ring = np.full(accounts, -1, np.int64)
    for index, size in enumerate(rings):
        ring[_plant(draft, index, size, difficulty)] = index
    _innocents(draft)
    columns = [*zip(TRAIT_CHANNELS, draft.values, strict=False)]
    columns += [("skeleton", row) for row in draft.templates] + [("ip_network", row) for row in draft.networks]
    known = [np.flatnonzero(row >= 0) for _, row in columns]
    place = np.repeat([TRAIT_CHANNELS.index(name) for name, _ in columns], [len(rows) for rows in known])
    traits = pa.table(
        {
            "account_key": np.concatenate(known).astype(np.int64),
            "channel": pa.DictionaryArray.from_arrays(place.astype(np.int32), pa.array(TRAIT_CHANNELS)),
            "value": np.concatenate([row[rows] for (_, row), rows in zip(columns, known, strict=True)]),
        }
    )
    plan = draft.draw.choice(3, accounts, p=[0.6, 0.35, 0.05])
    about = {"account_key": np.arange(accounts), "country": draft.country, "plan": plan, "owner": draft.owner}
    return TraitWorld(traits, pa.table(about), ring)
