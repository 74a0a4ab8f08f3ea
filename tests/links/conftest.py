"""Worlds at the level of traits, registered as the steps after `build_traits` expect them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS
from stillwatch.links.principals import number_principals
from stillwatch.simulate.trait_world import TRAIT_CHANNELS, TraitWorld, trait_world


def register_world(engine: DuckDBEngine, world: TraitWorld) -> np.ndarray:
    """Make `principals` and `trait_rows`; returns each principal's ring (-1: none)."""
    keys = (
        np.random.default_rng(11).permutation(len(world.ring)).astype(np.int64) << 15
    )  # hashes, as far as links cares
    owner = world.accounts["owner"].to_pylist()
    rows = pa.table(
        {
            "account_key": keys,
            "owner": pa.array([None if o < 0 else f"org{o}" for o in owner], pa.string()),
            "plan": world.accounts["plan"].cast(pa.string()),
            "country": world.accounts["country"].cast(pa.string()),
        }
    )
    engine.register("principals", number_principals(rows))
    names = [channel.name for channel in CHANNELS]
    traits = world.traits.set_column(0, "account_key", pa.array(keys[world.traits["account_key"].to_numpy()]))
    engine.register("world_traits", traits)
    engine.register(
        "world_channels",
        pa.table({"name": TRAIT_CHANNELS, "channel": pa.array([names.index(c) for c in TRAIT_CHANNELS], pa.int32())}),
    )
    engine.materialise(
        "trait_rows",
        "SELECT p.principal AS principal, c.channel AS channel, t.value AS value FROM world_traits AS t "
        "JOIN world_channels AS c ON c.name = t.channel JOIN principals AS p ON p.account_key = t.account_key "
        "GROUP BY p.principal, c.channel, t.value",
    )
    principal = engine.fetch("SELECT account_key, principal FROM principals")
    ring = np.full(int(principal["principal"].to_numpy().max()) + 1, -1, np.int64)
    place = dict(zip(keys.tolist(), world.ring.tolist(), strict=True))
    for key, number in zip(principal["account_key"].to_pylist(), principal["principal"].to_pylist(), strict=True):
        ring[number] = max(ring[number], place[key])
    return ring


@pytest.fixture
def ringed(engine: DuckDBEngine) -> Callable[..., np.ndarray]:
    """Registers a world: `ringed(accounts, rings, difficulty, seed)` gives each principal's ring.

    `apart=("plan",)` puts all rings into a plan, or also a country, that nobody else has.
    """

    def make(*about: Any, apart: tuple[str, ...] = ()) -> np.ndarray:
        world = trait_world(*about)
        accounts = world.accounts
        for name in apart:
            own = np.where(world.ring >= 0, 99, accounts[name].to_numpy())
            accounts = accounts.set_column(accounts.column_names.index(name), name, pa.array(own))
        return register_world(engine, dataclasses.replace(world, accounts=accounts))

    return make
