from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.decoys import decoy_log_p, shuffle
from stillwatch.links.trait_table import keep_traits


def test_shuffling_keeps_every_trait_as_common_as_it_was_in_each_cell(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(3000, (90,), "mid", 1)
    table = keep_traits(engine)
    dealt = shuffle(table, seed=5)
    assert not np.array_equal(dealt.row_principal, table.row_principal)
    for t in (table, dealt):
        assert (np.diff(t.row_principal) >= 0).all()

    def cells(t):  # type: ignore[no-untyped-def]
        code = (t.row_trait.astype(np.int64) * 2 + t.half[t.row_principal]) * 10_000 + t.stratum[t.row_principal]
        return np.sort(code)

    np.testing.assert_array_equal(cells(table), cells(dealt))


def test_the_same_seed_deals_the_same(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 2)
    table = keep_traits(engine)
    np.testing.assert_array_equal(shuffle(table, 1).row_trait, shuffle(table, 1).row_trait)
    assert not np.array_equal(shuffle(table, 1).row_principal, shuffle(table, 2).row_principal)


def test_decoys_of_a_world_with_a_ring_show_no_ring(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(6000, (200,), "easy", 3)
    table = keep_traits(engine)
    found = decoy_log_p(table, seed=0)
    assert (np.diff(found) >= 0).all()
    assert len(found) == 0 or found[0] > -25
