import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import GROUPS
from stillwatch.links.confirmation import chernoff, confirm, leave_one_out
from stillwatch.links.members import fit_members
from stillwatch.links.population import Population
from stillwatch.links.trait_table import keep_traits


@given(st.integers(1, 200), st.floats(0.01, 150))
@settings(deadline=None, max_examples=200)
def test_the_bound_is_never_below_the_exact_tail(observed: int, expected: float) -> None:
    assert chernoff(observed, expected) >= stats.poisson.logsf(observed - 1, expected) - 1e-9


def test_nothing_beyond_expectation_is_no_evidence() -> None:
    assert chernoff(3, 3.5) == 0.0
    assert chernoff(0, 0.0) == 0.0


def test_a_number_from_an_array_gives_a_plain_one() -> None:
    assert type(chernoff(9, np.float64(2.0))) is float


def test_a_ring_learned_on_one_half_shows_on_the_other(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ring = ringed(6000, (200,), "mid", 1)
    table = keep_traits(engine)
    first, second = (Population(table, table.half == half) for half in (0, 1))
    fit = fit_members(first, np.flatnonzero((ring == 0) & (table.half == 0)))
    assert fit is not None
    found = confirm(first, second, fit)
    assert found.log_p < -100
    assert found.found == pytest.approx((ring[table.half == 1] == 0).sum(), rel=0.1)


def test_traits_learned_on_strangers_do_not_confirm(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(6000, (), "mid", 2)
    table = keep_traits(engine)
    first, second = (Population(table, table.half == half) for half in (0, 1))
    draw, log_p = np.random.default_rng(1), []
    for _ in range(20):
        fit = fit_members(first, draw.permutation(np.flatnonzero(table.half == 0))[:15], rounds=1)
        if fit is not None:
            log_p.append(confirm(first, second, fit).log_p)
    assert log_p and np.median(log_p) > -7


def test_a_ring_stands_without_any_one_kind_of_trait_but_what_one_kind_ties_does_not(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ring = ringed(6000, (200,), "mid", 1)
    table = keep_traits(engine)
    first, second = (Population(table, table.half == half) for half in (0, 1))
    fit = fit_members(first, np.flatnonzero((ring == 0) & (table.half == 0)))
    assert fit is not None
    without = leave_one_out(first, second, fit)
    whole = confirm(first, second, fit).log_p
    assert set(without) == {GROUPS[g] for g in np.unique(table.family[fit.traits])}
    assert all(whole < log_p < -30 for log_p in without.values())
    payment = table.family[fit.traits] == GROUPS.index("payment")
    only = dataclasses.replace(fit, traits=fit.traits[payment], weight=fit.weight[payment])
    assert leave_one_out(first, second, only) == {"payment": 0.0}
