"""A world at the level of traits: who has which card range, e-mail shape, stack and template, with rings planted.

Follows the innocent structure and the ring diversity of the linking study: regions with local banks, mail hosts and
networks; an enterprise behind one egress; campuses; classes; benchmark runners; one popular agent tool; resellers; a
viral launch; small teams. Rings use a number of distinct values per channel that depends on the difficulty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

__all__ = ["CHANNELS", "DIFFICULTIES", "TraitWorld", "trait_world"]

CHANNELS = ("payment_bin", "email", "signup_hour", "release_hour", "stack", "skeleton", "ip_network")

# distinct values that a ring of 25,000 uses in: card ranges, e-mail shapes, sign-up bursts, release hours, stacks,
# templates; then the share of members with a template of their own
DIFFICULTIES = {
    "easy": (10, 8, 40, 12, 5, 100, 0.2),
    "mid": (30, 20, 80, 24, 12, 400, 0.5),
    "hard": (120, 80, 300, 96, 40, 2000, 0.8),
    "very-hard": (300, 200, 1500, 300, 100, 4000, 0.9),
}


@dataclass(frozen=True)
class TraitWorld:
    """`traits` (account, channel, value), `accounts` (account, country, plan, owner), `ring` by account (-1: none)."""

    traits: pa.Table
    accounts: pa.Table
    ring: np.ndarray


def trait_world(accounts: int, rings: tuple[int, ...], difficulty: str, seed: int) -> TraitWorld:
    """A world of that many accounts, rings of those sizes included."""
    draw = np.random.default_rng(seed)
    n = accounts
    zipf = lambda count, size, s=1.1: draw.choice(count, size, p=(w := 1 / np.arange(1, count + 1) ** s) / w.sum())  # noqa: E731
    region = zipf(500, n, 0.8)
    country = region % 20
    plan = draw.choice(3, n, p=[0.6, 0.35, 0.05])
    owner = np.full(n, -1, np.int64)
    local = draw.random(n) < 0.6
    value = {
        "payment_bin": np.where(local, 10_000 + region * 6 + draw.integers(0, 6, n), zipf(3000, n)),
        "email": np.where(draw.random(n) < 0.3, 10_000 + region * 4 + draw.integers(0, 4, n), zipf(4000, n, 1.3)),
        "signup_hour": (draw.beta(1.2, 1, n) * 365 * 24).astype(np.int64),
        "release_hour": np.where(draw.random(n) < 0.3, (draw.exponential(200, n)).astype(np.int64) + 3, -1),
        "stack": zipf(2500, n, 1.2),
        "ip_network": region * 400 + zipf(400, n, 0.7),
    }
    templates = np.where(draw.random((3, n)) < 0.35, zipf(60_000, (3, n), 1.05), -1)
    networks = np.stack([value["ip_network"], np.where(draw.random(n) < 0.4, region * 400 + zipf(400, n, 0.7), -1)])

    order = draw.permutation(n)
    at = 0

    def take(count: int) -> np.ndarray:
        nonlocal at
        chosen = order[at : at + count]
        at += count
        return chosen

    def share(fraction: float, least: int) -> int:
        return max(int(fraction * n), least)

    ring = np.full(n, -1, np.int64)
    bins, shapes, bursts, hours, stacks, skeletons, obfuscated = DIFFICULTIES[difficulty]
    proxies = draw.integers(0, 500 * 400, 15 * len(rings)).reshape(len(rings), 15)
    for index, size in enumerate(rings):
        members = take(size)
        few = lambda count: max(round(count * np.sqrt(size / 25_000)), 2)  # noqa: B023, E731
        ring[members] = index
        country[members] = draw.integers(0, 20, size)
        value["payment_bin"][members] = draw.integers(0, 3000, few(bins))[draw.integers(0, few(bins), size)]
        value["email"][members] = draw.integers(0, 4000, few(shapes))[draw.integers(0, few(shapes), size)]
        value["signup_hour"][members] = draw.integers(4000, 8700, few(bursts))[draw.integers(0, few(bursts), size)]
        value["release_hour"][members] = draw.integers(0, 400, few(hours))[draw.integers(0, few(hours), size)]
        value["stack"][members] = draw.integers(0, 400, few(stacks))[draw.integers(0, few(stacks), size)]
        own = draw.random(size) < obfuscated
        shared = 100_000 + index * 10_000 + draw.integers(0, few(skeletons), size)
        templates[0, members] = np.where(own, 10_000_000 + members, shared)
        networks[0, members] = proxies[index][draw.integers(0, 15, size)]
    enterprise = take(share(0.005, 40))
    owner[enterprise] = 1
    networks[:, enterprise] = 900_000
    for campus in range(20):
        networks[0, take(share(0.003, 10))] = 910_000 + campus
    for lesson in range(max(n // 10_000, 2)):
        members = take(60)
        templates[0, members] = 300_000 + lesson
        value["email"][members] = 50_000 + lesson
        value["signup_hour"][members] = draw.integers(0, 8000) + draw.integers(0, 72, 60)
    members = take(share(0.002, 20))
    templates[0, members] = 400_000 + draw.integers(0, 40, len(members))
    members = take(share(0.12, 50))
    value["stack"][members] = 7
    templates[1, members], templates[2, members] = 500_000, 500_001
    for gateway in range(5):
        members = take(share(0.001, 10))
        owner[members] = 10 + gateway
        networks[:, members] = 920_000 + gateway
        value["stack"][members] = 600 + gateway
    members = take(share(0.06, 40))
    templates[2, members] = 600_000
    value["signup_hour"][members] = 6000 + draw.integers(0, 48, len(members))
    for team in range(n // 250):
        members = take(8)
        networks[0, members] = 1_000_000 + team
        value["email"][members] = 60_000 + team

    columns = [(name, value[name]) for name in CHANNELS if name not in {"skeleton", "ip_network"}]
    columns += [("skeleton", row) for row in templates] + [("ip_network", row) for row in networks]
    account, channel, values = [], [], []
    for name, row in columns:
        known = np.flatnonzero(row >= 0)
        account.append(known)
        channel.append(np.full(len(known), CHANNELS.index(name), np.int32))
        values.append(row[known])
    traits = pa.table(
        {
            "account_key": np.concatenate(account).astype(np.int64),
            "channel": pa.DictionaryArray.from_arrays(pa.array(np.concatenate(channel)), pa.array(CHANNELS)).cast(
                pa.string()
            ),
            "value": np.concatenate(values).astype(np.int64),
        }
    )
    about = pa.table({"account_key": np.arange(n), "country": country, "plan": plan, "owner": owner})
    return TraitWorld(traits, about, ring)
