"""Likelihood ratios: bounded by the families behind them, and what they cost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.evidence import (
    CLLR,
    STUDENT_FAMILIES,
    WEIGHT_OF_ABSENCE,
    cap,
    cllr,
    fit,
    floor,
    log_likelihood_ratio,
)
from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.significance import tail

VALUES = st.lists(st.floats(-5, 5), min_size=2, max_size=60)
STUDENTS = st.lists(st.floats(-5, 20), max_size=30)


def null(values: list[float], families: int = 8) -> Null:
    return Null(np.sort(np.array(values, float)), 20, families)


@settings(deadline=None, max_examples=150)
@given(values=VALUES, students=STUDENTS, a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6), families=st.integers(5, 40))
def test_the_ratio_keeps_its_bounds_and_its_order(
    values: list[float], students: list[float], a: float, b: float, families: int
) -> None:
    of, reached = null(values, families), np.array(students)
    low, high = (log_likelihood_ratio(score, of, reached) for score in sorted((a, b)))
    assert -math.log(STUDENT_FAMILIES) <= floor(of, reached) <= 0 < cap(of) == math.log(families + 1)
    assert floor(of, reached) <= low <= high <= cap(of)


def test_no_family_no_claim() -> None:
    of = null(np.random.default_rng(0).normal(size=300).tolist(), 9)
    assert math.exp(log_likelihood_ratio(1e9, of, np.zeros(0))) == pytest.approx(10.0)


def test_absence_weighs_as_much_as_students_would_have_shown() -> None:
    of = null(np.random.default_rng(0).normal(size=300).tolist())
    shown, hidden = np.full(50, 10.0), np.full(50, -10.0)
    assert floor(of, np.zeros(0)) == -WEIGHT_OF_ABSENCE
    assert floor(of, hidden) == 0.0  # students that do not show are no reason to acquit
    assert floor(of, shown) == pytest.approx(-math.log(STUDENT_FAMILIES))
    half = np.concatenate([np.full(50, 10.0), np.full(49, tail(of).start)])
    assert floor(of, half) == pytest.approx(math.log(0.5))


def test_cllr_of_perfect_of_silent_and_of_wrong_ratios() -> None:
    student = np.array([True, True, False, False, False])
    assert cllr(np.where(student, 50.0, -50.0), student) == pytest.approx(0.0, abs=1e-12)
    assert cllr(np.zeros(5), student) == pytest.approx(1.0)
    assert cllr(np.where(student, -3.0, 3.0), student) > 1.0
    # By the published formula.
    ratios = np.array([3.0, 0.5, 0.2, 1.0, 2.0])
    expected = 0.5 * (np.log2(1 + 1 / ratios[student]).mean() + np.log2(1 + ratios[~student]).mean())
    assert cllr(np.log(ratios), student) == pytest.approx(expected)


def test_cllr_does_not_depend_on_how_many_of_each() -> None:
    student = np.array([True, False])
    many = np.array([True] + [False] * 9)
    assert cllr(np.array([1.0, -2.0]), student) == pytest.approx(cllr(np.array([1.0] + [-2.0] * 9), many))


def test_the_fit_finds_the_ratio_of_two_normals() -> None:
    """Students at 2, innocents at 0, spread 1: the log ratio is 2 x - 2."""
    rng = np.random.default_rng(3)
    standings = np.concatenate([rng.normal(2, 1, 3000), rng.normal(0, 1, 9000)])
    intercept, slope = fit(standings, np.arange(12_000) < 3000)
    assert (intercept, slope) == pytest.approx((-2.0, 2.0), abs=0.15)


def test_the_cost_that_is_told_is_one() -> None:
    assert 0.0 < CLLR < 1.0
