from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.contrast import rows_of_models, scores
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.resemblance import Resemblance, blended, highest, resemblance


@pytest.fixture(scope="module")
def sight(pack: Pack) -> Resemblance:
    return resemblance(pack.corpus, pack.manifest.lineage().standing("", pack.corpus.models))


def test_siblings_resemble_each_other_most(sight: Resemblance) -> None:
    for place in sight.controls():
        against = sight.scores_of(int(place))
        assert sight.standing.providers[int(np.nanargmax(against))] == sight.standing.providers[place]


def test_a_cut_keeps_what_is_left_as_it_was(sight: Resemblance) -> None:
    places = np.array([5, 0, 1, 9])
    cut = sight.only(places, strangers=1)
    assert cut.models == tuple(sight.models[i] for i in places)
    assert cut.standing.control.tolist() == [False, True, True, True]
    assert cut.standing.rival.tolist() == [False, True, True, True]
    assert sight.standing.control.all()
    for signal, matrix in cut.similarity.items():
        assert np.array_equal(matrix, sight.similarity[signal][np.ix_(places, places)], equal_nan=True)
    assert cut.candidates() == sorted({str(cut.standing.providers[i]) for i in (1, 2, 3)})


def test_a_cut_to_everything_scores_as_before(sight: Resemblance) -> None:
    same = sight.only(np.arange(len(sight.models)))
    assert np.array_equal(same.scores_of(3), sight.scores_of(3), equal_nan=True)


def test_a_blend_lies_between_its_parts_and_sees_neither(sight: Resemblance) -> None:
    affinity = sight.affinity()
    parts = np.array([[0, 4], [2, 2]])
    own = np.zeros((2, len(np.unique(sight.standing.providers))), bool)
    rows = blended(affinity, parts, 0.25, own)
    for signal, matrix in rows.affinity.items():
        whole = affinity[signal]
        assert np.isnan(matrix[0, [0, 4]]).all()
        assert np.isnan(matrix[1, 2])
        expected = 0.25 * whole[0, 7] + 0.75 * whole[4, 7]
        assert matrix[0, 7] == pytest.approx(expected)
        assert np.isfinite(whole[0, 4]), "the affinities themselves are left alone"


def test_the_highest_of_a_provider_is_of_its_controls_alone(sight: Resemblance) -> None:
    standing = sight.only(np.arange(4), strangers=1).standing
    total = np.array([[9.0, 1.0, 2.0, np.nan], [np.nan, np.nan, np.nan, np.nan]])
    found = highest(total, standing, ["alder", "birch", "absent"])
    assert found[0].tolist()[:2] == [1.0, 2.0]
    assert np.isnan(found[0, 2])
    assert np.isnan(found[1]).all()
    assert highest(total, standing, []).shape == (2, 0)


def test_a_pack_that_answered_more_tells_siblings_better(pack: Pack) -> None:
    """Each model by six questions as the suspect: how far its sibling stands above the others."""
    standing = pack.manifest.lineage().standing("", pack.corpus.models)
    same = standing.providers[:, None] == standing.providers[None, :]

    def above(found: Resemblance) -> float:
        total, _ = scores(rows_of_models(found.affinity(), standing, range(len(same))), standing)
        own = np.nanmax(np.where(same, total, np.nan), axis=1)
        others = np.where(same, np.nan, total)
        return float(np.mean((own - np.nanmean(others, axis=1)) / np.nanstd(others, axis=1)))

    gained = []
    for first in range(0, 40, 10):
        few = pack.corpus.restricted(np.isin(np.arange(40), range(first, first + 6)))
        gained.append(above(resemblance(few, standing, pack.corpus)) - above(resemblance(few, standing)))
    assert np.mean(gained) > 0.05


def test_a_pack_that_answered_no_more_changes_nothing(pack: Pack, sight: Resemblance) -> None:
    again = resemblance(pack.corpus, sight.standing, pack.corpus)
    for signal, matrix in sight.similarity.items():
        assert matrix.tobytes() == again.similarity[signal].tobytes()
