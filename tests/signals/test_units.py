from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Memory
from stillwatch.signals import SIGNALS, build_units
from stillwatch.signals import units as drawing
from stillwatch.signals.drawn import draw_exchanges
from stillwatch.signals.units import BUNDLES

Units = dict[str, dict[str, set[int]]]


def units(engine: DuckDBEngine) -> Units:
    found: Units = defaultdict(lambda: defaultdict(set))
    rows = engine.fetch("SELECT unit_id, kind, account_key FROM units").to_pylist()
    for row in rows:
        found[row["kind"]][row["unit_id"]].add(row["account_key"])
    assert len(rows) == sum(len(keys) for kind in found.values() for keys in kind.values()), "a pair stands twice"
    return found


def test_groups_and_honest_accounts_part_the_log(world: Any) -> None:
    rows = [{"account": account} for account in range(12)]
    with world(rows, {"a": [1, 2, 2], "b": [2, 3], "gone": [99]}) as engine:
        found = units(engine)
    assert dict(found["group"]) == {"a": {1, 2}, "b": {2, 3}, "gone": {99}}
    assert set().union(*found["account"].values()) == {0, *range(4, 12)}
    assert all(unit == f"account:{next(iter(keys))}" for unit, keys in found["account"].items())


def test_an_owner_needs_two_honest_accounts(world: Any) -> None:
    owned = {"pair": [1, 2], "lone": [3], "caught": [4, 5], "half": [6, 7, 8]}
    rows = [{"account": account, "org_id": org} for org, accounts in owned.items() for account in accounts]
    with world([*rows, {"account": 9, "org_id": None}], {"g": [5, 8]}) as engine:
        assert dict(units(engine)["org"]) == {"org:pair": {1, 2}, "org:half": {6, 7}}


def test_an_owner_may_stand_in_the_log_or_in_the_account_table(world: Any) -> None:
    with world([{"account": 1}, {"account": 2, "org_id": "o"}]) as engine:
        engine.register("accounts", pa.table({"account_key": [1, 2, 3], "org_id": ["o", None, "o"]}))
        build_units(
            engine, pa.table({"group_id": pa.array([], pa.string()), "account_key": pa.array([], pa.int64())}), 0
        )
        assert dict(units(engine)["org"]) == {"org:o": {1, 2}}


@pytest.mark.parametrize("trait", ["system_hash", "tools_hash", "stack"])
def test_a_tool_needs_five_honest_accounts(world: Any, trait: str) -> None:
    rows = [{"account": account, trait: -8} for account in range(6)] + [{"account": 7, trait: 9}] * 5
    with world(rows, {"g": [0]}) as engine:
        assert list(units(engine)["tool"].values()) == [{1, 2, 3, 4, 5}]
    with world(rows, {"g": [0, 1]}) as engine:
        assert not units(engine)["tool"]


def test_a_tool_that_shows_in_three_traits_is_one_tenant(world: Any) -> None:
    rows = [{"account": account, "system_hash": 1, "tools_hash": 2, "stack": 3} for account in range(6)]
    with world([*rows, *({"account": account, "stack": 4} for account in range(1, 7))]) as engine:
        assert sorted(map(sorted, units(engine)["tool"].values())) == [[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]]


def test_handfuls_have_the_sizes_that_groups_call_for(world: Any) -> None:
    rows = [{"account": account} for account in range(60)]
    with world(rows, {"small": [1, 2, 3], "nine": list(range(9)), "huge": list(range(9, 40))}) as engine:
        bundles = units(engine)["bundle"]
    # 20 honest accounts are left: no handful above ten, so the huge group is compared with handfuls of eight.
    assert sorted({len(keys) for keys in bundles.values()}) == [4, 8]
    assert len(bundles) == 2 * BUNDLES
    assert set().union(*bundles.values()) <= set(range(40, 60))
    assert all(len(keys) == int(unit.split(":")[1]) for unit, keys in bundles.items())


