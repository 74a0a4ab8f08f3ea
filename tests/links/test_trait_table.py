from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import GROUPS
from stillwatch.links.trait_table import LEAST_PRINCIPALS, PER_PRINCIPAL, keep_traits


def test_kept_traits_are_bounded_and_sorted(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 3)
    table = keep_traits(engine)
    assert (np.diff(table.row_principal) >= 0).all()
    assert np.bincount(table.row_principal).max() <= PER_PRINCIPAL
    sizes = engine.fetch("SELECT channel, value, df FROM useful")
    assert min(sizes["df"].to_pylist()) >= LEAST_PRINCIPALS
    assert table.known.shape == (table.principals, len(GROUPS))


def test_who_has_a_task_is_told_once_where_all_such_are_known(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(2000, (60,), "mid", 3)
    known, task = keep_traits(engine).known, GROUPS.index("task")
    assert 0 < known[:, task].sum() < len(known)
    told = keep_traits(engine, busy=np.flatnonzero(known[:, task])).known
    np.testing.assert_array_equal(told, known)
    assert not keep_traits(engine, busy=np.empty(0, np.int64)).known[:, task].any()
