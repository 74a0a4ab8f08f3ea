from collections.abc import Callable

import numpy as np
from scipy import sparse

from stillwatch.engines import DuckDBEngine
from stillwatch.links.population import Population
from stillwatch.links.trait_table import keep_traits


def test_the_layout_says_who_has_what_and_how_many_of_each_stratum(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ringed(2000, (60,), "mid", 5)
    table = keep_traits(engine)
    half = Population(table, table.half == 1)
    mine = table.half[table.row_principal] == 1
    has = sparse.coo_matrix(
        (np.ones(mine.sum()), (table.row_principal[mine], table.row_trait[mine])), (table.principals, table.traits)
    ).toarray()
    np.testing.assert_array_equal(half.by_principal.toarray(), has)
    np.testing.assert_array_equal(half.by_trait.toarray(), has)
    np.testing.assert_array_equal(half.everywhere, has.sum(axis=0) / half.size)
    for stratum in range(len(half.stratum_size)):
        theirs = has[table.stratum == stratum].sum(axis=0)
        np.testing.assert_array_equal(half.trait_strata.toarray()[:, stratum], theirs)


def test_what_some_have_is_counted_anew_each_time(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 6)
    table = keep_traits(engine)
    everybody = Population(table, np.ones(table.principals, bool))
    some, weight = np.arange(5, 90), np.linspace(0.2, 1.0, 85)
    for least in (1.0, 2.5):
        seen, counts = everybody.observed(some, weight, least)
        wanted = weight @ everybody.by_principal[some].toarray()
        assert seen.tolist() == np.flatnonzero(wanted >= least).tolist() and len(seen) > 3
        np.testing.assert_allclose(counts, wanted[seen])


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
