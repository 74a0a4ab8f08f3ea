from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.benchmarks.difference import (
    MOST_SETS,
    _standardised,
    centred,
    contrast,
    difference,
    skill_sets,
)

TARGETED = np.array([True, True, *[False] * 6])


def gains(seed: int, peers: int = 24, effect: float = 0.0) -> np.ndarray:
    made = np.random.default_rng(seed).normal(0.5, 0.3, (peers + 1, 8))
    made[0, TARGETED] += effect
    return made


def none(rows: np.ndarray) -> np.ndarray:
    return np.zeros(len(rows))


def test_both_tests_count_by_hand() -> None:
    rows = gains(1)
    found = difference(rows, none(rows), TARGETED)
    by_hand = rows[:, :2].mean(axis=1) - rows[:, 2:].mean(axis=1)
    assert found.p_placebo == pytest.approx((by_hand >= by_hand[0]).mean())
    assert found.effect == pytest.approx(by_hand[0] - by_hand[1:].mean())
    scores = _standardised(centred(rows))[0]
    sums = [scores[list(chosen)].sum() for chosen in combinations(range(8), 2)]
    assert found.p_skills == pytest.approx(np.mean(np.array(sums) >= scores[:2].sum() - 1e-9))
    assert (found.sets, found.every_set) == (28, True)
    assert found.floor == pytest.approx(max(1 / 28, 1 / 25))
    assert found.p_value >= max(found.p_skills, found.p_placebo)


@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=30, deadline=None)
def test_what_everyone_gains_and_what_a_family_gains_everywhere_is_gone(seed: int, jump: float, own: float) -> None:
    rows = gains(seed)
    moved = rows + jump * np.linspace(0, 1, 8)
    moved[0] += own
    one, other = (difference(given, none(rows), TARGETED) for given in (rows, moved))
    assert other.effect == pytest.approx(one.effect)
    assert (other.p_placebo, other.p_skills) == (one.p_placebo, one.p_skills)
    assert (other.low, other.high) == pytest.approx((one.low, one.high))


def test_innocents_are_called_guilty_no_more_often_than_said() -> None:
    found = [difference(rows := gains(seed), none(rows), TARGETED) for seed in range(400)]
    for level in (0.05, 0.1, 0.3):
        most = level + 2.6 * np.sqrt(level * (1 - level) / 400)
        assert np.mean([one.p_placebo <= level for one in found]) <= most
        assert np.mean([one.p_value <= level for one in found]) <= most


def test_intervals_cover_as_often_as_said() -> None:
    found = [difference(rows := gains(seed, effect=0.8), none(rows), TARGETED) for seed in range(300)]
    assert found[0].coverage == pytest.approx(1 - 2 / 25)
    assert np.mean([one.low <= 0.8 <= one.high for one in found]) >= found[0].coverage - 0.04


def test_an_effect_is_found() -> None:
    found = [difference(rows := gains(seed, effect=1.5), none(rows), TARGETED) for seed in range(60)]
    assert np.mean([one.p_value <= 0.05 for one in found]) > 0.8


def test_catching_up_is_explained_by_where_a_family_began() -> None:
    rng = np.random.default_rng(4)
    behind = rng.normal(0, 1, 25)
    behind[0] = 3.0
    rows = rng.normal(0.5, 0.1, (25, 8))
    rows[:, TARGETED] += 0.6 * behind[:, None]
    found = difference(rows, behind, TARGETED)
    assert found.p_placebo == pytest.approx(1 / 25)
    assert found.p_adjusted is not None
    assert found.p_adjusted > 0.05
    assert found.p_value >= found.p_adjusted


def test_a_choice_after_the_fact_is_allowed_for() -> None:
    accused, called = 0, 0
    for seed in range(200):
        rows = gains(seed)
        beyond = rows[0] - rows[1:].mean(axis=0)
        chosen = np.isin(np.arange(8), np.argsort(-beyond)[:2])
        accused += difference(rows, none(rows), chosen).p_value <= 0.05
        called += difference(rows, none(rows), chosen, declared=False).p_value <= 0.05
    assert accused > 20
    assert called <= 17


def test_a_trend_that_went_on_is_no_jump() -> None:
    rows = gains(3, effect=1.5)
    earlier = contrast(gains(4, effect=1.5), TARGETED)
    found = difference(rows, none(rows), TARGETED, earlier=earlier)
    plain = difference(rows, none(rows), TARGETED)
    assert plain.p_added is None
    assert found.p_added is not None
    assert found.p_value >= found.p_added > plain.p_value
    assert found.low <= 0 <= found.high


def test_a_suspect_unlike_its_peers_is_noticed() -> None:
    rows = gains(5)
    assert not difference(rows, none(rows), TARGETED).outgrew
    far, wild = rows.copy(), rows.copy()
    far[0] += 3
    wild[0, 2:] += np.array([2, -2, 2, -2, 2, -2])
    assert difference(far, none(rows), TARGETED).outgrew
    assert difference(wild, none(rows), TARGETED).uneven


def test_missing_scores_are_left_out_not_filled_in() -> None:
    rows = gains(6)
    rows[0, 7] = np.nan
    rows[3, 1] = np.nan
    found = difference(rows, none(rows), TARGETED)
    assert found.sets == 21
    assert np.isfinite(found.contrasts).all()


def test_skills_without_scatter_do_not_divide_by_nothing() -> None:
    rows = np.full((10, 8), 0.5)
    found = difference(rows, none(rows), TARGETED)
    assert found.p_value == 1.0
    assert found.effect == 0.0


def test_too_many_choices_are_drawn() -> None:
    sets, every = skill_sets(60, 20)
    assert not every
    assert len(sets) == MOST_SETS
    assert len(set(sets[0].tolist())) == 20
