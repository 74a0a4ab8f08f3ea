import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS, GROUPS
from stillwatch.links.kernels import Kernel, find_kernels, kernel_links
from stillwatch.links.names import TraitNames
from stillwatch.links.ties import find_ties

PEOPLE = 5000
Make = Callable[..., Any]
Row = dict[str, Any]
NAMES = [channel.name for channel in CHANNELS]


@pytest.fixture
def traits(engine: DuckDBEngine, lake: Make, ask: Make) -> Callable[[dict[str, list[list[int]]]], DuckDBEngine]:
    """Everybody has a common stack, card and network; `shared` adds rare values: channel → groups of principals."""

    def make(shared: dict[str, list[list[int]]], work: list[Row] | None = None) -> DuckDBEngine:
        draw = np.random.default_rng(0)
        rows = []
        for name, values in (("stack", 20), ("payment_bin", 50), ("ip_network", 400)):
            rows += [(p, NAMES.index(name), int(v)) for p, v in enumerate(draw.integers(0, values, PEOPLE))]
        for name, groups in shared.items():
            rows += [(p, NAMES.index(name), 10_000 + g) for g, members in enumerate(groups) for p in members]
        principal, channel, value = zip(*rows, strict=True)
        engine.register(
            "trait_rows",
            pa.table(
                {"principal": pa.array(principal, pa.int32()), "channel": pa.array(channel, pa.int32()), "value": value}
            ),
        )
        families = [GROUPS.index(channel.group) for channel in CHANNELS]
        engine.register(
            "channel_families",
            pa.table({"channel": pa.array(range(len(CHANNELS)), pa.int32()), "family": pa.array(families, pa.int32())}),
        )
        engine.register(
            "principals", pa.table({"account_key": range(PEOPLE), "principal": pa.array(range(PEOPLE), pa.int32())})
        )
        lake(work or [ask(0, 0)])
        return engine

    return make


RARE = {
    "stack": [[1, 2, 3, 4]],
    "payment_bin": [[1, 2, 3, 4]],
    "ip_network": [[1, 2, 3, 4]],
    "skeleton": [[1, 2, 3, 4]],
}


def kernels(engine: DuckDBEngine, loud: np.ndarray, known: np.ndarray | None = None) -> list[Kernel]:
    return find_kernels(find_ties(engine, loud, PEOPLE), loud, PEOPLE, known)


def test_few_accounts_that_share_rare_traits_of_many_groups_are_one_kernel(traits: Callable[..., DuckDBEngine]) -> None:
    (kernel,) = kernels(traits(RARE), np.array([1, 2, 3, 4, 77]))
    assert kernel.principals.tolist() == [1, 2, 3, 4]
    assert kernel.log_p < -7
    assert {"software", "payment", "network", "task"} <= set(kernel.families)
    assert set(kernel.without) == {"software", "payment", "network", "task"}
    assert all(kernel.log_p < log_p <= 0 for log_p in kernel.without.values())


def test_the_rare_traits_of_a_kernel_are_shown(traits: Callable[..., DuckDBEngine]) -> None:
    engine = traits(RARE)
    (kernel,) = kernels(engine, np.array([1, 2, 3, 4]))
    engine.register("trait_labels", pa.table({"channel": [0], "value": [0], "label": ["x"]}))
    pair = dataclasses.replace(kernel, principals=np.array([7, 8]))
    links, nothing = kernel_links(engine, [kernel, pair], PEOPLE, TraitNames(engine))
    assert {link.channel for link in links} == set(RARE)
    assert all(link.share == 1.0 and link.base == 0.0 and link.weight > 6 for link in links)
    assert nothing == ()


def test_a_quiet_partner_of_a_loud_account_is_pulled_in(traits: Callable[..., DuckDBEngine]) -> None:
    (kernel,) = kernels(traits(RARE), np.array([1]))
    assert kernel.principals.tolist() == [1, 2, 3, 4]


def test_where_people_live_and_pay_is_not_enough(traits: Callable[..., DuckDBEngine]) -> None:
    shared = {"payment_bin": [[1, 2]], "ip_network": [[1, 2]], "phone_prefix": [[1, 2]]}
    assert kernels(traits(shared), np.array([1, 2])) == []


def test_one_rare_trait_is_not_enough(traits: Callable[..., DuckDBEngine]) -> None:
    assert kernels(traits({"skeleton": [[1, 2, 3, 4]]}), np.array([1, 2, 3, 4])) == []


def test_two_operations_that_share_one_customer_stay_two(traits: Callable[..., DuckDBEngine]) -> None:
    left, right = [1, 2, 3, 4, 5], [11, 12, 13, 14, 15]
    shared = {name: [left, right] for name in ("stack", "payment_bin", "ip_network", "skeleton")}
    shared["system"] = [[5, 15]]
    shared["tools"] = [[5, 15]]
    shared["phone_prefix"] = [[5, 15]]
    found = kernels(traits(shared), np.array(left + right))
    assert sorted(kernel.principals.tolist() for kernel in found) == [left, right]


def test_a_known_organisation_pulls_nobody_in(traits: Callable[..., DuckDBEngine]) -> None:
    assert kernels(traits(RARE), np.array([1, 2]), known=np.array([1, 3, 4])) == []


def test_nobody_loud_no_kernel(traits: Callable[..., DuckDBEngine]) -> None:
    assert kernels(traits(RARE), np.array([], dtype=np.int64)) == []


def test_a_shared_list_of_rare_prompts_is_shared_work(traits: Callable[..., DuckDBEngine], ask: Make) -> None:
    work = [ask(account, n, prompt_hash=n) for n in range(15) for account in (1, 2, 3)]
    (kernel,) = kernels(traits({"skeleton": [[1, 2, 3]]}, work), np.array([1, 2, 3]))
    assert kernel.principals.tolist() == [1, 2, 3]
    assert set(kernel.families) == {"task", "hand-off"}
    assert kernel.shared_items == 15 * 3  # each pair once, although both of it are loud
    assert "45 prompts" in kernel.reasons[0].text


def test_a_public_suite_is_no_shared_work(traits: Callable[..., DuckDBEngine], ask: Make) -> None:
    work = [ask(account, n, prompt_hash=n) for n in range(15) for account in range(1, 8)]
    assert kernels(traits({"skeleton": [[1, 2, 3]]}, work), np.array([1, 2, 3])) == []


def test_who_knows_one_of_many_is_no_member(traits: Callable[..., DuckDBEngine]) -> None:
    shared = {name: [[1, 2, 3, 4], [4, 99]] for name in ("stack", "payment_bin", "ip_network", "skeleton")}
    (kernel,) = kernels(traits(shared), np.array([1, 2, 3, 4]))
    assert kernel.principals.tolist() == [1, 2, 3, 4]


def test_ties_of_others_make_no_kernel_and_change_none(traits: Callable[..., DuckDBEngine]) -> None:
    shared = {name: [[1, 2, 3, 4], [11, 12, 13, 14]] for name in ("stack", "payment_bin", "ip_network", "skeleton")}
    engine, loud = traits(shared), np.array([1, 2])
    (alone,) = kernels(engine, loud)
    (found,) = find_kernels(find_ties(engine, np.array([1, 2, 11, 12]), PEOPLE), loud, PEOPLE)
    assert found.principals.tolist() == alone.principals.tolist()
    assert (found.log_p, found.without) == (alone.log_p, alone.without)
