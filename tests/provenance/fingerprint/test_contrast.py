"""The teacher's provider against the best rival, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.contrast import Rows, contrast, rows_of_models, scores
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.signals import GROUPS, SIGNALS

COUNTED = [signal for signal in SIGNALS if signal.group]


def standing(providers: str, control: str, rival: str) -> Standing:
    """One letter a model: its provider; whether it is a control, a rival ("x")."""
    names = np.array(list(providers))
    return Standing(
        np.array([f"{provider}{place}" for place, provider in enumerate(names)]), names,
        np.array([mark == "x" for mark in control]), np.array([mark == "x" for mark in rival]),
    )  # fmt: skip


#                 t t a a b c s
WORLD = standing("ttaabcs", "xxxxxx.", "xxxxxx.")
NOT_OWN = np.zeros((1, 5), bool)  # providers a b c s t


def test_teacher_and_sibling_against_the_best_rivals() -> None:
    near = np.array([[3.0, 1.0, 2.0, -5.0, 0.4, 0.0, np.nan]])
    found = contrast(near, NOT_OWN, WORLD)[0]
    against = 0.6 * 2.0 + 0.4 * 0.4
    assert found[0] == pytest.approx((3.0 + 3.0) / 2 - against)
    assert found[1] == pytest.approx((1.0 + 3.0) / 2 - against)
    assert found[2] == pytest.approx(2.0 - (0.6 * 3.0 + 0.4 * 0.4))
    assert np.isnan(found[6])


def test_without_rivals_nothing_is_taken_away() -> None:
    alone = standing("tt", "xx", "xx")
    assert contrast(np.array([[3.0, 1.0]]), np.zeros((1, 1), bool), alone).tolist() == [[3.0, 2.0]]


def test_one_rival_counts_whole() -> None:
    pair = standing("tra", "xx.", "xx.")
    assert contrast(np.array([[3.0, 1.0, np.nan]]), np.zeros((1, 3), bool), pair)[0, 0] == pytest.approx(2.0)


def test_people_tuned_models_are_rivals_only_where_there_is_no_other_or_they_are_its_own() -> None:
    world = standing("thn", "xxx", "x.x")  # teacher, human, native
    near = np.array([[3.0, 2.5, 1.0]])
    plain = contrast(near, np.zeros((1, 3), bool), world)[0, 0]
    own = contrast(near, np.array([[True, False, False]]), world)[0, 0]  # providers h n t: h is its own
    assert plain == pytest.approx(3.0 - 1.0)
    assert own == pytest.approx(3.0 - (0.6 * 2.5 + 0.4 * 1.0))
    only_human = standing("th", "xx", "x.")
    assert contrast(np.array([[3.0, 2.5]]), np.zeros((1, 2), bool), only_human)[0, 0] == pytest.approx(0.5)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), shift=st.floats(-10, 10))
def test_being_close_to_everybody_scores_nothing(seed: int, shift: float) -> None:
    near = np.random.default_rng(seed).normal(size=(3, 7))
    own = np.zeros((3, 5), bool)
    assert contrast(near + shift, own, WORLD) == pytest.approx(contrast(near, own, WORLD), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_closer_to_the_teacher_scores_more_and_to_a_rival_less(seed: int) -> None:
    near = np.random.default_rng(seed).normal(size=(1, 7))
    before = contrast(near, NOT_OWN, WORLD)[0, 0]
    closer, rival = near.copy(), near.copy()
    closer[0, 0] += 1.0
    rival[0, 4] += 1.0
    assert contrast(closer, NOT_OWN, WORLD)[0, 0] > before
    assert contrast(rival, NOT_OWN, WORLD)[0, 0] <= before


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), teacher=st.integers(0, 6))
def test_one_teacher_gets_the_same_numbers(seed: int, teacher: int) -> None:
    rng = np.random.default_rng(seed)
    near = np.where(rng.random((4, 7)) < 0.1, np.nan, rng.normal(size=(4, 7)))
    own = rng.random((4, 5)) < 0.2
    rows = Rows({signal: near + place for place, signal in enumerate(COUNTED)}, own)
    whole, one = scores(rows, WORLD)[0], scores(rows, WORLD, teacher=teacher)[0]
    same = WORLD.providers == WORLD.providers[teacher]
    assert one[:, same] == pytest.approx(whole[:, same], nan_ok=True)
    assert np.isnan(one[:, ~same]).all()


def test_groups_weigh_alike_and_the_blind_are_left_out() -> None:
    near = {signal: np.zeros((1, 7)) for signal in COUNTED}
    for signal in COUNTED:
        if signal.group == GROUPS[0]:
            near[signal][0, 0] = 6.0
    one = scores(Rows(near, NOT_OWN), WORLD)[0][0, 0]
    assert one == pytest.approx(6.0 / len(GROUPS))
    for signal in COUNTED:
        if signal.group == GROUPS[1]:
            near[signal][:] = np.nan
    assert scores(Rows(near, NOT_OWN), WORLD)[0][0, 0] == pytest.approx(6.0 / (len(GROUPS) - 1))


def test_uncounted_signals_do_not_score() -> None:
    near = {signal: np.random.default_rng(place).normal(size=(1, 7)) for place, signal in enumerate(SIGNALS)}
    counted = {signal: near[signal] for signal in COUNTED}
    assert scores(Rows(near, NOT_OWN), WORLD)[0] == pytest.approx(scores(Rows(counted, NOT_OWN), WORLD)[0], nan_ok=True)
    assert set(scores(Rows(near, NOT_OWN), WORLD)[1]) == set(SIGNALS)


def test_rows_of_models_know_their_own_provider() -> None:
    rows = rows_of_models({COUNTED[0]: np.arange(49.0).reshape(7, 7)}, WORLD, [6, 2])
    assert rows.own.tolist() == [[False, False, False, True, False], [True, False, False, False, False]]
    assert rows.affinity[COUNTED[0]][:, 0].tolist() == [42.0, 14.0]
