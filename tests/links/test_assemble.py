import math
import random
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.findings import Link, Member, Mixture
from stillwatch.links.assemble import Directory, exact_p, group_id, mixture_group

Make = Callable[..., object]


def test_ids_do_not_depend_on_order_and_differ_by_members() -> None:
    accounts = [f"a{n}" for n in range(50)]
    shuffled = random.Random(1).sample(accounts, len(accounts))
    assert group_id(accounts) == group_id(shuffled)
    assert group_id(accounts) != group_id(accounts[1:])


def test_a_bound_is_never_a_certainty_but_a_fact_is() -> None:
    assert exact_p(-5000.0) == 1e-300
    assert exact_p(-math.inf) == 0.0
    assert exact_p(0.0) == 1.0


@pytest.fixture
def people(lake: Make, ask: Make) -> Directory:
    engine = lake([ask(n, n) for n in (10, 20, 30, 40)])
    keys = pa.table({"account_key": [10, 20, 30, 40], "principal": pa.array([0, 1, 1, 2], pa.int32())})
    engine.register("principals", keys)  # type: ignore[attr-defined]
    return Directory(engine)  # type: ignore[arg-type]


def test_a_principal_stands_for_all_its_accounts(people: Directory) -> None:
    assert len(people) == 4 and people.principals == 3
    assert sorted(people.keys_of(np.array([1, 2]))) == [20, 30, 40]
    assert people.principals_of(np.array([30, 40, 99])).tolist() == [1, 2]
    assert [m.account_id for m in people.members_of_keys(np.array([40, 10, 99]))] == ["a10", "a40"]


def test_members_carry_their_principals_probability_surest_first(people: Directory) -> None:
    members = people.members(np.array([0, 1]), np.array([0.6, 0.9]))
    assert [(m.account_id, m.probability) for m in members] == [("a20", 0.9), ("a30", 0.9), ("a10", 0.6)]


def test_a_mixture_is_a_group_of_its_customers() -> None:
    link = Link(channel="parameters", group="software", value="0f", share=1.0, base=0.0, weight=5.0)
    other = Link(channel="skeleton", group="task", value="0e", share=1.0, base=0.0, weight=4.0)
    mixture = Mixture(
        carrier="shop",
        parts=((1, "u", 7), (1, "v", 8)),
        members=("shop/u", "shop/v"),
        share=0.2,
        log_p=-30.0,
        without=(("software", -10.0), ("task", -20.0)),
        links=(link, other),
    )
    members = tuple(Member(account_id=name, probability=1.0) for name in mixture.members)
    group = mixture_group(mixture, members)
    assert (group.origin, group.members, group.links) == ("mixture", members, (link, other))
    assert group.channel_groups == ("software", "task")
    assert group.p_value == math.exp(-30)
    assert group.without == (("software", math.exp(-10)), ("task", math.exp(-20)))
