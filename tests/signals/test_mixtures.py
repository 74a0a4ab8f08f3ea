from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.findings import Mixture
from stillwatch.schema import CONTRACTS
from stillwatch.signals.mixtures import find_mixtures, part_key

Rows = list[dict[str, Any]]
EAGER, PLAIN = 6, 34


def sent(times: int, asks: int, **columns: Any) -> Rows:
    row = {
        "account": 1,
        "org_id": "shop",
        "stack": 5,
        "asks_reasoning": asks,
        "asks_grading": 10,
        "asks_generation": 10,
    }
    return [row | columns for _ in range(times)]


def shop(*, eager: int = 900, style: bool = True, channel: str = "reseller:one", own: bool = True) -> Rows:
    """One account of many end users: six ask for reasoning with one stack of their own, the others as they like."""
    rows: Rows = []
    for user in range(EAGER):
        shared = {"parameters": 777, "skeleton": 55} if style else {"parameters": 10 + user, "skeleton": 20 + user}
        rows += sent(12, eager, end_user_id=f"eager-{user}", channel=channel, **shared)
    for user in range(PLAIN):
        parameters = 1000 + user if own else 777
        rows += sent(10, 20, end_user_id=f"plain-{user}", channel=channel, parameters=parameters, skeleton=2000 + user)
    return rows


def crowd() -> Rows:
    """Forty accounts that hardly ask, two that do."""
    return [
        row
        for account in range(100, 142)
        for row in sent(12, 900 if account > 139 else 20, account=account, org_id=None, parameters=account)
    ]


@pytest.fixture
def find(world: Any) -> Any:
    def run(rows: Rows, contract: str | None = None) -> list[Mixture]:
        with world([*rows, *crowd()], {}) as engine:
            if contract:
                row = {"org_id": "shop", "kind": contract}
                engine.register("contracts", pa.Table.from_pylist([row], schema=CONTRACTS.arrow))
            return find_mixtures(engine)

    return run


def test_the_component_is_found_whole_and_nobody_else(find: Any) -> None:
    (mixture,) = find(shop())
    assert set(mixture.members) == {f"member-1/eager-{user}" for user in range(EAGER)}
    assert mixture.parts[0] == (1, "eager-0", part_key(1, "eager-0"))
    assert mixture.carrier == "member-1"
    assert mixture.share == pytest.approx(72 / 412)
    assert mixture.log_p < -15
    assert {link.channel for link in mixture.links} == {"parameters", "skeleton"}
    assert dict(mixture.without).keys() == {"software", "task"}


def test_the_order_of_rows_does_not_matter(find: Any) -> None:
    rows = shop()
    shuffled = random.Random(3).sample(rows, len(rows))
    assert find(shuffled) == find(rows)


def test_eager_customers_who_share_nothing_are_no_operation(find: Any) -> None:
    assert all(mixture.log_p == 0 for mixture in find(shop(style=False)))


def test_customers_who_ask_alike_are_no_mixture(find: Any) -> None:
    assert find(shop(eager=20)) == []


def test_a_carrier_that_does_nothing_else_is_the_harvester_itself(find: Any) -> None:
    assert find([row | {"asks_reasoning": 900} for row in shop()]) == []


def test_users_of_one_product_are_left_whole_unless_it_resells(find: Any) -> None:
    product = shop(channel="api", own=False)
    assert find(product) == []
    assert len(find(product, contract="reseller")) == 1
    assert len(find(shop(channel="api"))) == 1  # software of all kinds: customers of their own


def test_what_another_contract_explains_is_left_whole(find: Any) -> None:
    assert find(shop(), contract="enterprise") == []
    assert find(shop(), contract="distillation-licence") == []


def test_accounts_of_a_reseller_are_parts_too(find: Any) -> None:
    rows: Rows = []
    for account in range(1, 13):
        eager = account <= 3
        style = {"parameters": 777 if eager else account, "skeleton": 55 if eager else 90 + account}
        rows += sent(20, 900 if eager else 20, account=account, channel="reseller:one", **style)
    (mixture,) = find(rows)
    assert set(mixture.members) == {"member-1", "member-2", "member-3"}
    assert mixture.carrier == "shop"
    assert mixture.parts == ((1, "", 1), (2, "", 2), (3, "", 3))
    assert find([row | {"channel": "api"} for row in rows]) == []


def test_an_empty_log_and_one_without_scores(world: Any) -> None:
    with world([], {}) as engine:
        assert find_mixtures(engine) == []
    with world([{"account": 1, "end_user_id": "a"}], {}) as engine:
        assert find_mixtures(engine) == []
