"""Who is innocent of what: the null distribution by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint import innocents as module
from stillwatch.provenance.fingerprint.innocents import FEWEST_FAMILIES, FEWEST_MODELS, Innocents, Null, innocents
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.signals import SIGNALS

SIGNAL = SIGNALS[0]


def world(families: str, providers: str, control: str) -> Standing:
    controls = np.array([mark == "x" for mark in control])
    return Standing(np.array(list(families)), np.array(list(providers)), controls, controls)


#             teacher's two, three families of controls (two of one provider), one suspect
WORLD = world("ttabbcs", "TTAABCS", "xxxxxx.")
SUSPECT, TEACHER = 6, 0


def near(seed: int = 0, count: int = 7) -> np.ndarray:  # type: ignore[type-arg]
    found = np.random.default_rng(seed).normal(size=(count, count))
    np.fill_diagonal(found, np.nan)
    return found


def by_hand(found: Innocents, suspect: int, teacher: int) -> list[float]:
    """The highest score of each pair of families against each provider, none of them the suspect's."""
    standing = found.standing
    units: dict[tuple[object, ...], float] = {}
    for row, parts in enumerate(found.parts):
        if any(not standing.control[p] or standing.families[p] == standing.families[suspect] for p in parts):
            continue
        for target, score in enumerate(found.total[row]):
            if not (standing.control[target] or target == teacher) or not np.isfinite(score):
                continue
            if standing.families[target] == standing.families[suspect]:
                continue
            if any(standing.providers[p] == standing.providers[target] for p in parts):
                continue
            unit = (*sorted(standing.families[p] for p in parts), standing.providers[target])
            units[unit] = max(units.get(unit, -np.inf), score)
    return sorted(units.values())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("suspect", "teacher"), [(SUSPECT, TEACHER), (2, 0), (3, 5), (0, 2)])
def test_the_null_is_that_of_plain_python(seed: int, suspect: int, teacher: int) -> None:
    found = innocents({SIGNAL: near(seed)}, WORLD)
    null = found.null(suspect, teacher)
    assert null.values.tolist() == by_hand(found, suspect, teacher)
    assert null.values.tolist() == sorted(null.values.tolist())


def test_every_control_and_every_blend_of_two_families_is_tried() -> None:
    parts = innocents({SIGNAL: near()}, WORLD).parts.tolist()
    pairs = [[a, b] for a, b in combinations(range(6), 2) if WORLD.families[a] != WORLD.families[b]]
    assert parts == [*([a, a] for a in range(6)), *pairs]


def test_controls_of_the_teacher_are_not_counted_as_innocent_of_it() -> None:
    null = innocents({SIGNAL: near()}, WORLD).null(SUSPECT, TEACHER)
    assert (null.models, null.families) == (4, 3)
    null = innocents({SIGNAL: near()}, WORLD).null(3, TEACHER)  # the suspect is a control itself
    assert (null.models, null.families) == (2, 2)


def test_the_suspect_does_not_move_its_own_null() -> None:
    """Neither the suspect nor, where it is a control, its family: their scores are not among the innocents'."""
    plain = near(1)
    changed = plain.copy()
    changed[SUSPECT] += 100.0
    a, b = (innocents({SIGNAL: matrix}, WORLD).null(SUSPECT, TEACHER) for matrix in (plain, changed))
    assert a.values.tolist() == b.values.tolist()
    found = innocents({SIGNAL: plain}, WORLD)
    total = found.total.copy()
    own = np.isin(found.parts, (3, 4)).any(axis=1)  # family b
    total[own] = 1e6
    total[:, [3, 4]] = 1e6
    assert replace(found, total=total).null(3, TEACHER).values.max() < 1e3


def test_a_blend_is_the_mean_of_its_parts_and_no_rival_to_itself() -> None:
    matrix = near(2)
    blended = module._blended(matrix, np.array([[2, 5], [3, 3]]))
    assert blended[0, [0, 1, 6]] == pytest.approx((matrix[2, [0, 1, 6]] + matrix[5, [0, 1, 6]]) / 2)
    assert np.isnan(blended[0, [2, 5]]).all()
    assert blended[1] == pytest.approx(matrix[3], nan_ok=True)


