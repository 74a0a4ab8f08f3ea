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
