from collections.abc import Callable

import numpy as np

from stillwatch.engines import DuckDBEngine
from stillwatch.links.members import Population, fit_members
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


def test_base_rates_of_everybody_are_what_they_are(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(6000, (), "mid", 3)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    principals = np.arange(table.principals)
    np.testing.assert_allclose(
        everybody.base_rate(principals, np.ones(len(principals)), np.arange(table.traits)) * table.principals,
        np.bincount(table.row_trait, minlength=table.traits),
        rtol=0.35,
        atol=1.0,
    )


def test_a_half_holds_only_its_own(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 4)
    table = keep_traits(engine)
    half = Population(table, table.half == 0)
    assert half.size == (table.half == 0).sum()
    who, best = half.scores(np.arange(table.traits), np.ones(table.traits))
    assert (table.half[who] == 0).all()
    assert best.max() == 1.0
