from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from stillwatch.engines import DuckDBEngine
from stillwatch.links.pairs import surprising_pairs
from stillwatch.links.population import Population
from stillwatch.links.toolkits import RESOLUTIONS, communities, fix_seed, seeds
from stillwatch.links.trait_table import keep_traits


def edges(rows: list[tuple[int, int, float]]) -> pa.Table:
    t1, t2, z = zip(*rows, strict=True)
    return pa.table({"t1": pa.array(t1, pa.int32()), "t2": pa.array(t2, pa.int32()), "z": pa.array(z, pa.float64())})


def test_two_cliques_joined_by_one_stray_edge_stay_apart() -> None:
    rows = [(i, j, 10.0) for base in (0, 5) for i in range(base, base + 5) for j in range(i + 1, base + 5)]
    ladder = dict(zip(RESOLUTIONS, communities(edges([*rows, (4, 5, 1.6)]), 12), strict=True))
    label = ladder[1.0]
    assert len(set(label[:5])) == 1 and len(set(label[5:10])) == 1
    assert label[0] != label[5]
    assert all((label[10:] == -1).all() for label in ladder.values())  # in no pair, in no community


def test_the_same_pairs_give_the_same_communities(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(3000, (90,), "mid", 7)
    table = keep_traits(engine)
    pairs = surprising_pairs(Population(table, table.half == 0))

    def in_a_new_thread() -> list[np.ndarray]:
        fix_seed(3)
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: list(communities(pairs, table.traits))).result()

    first, second = in_a_new_thread(), in_a_new_thread()
    assert len(first) == len(RESOLUTIONS)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_pairs_no_communities() -> None:
    assert list(communities(edges([(0, 1, 2.0)]).slice(0, 0), 5)) == []


def test_seeds_are_mostly_of_the_ring(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ring = ringed(3000, (90,), "easy", 8)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    found = list(seeds(everybody, next(communities(surprising_pairs(everybody), table.traits))))
    best = max(found, key=lambda chosen: (ring[chosen] == 0).sum())
    assert (ring[best] == 0).mean() > 0.9
    assert (ring[best] == 0).sum() >= 5


def test_where_nobody_meets_a_community_there_are_no_seeds(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(3000, (), "easy", 8)
    table = keep_traits(engine)
    alone = np.full(table.traits, -1, np.int64)
    assert list(seeds(Population(table, np.ones(table.principals, bool)), alone)) == []
