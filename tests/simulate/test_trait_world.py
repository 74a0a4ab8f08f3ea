from __future__ import annotations

import itertools

import numpy as np
import pyarrow.compute as pc
import pytest

from stillwatch.simulate.trait_world import DIVERSITY, TRAIT_CHANNELS, TraitWorld, trait_world


def values(world: TraitWorld, channel: str) -> dict[int, set[int]]:
    """The values of one channel by account."""
    rows = world.traits.filter(pc.equal(world.traits["channel"].cast("string"), channel))
    found: dict[int, set[int]] = {}
    for account, value in zip(rows["account_key"].to_pylist(), rows["value"].to_pylist(), strict=True):
        found.setdefault(account, set()).add(value)
    return found


def distinct(world: TraitWorld, channel: str, members: np.ndarray) -> int:
    found = values(world, channel)
    return len(set().union(*(found[account] for account in members.tolist() if account in found)))


def test_the_same_arguments_give_the_same_world_and_another_seed_another() -> None:
    one, two, other = (trait_world(2000, (50,), "mid", seed) for seed in (1, 1, 2))
    assert one.traits.equals(two.traits)
    assert one.accounts.equals(two.accounts)
    assert np.array_equal(one.ring, two.ring)
    assert not one.traits.equals(other.traits)
    assert not np.array_equal(one.ring, other.ring)


def test_rings_have_their_sizes_and_lie_anywhere() -> None:
    world = trait_world(5000, (200, 80, 40), "hard", 3)
    assert np.bincount(world.ring + 1).tolist() == [4680, 200, 80, 40]
    assert world.accounts.num_rows == 5000
    # Neither the first accounts nor the last: a method that reads the order must not win.
    assert 1500 < np.flatnonzero(world.ring == 0).mean() < 3500


def test_every_trait_is_of_an_account_and_of_a_known_channel() -> None:
    world = trait_world(1500, (40,), "easy", 4)
    accounts = world.traits["account_key"].to_numpy()
    assert (accounts.min(), accounts.max()) == (0, 1499)
    assert set(world.traits["channel"].unique().to_pylist()) == set(TRAIT_CHANNELS)
    assert pc.min(world.traits["value"]).as_py() >= 0
    for single in ("payment_bin", "email", "signup_hour", "stack"):
        held = values(world, single)
        assert len(held) == 1500
        assert {len(values) for values in held.values()} == {1}


@pytest.mark.parametrize("channel", ["payment_bin", "email", "signup_hour", "stack"])
def test_a_ring_shares_what_strangers_do_not(channel: str) -> None:
    world = trait_world(4000, (150,), "easy", 5)
    members = np.flatnonzero(world.ring == 0)
    strangers = np.random.default_rng(0).permutation(np.flatnonzero(world.ring < 0))[:150]
    assert distinct(world, channel, members) * 3 < distinct(world, channel, strangers)


def test_a_harder_ring_shares_less() -> None:
    counts = []
    for difficulty in DIVERSITY:
        world = trait_world(4000, (400,), difficulty, 6)
        members = np.flatnonzero(world.ring == 0)
        counts.append([distinct(world, channel, members) for channel in ("payment_bin", "email", "skeleton")])
    assert counts == sorted(counts)
    assert all(easier[0] < harder[0] for easier, harder in itertools.pairwise(counts))


def test_innocent_structure_is_there_and_holds_no_member_of_a_ring() -> None:
    world = trait_world(6000, (100,), "mid", 7)
    owner = np.array(world.accounts["owner"].to_pylist())
    assert set(np.unique(owner).tolist()) == {-1, 1, 10, 11, 12, 13, 14}  # none, an enterprise, five resellers
    assert (world.ring[owner >= 0] == -1).all()
    tool = [account for account, held in values(world, "skeleton").items() if 500_000 in held]
    assert len(tool) >= 0.12 * 6000 - 1
    assert (world.ring[tool] == -1).all()
    doors = values(world, "ip_network")
    assert all(doors[account] == {900_000} for account in np.flatnonzero(owner == 1).tolist())


def test_no_ring_is_a_world_too() -> None:
    world = trait_world(1000, (), "mid", 8)
    assert (world.ring == -1).all()
    assert world.traits.num_rows > 5000
