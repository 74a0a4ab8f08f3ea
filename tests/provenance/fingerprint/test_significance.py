"""P-values over families. There is none over prompts: asking more of the same proves no more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.panel import Panel, panel
from stillwatch.provenance.fingerprint.significance import TAIL, conformal, holm, parametric, tail

VALUES = st.lists(st.floats(-50, 50), min_size=1, max_size=80)
SCORES = st.floats(-100, 100)


def null(values: list[float], families: int = 8) -> Null:
    return Null(np.sort(np.array(values, float)), 20, families)


@settings(deadline=None, max_examples=150)
@given(values=VALUES, score=SCORES)
def test_conformal_counts_the_suspect_and_has_a_floor(values: list[float], score: float) -> None:
    p = conformal(score, null(values))
    assert p == pytest.approx((1 + sum(value >= score for value in values)) / (1 + len(values)))
    assert 1 / (len(values) + 1) <= p <= 1.0


@settings(deadline=None, max_examples=150)
@given(values=VALUES, a=SCORES, b=SCORES, families=st.integers(5, 40))
def test_a_higher_score_has_no_higher_p(values: list[float], a: float, b: float, families: int) -> None:
    low, high = sorted((a, b))
    of = null(values, families)
    assert conformal(high, of) <= conformal(low, of)
    assert parametric(high, of) <= parametric(low, of) + 1e-12
    assert 0.0 < parametric(high, of) <= 1.0


@settings(deadline=None, max_examples=150)
@given(values=VALUES, score=SCORES, families=st.integers(5, 40))
def test_below_the_tail_the_two_agree(values: list[float], score: float, families: int) -> None:
    of = null(values, families)
    if score <= tail(of).start:
        assert parametric(score, of) == conformal(score, of)
    else:
        assert parametric(score, of) <= conformal(tail(of).start, of)


def test_the_parametric_tail_begins_where_the_counted_one_ends() -> None:
    of = null(np.random.default_rng(0).exponential(size=2000).tolist(), 20)
    start = tail(of).start
    assert parametric(start + 1e-9, of) == pytest.approx(TAIL, rel=0.02)
    assert conformal(start, of) == pytest.approx(TAIL, rel=0.02)
    reached = np.linspace(start - 1, start + 20, 400)
    steps = np.diff([parametric(score, of) for score in reached])
    assert (steps <= 0).all()
    assert steps.min() > -0.05


def test_fewer_families_make_a_heavier_tail() -> None:
    values = np.random.default_rng(1).normal(size=500).tolist()
    p = [parametric(6.0, null(values, families)) for families in (5, 8, 15, 40, 400)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 1e-3  # five families never carry a p of one in a thousand this near


@pytest.mark.parametrize("families", [5, 10, 30])
def test_the_tail_does_not_promise_more_than_the_data(families: int) -> None:
    """Scores drawn as the innocents are: the extrapolation must not be smaller than the share that reaches them."""
    rng = np.random.default_rng(families)
    of = null(rng.normal(size=400).tolist(), families)
    fresh = np.sort(rng.normal(size=20_000))
    for share in (0.05, 0.01, 0.001):
        score = fresh[int(len(fresh) * (1 - share))]
        assert parametric(score, of) >= share * 0.9


@pytest.mark.parametrize("values", [[0.0], [1.0] * 50, [1.0] * 45 + [2.0] * 5], ids=["one", "all alike", "a step"])
def test_a_null_without_a_tail_is_no_error(values: list[float]) -> None:
    of = null(values)
    assert tail(of).reach > 0
    p = [parametric(score, of) for score in (-1, 0, 1, 1.5, 2, 3, 50)]
    assert p == sorted(p, reverse=True)
    assert all(0 < one <= 1 for one in p)


P_VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12)


@settings(deadline=None, max_examples=150)
@given(p_values=P_VALUES)
def test_holm(p_values: list[float | None]) -> None:
    adjusted = holm(p_values)
    known = [p for p in p_values if p is not None]
    for p, after in zip(p_values, adjusted, strict=True):
        if p is None:
            assert after is None
        else:
            assert after is not None
            assert p <= after <= 1.0
            # As published: the highest (m - rank + 1) p of those not above it.
            ranked = sorted(known)
            least = max(min(1.0, (len(known) - k) * q) for k, q in enumerate(ranked) if q <= p)
            assert after == pytest.approx(least)
    pairs = sorted((p, a) for p, a in zip(p_values, adjusted, strict=True) if p is not None and a is not None)
    assert [a for _, a in pairs] == sorted(a for _, a in pairs)


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([]) == []


def test_asking_the_same_ten_times_proves_no_more(world, read, lineage: Callable[..., object]) -> None:  # type: ignore[no-untyped-def]
    """A test over prompts would call everybody guilty here. Score and p stay what they were."""
    rows = world.outputs
    ten = [row | {"prompt_id": f"{row['prompt_id']} again {n}"} for row in rows for n in range(10)]
    suspects = ["pupil", "apprentice", "loner"]
    once, often = (
        panel(read(some).only("toy"), lineage(world), suspects=suspects)  # type: ignore[arg-type]
        for some in (rows, ten)
    )
    for suspect in suspects:
        for teacher in ("alder-2", "birch-1", "cedar-1"):
            before, after = once.judge(suspect, teacher), often.judge(suspect, teacher)
            assert after.verdict == before.verdict
            assert after.score == pytest.approx(before.score, rel=1e-4)
            assert after.p_value == pytest.approx(before.p_value)
            at = once.corpus.model(suspect), once.corpus.model(teacher)
            assert often.innocents.null(*at).units == once.innocents.null(*at).units


def test_the_order_of_prompts_does_not_matter(world, read, lineage, sight: Panel) -> None:  # type: ignore[no-untyped-def]
    names = {f"q{n:02d}": f"q{(n * 7 + 3) % 40:02d}" for n in range(40)}
    renamed = [row | {"prompt_id": names[row["prompt_id"]]} for row in world.outputs]
    other = panel(read(renamed).only("toy"), lineage(world), suspects=["pupil", "apprentice", "loner"])
    for suspect in ("pupil", "loner"):
        before, after = sight.judge(suspect, "alder-2"), other.judge(suspect, "alder-2")
        assert after.score == pytest.approx(before.score, abs=1e-3)
        assert after.p_value == pytest.approx(before.p_value, abs=0.01)
