from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.members import fit_members
from stillwatch.links.population import Population
from stillwatch.links.split import split
from stillwatch.links.trait_table import keep_traits


def test_two_rings_fitted_as_one_come_apart(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ring = ringed(8000, (200, 80), "easy", 5)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    fit = fit_members(everybody, np.flatnonzero(ring >= 0))
    assert fit is not None and {0, 1} <= set(ring[fit.members].tolist())
    parts = [part for part in split(everybody, fit) if len(part) > 20]
    assert len(parts) == 2
    assert sorted({int(np.bincount(ring[part] + 1).argmax()) - 1 for part in parts}) == [0, 1]
    for part in parts:
        assert np.bincount(ring[part] + 1).max() / len(part) > 0.97


def test_one_ring_stays_whole(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ring = ringed(8000, (200,), "mid", 6)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    fit = fit_members(everybody, np.flatnonzero(ring == 0)[:40])
    assert fit is not None
    assert len(split(everybody, fit)) == 1
