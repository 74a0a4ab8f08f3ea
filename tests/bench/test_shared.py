from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.bench.shared import LEAST, capped_pairs, components, matched, shared_addresses
from stillwatch.engines import DuckDBEngine

SIZE = 300
RING = np.arange(40)


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    """Forty accounts that share cards and stacks in tens, mail and tools in twenties; all have a stack and a street."""
    rows = [(p, 0, 1000 + p // 10) for p in RING] + [(p, 1, 2000 + (p + 5) // 10) for p in RING]
    rows += [(p, 3, 4000 + p // 20) for p in RING] + [(p, 4, 5000 + (p + 10) // 20) for p in RING]
    rows += [(p, 1, 7) for p in range(SIZE)] + [(p, 2, 3000 + p // 30) for p in range(SIZE)]
    table = pa.table(
        [pa.array(column, pa.int64()) for column in zip(*rows, strict=True)], ["principal", "channel", "value"]
    )
    with DuckDBEngine(threads=1) as opened:
        opened.register("trait_rows", table)
        opened.register(
            "trait_ip_network", table.filter(pa.compute.equal(table["channel"], 2)).select(["principal", "value"])
        )
        yield opened


def test_components_below_the_least_size_are_no_groups() -> None:
    chain = np.arange(LEAST - 1)
    assert [sorted(part) for part in components(100, chain, chain + 1)] == [list(range(LEAST))]
    assert components(100, chain[:-1], chain[:-1] + 1) == []


def test_a_cap_drops_what_everybody_has(engine: DuckDBEngine) -> None:
    (group,) = capped_pairs(engine, SIZE, 20)
    assert sorted(group.tolist()) == RING.tolist()
    merged = capped_pairs(engine, SIZE, SIZE)
    assert max(len(one) for one in merged) > len(RING)


def test_streets_are_groups_by_address(engine: DuckDBEngine) -> None:
    groups = shared_addresses(engine, SIZE)
    assert sorted(len(group) for group in groups) == [30] * 10
    assert sorted(np.concatenate(groups).tolist()) == list(range(SIZE))


def test_a_match_counts_the_best_group_and_the_innocent_ones() -> None:
    campaign = np.full(SIZE, -1)
    campaign[RING] = 0
    found = matched([np.arange(20, 60), np.arange(100, 130)], campaign)
    assert found == {"campaigns": [{"precision": 0.5, "recall": 0.5}], "false_groups": 2, "groups": 2}
    assert matched([], campaign)["campaigns"] == [{"precision": None, "recall": 0.0}]
