from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import log_ndtr

from stillwatch.provenance.watermark.tracing.accusation import LOOKS, SPENT, accuse

Array = NDArray[np.float64]


def test_holm_bars_and_what_each_look_spends() -> None:
    log10_p = np.log10([1e-9, 0.0009 / 3.1, 0.5, 0.5])
    found = accuse(lambda _: log10_p, 1e-3)
    assert found.accused.tolist() == [True, True, False, False] or found.accused.tolist() == [True, False, False, False]
    assert found.log10_adjusted[0] == pytest.approx(np.log10(4e-9 / SPENT))
    assert found.accused[1] == (3 * 10 ** log10_p[1] / SPENT <= 1e-3)
    assert sum(SPENT * (1 - SPENT) ** k for k in range(LOOKS)) < 1


def test_a_later_look_has_a_smaller_part_and_fewer_keys() -> None:
    first, later = np.log10([1e-9, 1e-3, 0.5]), np.log10([1e-9, 1e-6, 0.5])
    asked: list[list[int]] = []

    def look(accepted: NDArray[np.int64]) -> Array:
        asked.append(accepted.tolist())
        return later if len(accepted) else first

    found = accuse(look, 1e-3)
    assert asked == [[], [0], [0, 1]]
    assert found.look.tolist() == [1, 2, 0]
    assert found.log10_adjusted[1] == pytest.approx(np.log10(2e-6 / 0.09))


def test_a_rejected_cohort_lowers_the_bar_for_its_own_keys() -> None:
    log10_p = np.log10(np.concatenate([[1e-5, 1e-5], np.full(998, 0.5)]))
    inside, other = np.arange(8), np.arange(8, 16)
    assert not accuse(lambda _: log10_p, 1e-3).accused.any()
    found = accuse(lambda _: log10_p, 1e-3, cohorts=[(-20.0, inside), (-1.0, other)])
    assert found.accused.nonzero()[0].tolist() == [0, 1] and found.look[:2].tolist() == [0, 0]
    assert found.log10_adjusted[0] == pytest.approx(np.log10(1e-5 * 8 * 4))
    assert found.cohorts.tolist() == [True, False]
    assert found.log10_cohorts[0] == pytest.approx(-20 + np.log10(4))
    # Without the cohort's own rejection nothing is gained.
    assert not accuse(lambda _: log10_p, 1e-3, cohorts=[(-2.0, inside)]).accused.any()


@pytest.mark.parametrize("true", [0, 3])
def test_family_wise_error_holds_with_and_without_true_keys(true: int) -> None:
    """600 worlds of 40 keys in 4 cohorts; in a look again the innocent are drawn afresh, which is the worst case."""
    random = np.random.default_rng(1)
    wrong, level = 0, 0.1
    members = [np.arange(10 * c, 10 * c + 10) for c in range(4)]
    for _ in range(600):
        z = random.standard_normal(40)
        z[:true] += 5.0

        def look(accepted: NDArray[np.int64], z: Array = z) -> Array:
            own = z if not len(accepted) else np.where(np.arange(40) < true, z, random.standard_normal(40))
            return np.asarray(log_ndtr(-own) / np.log(10))

        pooled = [float(log_ndtr(-z[m].sum() / np.sqrt(10)) / np.log(10)) for m in members]
        found = accuse(look, level, cohorts=list(zip(pooled, members, strict=True)))
        wrong += bool(found.accused[true:].any() or found.cohorts[1 if true else 0 :].any())
    assert wrong / 600 <= level + 3 * np.sqrt(level * (1 - level) / 600)


@given(st.lists(st.floats(-30, 0), min_size=1, max_size=12), st.floats(1e-6, 0.2))
@settings(max_examples=60, deadline=None)
def test_accused_exactly_where_the_adjusted_p_is_at_most_the_level(log10_p: list[float], level: float) -> None:
    values = np.array(log10_p)
    found = accuse(lambda _: values, level, cohorts=[(min(log10_p), np.arange(len(log10_p)))])
    assert found.accused.tolist() == (found.log10_adjusted <= np.log10(level)).tolist()
    assert (found.log10_adjusted >= np.minimum(values, 0) - 1e-12).all() and (found.log10_adjusted <= 0).all()
    assert (found.accused | (found.look == 0)).all()
