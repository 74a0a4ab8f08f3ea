from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.links.pairs import LEAST_Z, SHRINK, surprising_pairs
from stillwatch.links.population import Population
from stillwatch.links.trait_table import TraitTable, keep_traits


@pytest.fixture
def table(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> TraitTable:
    ringed(2000, (60,), "easy", 4)
    return keep_traits(engine)


def test_exactly_the_pairs_beyond_their_stratified_expectation(table: TraitTable) -> None:
    population = Population(table, table.half == 1)
    strata = np.bincount(table.stratum[table.half == 1])
    pairs = surprising_pairs(population)
    has = population.by_principal.toarray() > 0
    people = [has[(table.half == 1) & (table.stratum == stratum)] for stratum in range(len(strata))]
    found = {(row["t1"], row["t2"]): row for row in pairs.to_pylist()}
    # A hundred traits against each other, those of the strongest pairs among them, as the definition says.
    strongest = pairs.sort_by([("z", "descending")]).slice(0, 40)
    looked = np.unique(np.concatenate([strongest["t1"].to_numpy(), strongest["t2"].to_numpy(), np.arange(60)]))
    surprising = 0
    for t1, t2 in combinations(looked.tolist(), 2):
        row = found.get((t1, t2))
        o = int((has[:, t1] & has[:, t2]).sum())
        n1, n2, size = has[:, t1].sum(), has[:, t2].sum(), population.size
        e = 0.0
        for rows in people:
            if rows[:, t1].any() and rows[:, t2].any():
                drawn = (rows[:, t1].sum() + SHRINK * n1 / size) * (rows[:, t2].sum() + SHRINK * n2 / size)
                e += drawn / (len(rows) + SHRINK)
        z = (o - e) / np.sqrt(e + 0.2)
        plain = n1 * n2 / size
        expected = (
            table.family[t1] != table.family[t2]
            and o >= 2
            and o - plain > LEAST_Z * np.sqrt(plain + 0.2)
            and z > LEAST_Z
        )
        assert (row is not None) == expected
        if row is not None:
            assert row["o"] == o
            assert row["e"] == pytest.approx(e) and row["z"] == pytest.approx(z)
            surprising += 1
    assert surprising > 20


def test_pairs_are_ordered_and_of_two_channel_groups(table: TraitTable) -> None:
    pairs = surprising_pairs(Population(table, table.half == 0))
    t1, t2 = pairs["t1"].to_numpy().astype(np.int64), pairs["t2"].to_numpy().astype(np.int64)
    assert (t1 < t2).all() and (np.diff(t1 * table.traits + t2) > 0).all()
    assert (table.family[t1] != table.family[t2]).all()


def test_of_nobody_nothing_is_surprising(table: TraitTable) -> None:
    assert surprising_pairs(Population(table, np.zeros(table.principals, bool))).num_rows == 0
