"""The whole of linking on a small world, and on worlds in which there is nothing to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Mixture
from stillwatch.lake import Lake
from stillwatch.links import CHANNELS, Linking, find_groups
from stillwatch.partials.relations import register_views

Make = Callable[..., object]
NOBODY = np.array([], dtype=np.int64)


@pytest.fixture(scope="module")
def world(ring_lake: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        Lake.open(ring_lake).register(engine)
        yield engine


@pytest.fixture(scope="module")
def loud(world: DuckDBEngine) -> np.ndarray:
    busiest = "SELECT account_key FROM exchanges GROUP BY account_key ORDER BY count(*) DESC, account_key LIMIT 200"
    return world.fetch(busiest)["account_key"].to_numpy()


@pytest.fixture(scope="module")
def linking(world: DuckDBEngine, loud: np.ndarray) -> Linking:
    return find_groups(world, loud, seed=3)


def shuffled(table: pa.Table, keep: set[str], seed: int) -> pa.Table:
    """The table with every column but `keep` permuted over its rows, each on its own."""
    random = np.random.default_rng(seed)
    columns = {
        name: table.column(name)
        if name in keep
        else table.column(name).take(pa.array(random.permutation(table.num_rows)))
        for name in table.column_names
    }
    return pa.table(columns, schema=table.schema)


def test_customers_of_a_mixture_are_a_group_unless_a_toolkit_has_them(
    world: DuckDBEngine, ring: frozenset[str]
) -> None:
    rows = world.fetch("SELECT account_key, min(account_id) AS name FROM exchanges GROUP BY account_key ORDER BY 1")
    keys = dict(zip(rows["name"].to_pylist(), rows["account_key"].to_pylist(), strict=True))

    def mixture(names: list[str]) -> Mixture:
        parts = tuple((keys[name], "", keys[name]) for name in names)
        return Mixture(carrier="c", parts=parts, members=tuple(names), share=0.2, log_p=-9.0, without=(), links=())

    honest = mixture(sorted(set(keys) - ring)[:3])
    found = find_groups(world, NOBODY, seed=3, mixtures=[mixture(sorted(ring)[:3]), honest])
    (group,) = (group for group in found.groups if group.origin == "mixture")
    assert set(group.accounts) == set(honest.members)
    assert sorted(found.keys[group.id].tolist()) == sorted(keys[name] for name in honest.members)


def test_the_ring_is_one_group(linking: Linking, ring: frozenset[str]) -> None:
    best = max(linking.groups, key=lambda group: len(ring & set(group.accounts)))
    found = set(best.accounts)
    assert best.origin == "toolkit"
    assert len(found & ring) / len(found) >= 0.99
    assert len(found & ring) / len(ring) >= 0.9
    assert best.p_value < 1e-12
    assert len(best.channel_groups) >= 3
    assert {link.group for link in best.links} <= set(best.channel_groups)
    assert all(link.share > link.base for link in best.links)


def test_an_account_is_in_one_group_only(linking: Linking) -> None:
    everyone = [account for group in linking.groups for account in group.accounts]
    assert len(linking.groups) > 3
    assert len(everyone) == len(set(everyone))
    assert len({group.id for group in linking.groups}) == len(linking.groups)


def test_keys_are_the_members_and_members_are_of_the_log(world: DuckDBEngine, linking: Linking) -> None:
    rows = world.fetch("SELECT account_key, account_id FROM exchanges GROUP BY account_key, account_id").to_pylist()
    name = {row["account_key"]: row["account_id"] for row in rows}
    assert linking.accounts == len(name)
    assert set(linking.keys) == {group.id for group in linking.groups}
    for group in linking.groups:
        assert sorted(name[key] for key in linking.keys[group.id].tolist()) == sorted(group.accounts)
        assert all(0.5 < member.probability <= 1 for member in group.members)
        assert 0 <= group.p_value <= 1


def test_what_a_group_was_learned_as_can_be_written_down(linking: Linking, ring: frozenset[str]) -> None:
    found = {group.id: group for group in linking.groups if group.origin == "toolkit"}
    assert set(linking.toolkits) == set(found)
    best = max(found.values(), key=lambda group: len(ring & set(group.accounts)))
    (toolkit, *_) = linking.toolkits[best.id]
    assert toolkit.half in (0, 1)
    group_of = {channel.name: channel.group for channel in CHANNELS}
    assert len({group_of[trait.channel] for trait in toolkit.traits}) >= 3
    assert all(trait.weight > 0 for trait in toolkit.traits)


def test_what_the_error_rate_rests_on_is_told(linking: Linking) -> None:
    assert 0 < linking.linked_share <= 1
    assert len(linking.tested_log_p) >= sum(group.origin == "toolkit" for group in linking.groups)
    for series in (linking.tested_log_p, linking.decoy_log_p):
        assert (series <= 0).all()
        assert (np.diff(series) >= 0).all()
    # Shuffled traits make no group as surprising as the ring.
    assert linking.decoy_log_p.min(initial=0.0) > linking.tested_log_p[0] / 2
    assert sum(linking.traits.values()) > linking.accounts


def test_the_same_seed_finds_the_same(world: DuckDBEngine, loud: np.ndarray, linking: Linking) -> None:
    again = find_groups(world, loud, seed=3)
    assert again.groups == linking.groups
    assert again.linked_share == linking.linked_share
    assert np.array_equal(again.decoy_log_p, linking.decoy_log_p)


def test_shuffled_labels_leave_no_toolkit(world: DuckDBEngine) -> None:
    """Accounts keep how much they ask and how common each trait is, and nothing of what goes with what.

    Columns are permuted one by one: an exchange kept whole would carry a ring's network, stack and template along.
    """
    exchanges = world.fetch("SELECT * FROM exchanges ORDER BY exchange_key")
    accounts = world.fetch("SELECT * FROM accounts ORDER BY account_key")
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        engine.register("exchanges", shuffled(exchanges, {"account_key", "account_id", "ts_us", "hour"}, 7))
        engine.register("accounts", shuffled(accounts, {"account_key", "account_id"}, 8))
        for name in ("models", "contracts"):
            engine.register(name, world.fetch(f"SELECT * FROM {name}"))
        register_views(engine)
        found = find_groups(engine, NOBODY)
    assert [group for group in found.groups if group.origin == "toolkit"] == []
    assert found.accounts > 1000
    assert found.traits["stack"] > 1000


def test_too_little_to_link_is_no_error(lake: Make, ask: Make) -> None:
    for rows in ([ask(1, 0)], [ask(n % 2, n) for n in range(20)]):
        found = find_groups(lake(rows), NOBODY)  # type: ignore[arg-type]
        assert (found.groups, found.keys) == ((), {})
        assert 0 < found.linked_share <= 1


def test_progress_goes_forward(lake: Make, ask: Make) -> None:
    told: list[float] = []
    find_groups(lake([ask(n, n, stack=1) for n in range(30)]), NOBODY, progress=told.append)  # type: ignore[arg-type]
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)


def test_a_contracted_owner_is_found_whole_and_once(lake: Make, ask: Make, person: Make) -> None:
    rows = [ask(n, n / 10, ip_network=n) for n in range(60)]
    people = [person(n, org_id="acme" if n < 6 else None) for n in range(60)]
    contract = [{"org_id": "acme", "kind": "enterprise"}]
    (owner,) = find_groups(lake(rows, people, [], contract), np.array([1, 2])).groups  # type: ignore[arg-type]
    assert (owner.origin, owner.p_value) == ("owner", 0.0)
    assert sorted(owner.accounts) == [f"a{n}" for n in range(6)]
    assert owner.links[0].value == "acme"