def test_too_many_blends_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BLENDS", 5)
    one, same, other = (innocents({SIGNAL: near()}, WORLD, seed=seed).parts.tolist() for seed in (1, 1, 2))
    assert len(one) == 6 + 5
    assert one == same != other


def test_enough_is_models_and_families_and_scores() -> None:
    values = np.arange(3.0)
    assert Null(values, FEWEST_MODELS, FEWEST_FAMILIES).enough
    assert not Null(values, FEWEST_MODELS - 1, FEWEST_FAMILIES).enough
    assert not Null(values, FEWEST_MODELS, FEWEST_FAMILIES - 1).enough
    assert not Null(np.zeros(0), FEWEST_MODELS, FEWEST_FAMILIES).enough


def test_reached_counts_ties() -> None:
    null = Null(np.array([0.0, 1.0, 1.0, 2.0]), 8, 5)
    assert [null.reached(score) for score in (-1, 0, 1, 1.5, 2, 3)] == [4, 4, 3, 1, 1, 0]


def test_a_control_that_cannot_be_scored_is_not_counted() -> None:
    matrix = near(3)
    matrix[5], matrix[:, 5] = np.nan, np.nan
    null = innocents({SIGNAL: matrix}, WORLD).null(SUSPECT, TEACHER)
    assert (null.models, null.families) == (3, 2)
    assert np.isfinite(null.values).all()


@pytest.mark.parametrize("control", ["......", "x.....", "xxxxxx"])
def test_few_or_no_controls_are_no_error(control: str) -> None:
    standing = world("aaaaaa", "AAAAAA", control)
    null = innocents({SIGNAL: near(4, 6)}, standing).null(0, 5)
    assert null.units == 0
    assert not null.enough


def test_an_orphan_has_no_kin_among_the_controls() -> None:
    found = innocents({SIGNAL: near()}, WORLD)
    assert [found.orphan(model) for model in range(7)] == [False, False, False, False, False, True, True]
    kin_is_no_control = world("aabbcs", "AABBCS", "x.xxx.")
    assert innocents({SIGNAL: near(0, 6)}, kin_is_no_control).orphan(0)


def test_newcomers_are_controls_without_what_their_maker_made() -> None:
    """Model 2's kin, 3, would be its best rival; as a newcomer it has only strangers."""
    matrix = near(5)
    matrix[2, 3] = 50.0
    found = innocents({SIGNAL: matrix}, WORLD)
    row = 2  # the third control
    against = 0.6 * max(matrix[2, 4:6]) + 0.4 * min(matrix[2, 4:6])
    expected = (matrix[2, 0] + max(matrix[2, 0], matrix[2, 1])) / 2 - against
    assert found.newcomers[row, 0] == pytest.approx(expected)
    assert np.isnan(found.newcomers[row, [2, 3]]).all()
    assert found.total[row, 0] < -20  # known by its kin, it is nobody's student
    null = found.newcomer_null(SUSPECT, TEACHER)
    assert (null.models, null.families) == (4, 3)
    assert null.units == 3 + 3 + 4 + 3  # families t, a, b (of two providers) and c, each against strangers; no blends


def test_a_suspect_is_not_among_its_own_newcomers() -> None:
    found = innocents({SIGNAL: near(6)}, WORLD)
    moved = found.newcomers.copy()
    moved[[3, 4]] = 1e6  # family b
    assert replace(found, newcomers=moved).newcomer_null(3, TEACHER).values.max() < 1e3
    assert replace(found, newcomers=moved).newcomer_null(2, TEACHER).values.max() == 1e6


def test_controls_for_showing_are_alone_and_strangers(sight: Panel) -> None:
    i, j = sight.corpus.model("pupil"), sight.corpus.model("alder-2")
    shown = sight.innocents.controls(i, j)
    names = [sight.corpus.models[k] for k, _ in shown]
    assert len(names) == 18
    assert not any(name.startswith("alder") or name in ("pupil", "loner", "apprentice") for name in names)
    assert [score for _, score in shown] == pytest.approx([sight.total[k, j] for k, _ in shown])