def test_the_same_seed_draws_the_same_handfuls(world: Any) -> None:
    rows = [{"account": account} for account in range(40)]
    drawn = []
    for order, seed in ((rows, 0), (rows[::-1], 0), (rows, 1)):
        with world(order) as engine:
            build_units(engine, pa.table({"group_id": ["g"] * 4, "account_key": [1, 2, 3, 4]}), seed)
            drawn.append(units(engine)["bundle"])
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_an_empty_log_has_no_units(world: Any) -> None:
    with world([], {"g": [1]}) as engine:
        assert dict(units(engine)) == {"group": {"g": {1}}}


def members(**groups: list[int]) -> pa.Table:
    rows = [(group, account) for group, accounts in groups.items() for account in accounts]
    return pa.table(
        {"group_id": [group for group, _ in rows], "account_key": pa.array([a for _, a in rows], pa.int64())}
    )


def named(*accounts: int) -> tuple[str, ...]:
    return tuple(f"member-{account}" for account in accounts)


def test_dismissed_accounts_are_honest_again_and_together_one_company(world: Any) -> None:
    with world([{"account": account} for account in range(12)]) as engine:
        memory = Memory(dismissed=(named(1, 2, 3), named(7, 99)))  # 99 is not in the log any more
        assert build_units(engine, members(a=[1, 2], b=[3, 4]), 0, memory) == ()
        found = units(engine)
    assert found["group"] == {"a": {1, 2}, "b": {3, 4}}
    assert set().union(*found["account"].values()) == set(range(12)) - {4}
    assert found["org"] == {"dismissed:0": {1, 2, 3}, "dismissed:1": {7}}


def test_confirmed_accounts_are_honest_nowhere(world: Any) -> None:
    rows = [{"account": account, "org_id": "o"} for account in range(12)]
    with world(rows) as engine:
        memory = Memory(confirmed=named(1, 2, 8, 9))
        assert build_units(engine, members(a=[1, 2, 3], b=[3, 4, 8]), 0, memory) == ("a",)  # of b only a third is
        found = units(engine)
    assert set().union(*found["account"].values()) == {0, 5, 6, 7, 10, 11} == found["org"]["org:o"]
    assert all({8, 9}.isdisjoint(keys) for keys in found["bundle"].values())


def test_without_a_memory_the_units_are_the_same(world: Any) -> None:
    with world([{"account": account, "org_id": "o"} for account in range(20)], {"a": [1, 2]}) as engine:
        plain = units(engine)
        build_units(engine, members(a=[1, 2]), 0, Memory())
        assert units(engine) == plain


def test_a_large_log_is_compared_with_drawn_tenants_and_groups_stay_whole(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"account": account, "org_id": f"o{account // 3}"} for account in range(240)]
    rows += [{"account": account, "stack": 10 + account // 6} for account in range(240)]
    groups = {"g": list(range(200, 240))}
    with world(rows, groups) as engine:
        whole = units(engine)
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 50)  # of 200: one in four
    monkeypatch.setattr(drawing, "MOST_SHARED", 40)  # of 66 companies and 33 tools: one in two, and all
    with world(rows, groups) as engine:
        found = units(engine)
        draw_exchanges(engine, SIGNALS)
        drawn = {row["account_key"] for row in engine.fetch("SELECT account_key FROM signal_drawn").to_pylist()}
    assert found["group"] == whole["group"] and found["tool"] == whole["tool"]
    assert set().union(*found["account"].values()) == set(range(0, 200, 4))
    assert found["org"] == {unit: keys for unit, keys in whole["org"].items() if min(keys) % 2 == 0}
    assert 0 < len(found["org"]) < len(whole["org"])
    assert all(keys <= set(range(0, 200, 4)) for keys in found["bundle"].values())
    assert drawn == set(range(240))  # more than half of the accounts are in some unit: nothing is left out
