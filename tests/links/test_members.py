from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.members import fit_members
from stillwatch.links.population import Population
from stillwatch.links.trait_table import keep_traits


def test_a_few_seeds_grow_to_the_whole_ring_and_no_further(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ring = ringed(6000, (200,), "mid", 1)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    fit = fit_members(everybody, np.flatnonzero(ring == 0)[:20])
    assert fit is not None
    members = fit.members
    assert (ring[members] == 0).mean() >= 0.99
    assert len(members) >= 0.95 * 200


def test_strangers_are_no_group(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ring = ringed(6000, (200,), "mid", 2)
    table = keep_traits(engine)
    strangers = np.random.default_rng(0).permutation(np.flatnonzero(ring < 0))[:20]
    fit = fit_members(Population(table, np.ones(table.principals, bool)), strangers)
    assert fit is None or len(fit.members) < 60
