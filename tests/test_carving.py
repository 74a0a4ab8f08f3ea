"""Customers of a carrier become accounts of their own, and every relation agrees with the log that they then are in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.carving import carve
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Mixture
from stillwatch.partials.relations import DAILY, LARGE, register_views, replace_daily
from stillwatch.pipeline import scan
from stillwatch.schema import ACCOUNTS, LAKE
from stillwatch.simulate import simulate

RELATIONS = (*DAILY, *(f"shared_{name}" for name in LARGE), "account_totals", "recurring_prompts", "repeated_prompts")


def row(place: int, account: int, user: str | None, **columns: Any) -> dict[str, Any]:
    return {
        "ts_us": 1_772_000_000_000_000 + place * 3_600_000_000,
        "hour": 492_000 + place,
        "account_key": account,
        "account_id": f"a{account}",
        "exchange_key": place,
        "exchange_id": f"x{place}",
        "org_id": "shop" if account < 3 else None,
        "end_user_id": user,
        "prompt_hash": place % 7,
        "band_0": place % 5,
        "body_hash": place % 11,
        "status": 429 if place % 9 == 0 else 200,
        "skeleton": place % 3,
        "stack": account,
    } | columns


ROWS = [row(place, 1 + place % 4, f"u{place % 6}" if place % 4 == 0 else None) for place in range(120)]
SPLIT = Mixture(
    carrier="a1",
    parts=((1, "u0", 901), (1, "u4", 902)),
    members=("a1/u0", "a1/u4"),
    share=0.5,
    log_p=-20.0,
    without=(),
    links=(),
)
WHOLE = Mixture(carrier="shop", parts=((2, "", 2),), members=("a2",), share=0.5, log_p=-20.0, without=(), links=())


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    people = [
        {"account_id": f"a{key}", "org_id": "shop" if key < 3 else None, "plan": "paid", "payment_id": f"p{key}"}
        for key in (1, 2, 3)
    ]
    accounts = ACCOUNTS.conform(pa.Table.from_pylist(people)).append_column("account_key", pa.array([1, 2, 3]))
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        engine.register("lake_exchanges", pa.Table.from_pylist(ROWS, schema=LAKE.arrow))
        engine.view("exchanges", f"SELECT {', '.join(LAKE.names)} FROM lake_exchanges")
        engine.register("accounts", accounts.append_column("signup_network", pa.nulls(3, pa.int64())))
        register_views(engine)
        replace_daily(engine)
        yield engine


def rows_of(engine: DuckDBEngine, name: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(one.values()) for one in engine.fetch(f"SELECT * FROM {name}").to_pylist()), key=repr)


def test_without_a_mixture_nothing_changes(engine: DuckDBEngine) -> None:
    before = rows_of(engine, "exchanges")
    carve(engine, [])
    assert rows_of(engine, "exchanges") == before


def test_rows_of_the_parts_go_under_their_own_name(engine: DuckDBEngine) -> None:
    carve(engine, [SPLIT])
    found = engine.fetch("SELECT account_id, account_key, end_user_id, org_id, stack FROM exchanges").to_pylist()
    assert len(found) == len(ROWS)
    for one in found:
        if one["account_key"] in (901, 902):
            assert one["account_id"] == f"a1/{one['end_user_id']}"
            assert one["org_id"] is None and one["stack"] is None
        elif one["account_key"] == 1:
            assert one["end_user_id"] not in ("u0", "u4")
            assert (one["org_id"], one["stack"]) == ("shop", 1)
    assert {one["account_key"] for one in found} == {1, 2, 3, 4, 901, 902}


def test_a_whole_account_only_loses_its_owner(engine: DuckDBEngine) -> None:
    carve(engine, [WHOLE])
    owners = engine.fetch("SELECT account_id, org_id FROM exchanges GROUP BY account_id, org_id").to_pylist()
    assert {one["account_id"]: one["org_id"] for one in owners} == {"a1": "shop", "a2": None, "a3": None, "a4": None}
    people = {one["account_id"]: one for one in engine.fetch("SELECT * FROM accounts").to_pylist()}
    assert people["a2"]["org_id"] is None and people["a2"]["payment_id"] == "p2"
    assert people["a1"]["org_id"] == "shop"


def test_parts_have_the_carriers_plan_and_nothing_that_ties_them_to_it(engine: DuckDBEngine) -> None:
    carve(engine, [SPLIT])
    people = {one["account_id"]: one for one in engine.fetch("SELECT * FROM accounts").to_pylist()}
    assert len(people) == 5
    assert people["a1/u0"]["plan"] == "paid" and people["a1/u0"]["account_key"] == 901
    assert people["a1/u0"]["payment_id"] is None and people["a1/u0"]["org_id"] is None


@pytest.mark.parametrize("mixtures", [[SPLIT], [WHOLE], [SPLIT, WHOLE]], ids=["split", "whole", "both"])
def test_every_relation_agrees_with_the_carved_log(engine: DuckDBEngine, mixtures: list[Mixture]) -> None:
    carve(engine, mixtures)
    carved = {name: rows_of(engine, name) for name in RELATIONS}
    register_views(engine)
    for name in RELATIONS:
        anew = rows_of(engine, name)
        if name.startswith("shared_"):  # a value that one account alone has may stand among a carrier's: it ties nobody
            assert set(anew) <= set(carved[name]), name
            carriers = {key for one in mixtures for part in one.parts for key in (part[0], part[2])}
            assert {one for one in carved[name] if one[0] not in carriers} == {
                one for one in anew if one[0] not in carriers
            }
        else:
            assert carved[name] == anew, name


@pytest.mark.acceptance
def test_a_campaign_inside_a_reseller_is_exactly_its_end_users(tmp_path: Path) -> None:
    world = simulate(tmp_path / "world", scenario="reseller", accounts=700, days=6, seed=5)
    users = pq.read_table(world.truth_path / "end_users.parquet").to_pylist()
    guests = {f"{row['account_id']}/{row['end_user_id']}" for row in users if row["campaign"]}
    found = scan([world.path], tmp_path / "out", settings=Settings(threads=1))
    groups: dict[str, set[str]] = {}
    for row in found.members.to_pylist():
        groups.setdefault(row["campaign_id"], set()).add(row["account_id"])
    assert guests in groups.values()
    assert len(guests) == 12 and len(users) > 200  # the other customers are nobody's members
    assert not {user for members in groups.values() for user in members - guests if "/" in user}
