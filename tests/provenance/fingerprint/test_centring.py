"""Two-way centring: what is taken away, and who is heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.centring import UNDECLARED, affinities, voices
from stillwatch.provenance.fingerprint.lineage import Standing

COUNT = 16


def standing(families: list[int], providers: list[int], control: list[bool] | None = None) -> Standing:
    controls = np.array([True] * len(families) if control is None else control)
    return Standing(np.array([f"f{n}" for n in families]), np.array([f"p{n}" for n in providers]), controls, controls)


WORLD = standing([n // 2 for n in range(COUNT)], [n // 4 for n in range(COUNT)], [True] * 13 + [False] * 3)


def similarity(seed: int, count: int = COUNT) -> np.ndarray:  # type: ignore[type-arg]
    found = np.random.default_rng(seed).normal(size=(count, count))
    return (found + found.T) / 2


def test_a_family_has_one_voice() -> None:
    weight = voices(standing([0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 2, 2], [True, True, True, True, True, False]))
    assert weight[:3] == pytest.approx([1 / 3] * 3)
    assert weight[3] == 1.0
    assert weight[4:] == pytest.approx([1 / (1 + UNDECLARED), UNDECLARED / (1 + UNDECLARED)])
    assert weight[4:].sum() == pytest.approx(1.0)


def test_an_undeclared_family_is_hardly_heard() -> None:
    weight = voices(standing([0, 1, 1], [0, 1, 1], [True, False, False]), undeclared=0.3)
    assert weight == pytest.approx([1.0, 0.15, 0.15])


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), shift=st.floats(-50, 50))
def test_being_alike_to_all_is_taken_away(seed: int, shift: float) -> None:
    similar = similarity(seed)
    rows = np.random.default_rng(seed + 1).normal(size=(COUNT, 1)) * 10
    found = affinities(similar, WORLD)
    assert affinities(similar + shift, WORLD) == pytest.approx(found, nan_ok=True, abs=1e-6)
    assert affinities(similar + rows, WORLD) == pytest.approx(found, nan_ok=True, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_additive_effects_cannot_move_one_model_of_a_provider_against_another(seed: int) -> None:
    """a_i + a_j added: within the models of one provider nothing moves but the unit; between providers what is left
    is a family's own effect through its missing voice in the usual, 1 / (families - 1) of it at the most."""
    rng = np.random.default_rng(seed)
    similar, effect = similarity(seed), rng.normal(size=COUNT)
    plain, moved = affinities(similar, WORLD), affinities(similar + effect[:, None] + effect[None, :], WORLD)
    ratios = []
    for provider in np.unique(WORLD.providers):
        same = np.flatnonzero(WORLD.providers == provider)
        for i in range(COUNT):
            others = [j for j in same if j != i]
            if len(others) > 2:
                before, after = np.diff(plain[i, others]), np.diff(moved[i, others])
                ratios.append(after / before)
    ratio = np.concatenate(ratios)
    assert ratio == pytest.approx(np.full(len(ratio), ratio[0]), rel=1e-6)
    families = 5.0  # at least five voices outside any provider
    assert np.nanmax(np.abs(moved / ratio[0] - plain)) <= 2 * np.ptp(effect) / (families - 1) * scale(similar)


def scale(similar: np.ndarray) -> float:  # type: ignore[type-arg]
    """Affinities are in standard deviations among controls; the inverse of that unit."""
    found = affinities(similar, WORLD)
    i, j, k = 0, 8, 9
    return float(
        abs((found[i, j] - found[i, k]) / (similar[i, j] - similar[i, k] - usual_difference(similar, i, j, k)))
    )


def usual_difference(similar: np.ndarray, i: int, j: int, k: int) -> float:  # type: ignore[type-arg]
    """How much closer the usual control, of another family than i's, is to j than to k."""
    heard = voices(WORLD) * (WORLD.providers != WORLD.providers[j]) * (WORLD.families != WORLD.families[i])
    return float(heard @ (similar[:, j] - similar[:, k]) / heard.sum())


def test_the_suspects_family_does_not_speak_for_it() -> None:
    """Twins of the suspect would make it seem usual."""
    similar = similarity(4)
    twins = similar.copy()
    twins[0, 1] = twins[1, 0] = 1000.0  # 0 and 1 are of one family, as controls are of one provider
    apart, close = affinities(similar, WORLD), affinities(twins, WORLD)
    ratio = apart[0, 8:12] / close[0, 8:12]
    assert ratio == pytest.approx(np.full(4, ratio[0]))


def test_a_provider_does_not_speak_for_its_own() -> None:
    similar = similarity(5)
    changed = similar.copy()
    changed[4:8, 4:8] += 7.0
    before, after = affinities(similar, WORLD), affinities(changed, WORLD)
    kept = np.ix_(range(4), range(4, 8))
    ratio = after[kept] / before[kept]
    assert ratio == pytest.approx(np.full((4, 4), ratio[0, 0]))


def test_the_unit_is_the_spread_among_controls() -> None:
    found = affinities(similarity(6), WORLD)
    among = found[:13, :13]
    assert among[np.isfinite(among)].std() == pytest.approx(1.0)
    assert np.isnan(np.diag(found)).all()
    assert affinities(100.0 * similarity(6), WORLD) == pytest.approx(found, nan_ok=True)


def test_what_is_not_known_stays_unknown_and_silent() -> None:
    similar = similarity(7)
    similar[3], similar[:, 3] = np.nan, np.nan
    found = affinities(similar, WORLD)
    rest = np.delete(np.arange(COUNT), 3)
    assert np.isnan(found[3]).all()
    assert np.isnan(found[:, 3]).all()
    assert np.isfinite(found[np.ix_(rest, rest)][~np.eye(COUNT - 1, dtype=bool)]).all()


@pytest.mark.parametrize(
    ("families", "providers"),
    [([0], [0]), ([0, 1], [0, 1]), ([0, 0, 1], [0, 0, 0])],
    ids=["one", "two", "one provider"],
)
def test_too_few_to_be_centred_is_no_error(families: list[int], providers: list[int]) -> None:
    found = affinities(similarity(8, len(families)), standing(families, providers))
    assert found.shape == (len(families), len(families))
    assert not np.isinf(found).any()


def test_all_the_same_is_no_error() -> None:
    assert np.nanmax(np.abs(affinities(np.ones((COUNT, COUNT)), WORLD))) == pytest.approx(0.0, abs=1e-9)
