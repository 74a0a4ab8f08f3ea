"""Made-up students, for power and for the weight of absence."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.contrast import Rows, scores
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.signals import SIGNALS
from stillwatch.provenance.fingerprint.students import SHARES, power, student_scores

SIGNAL = SIGNALS[0]


def world(families: str, providers: str, control: str) -> Standing:
    controls = np.array([mark == "x" for mark in control])
    return Standing(np.array(list(families)), np.array(list(providers)), controls, controls)


def test_students_are_blends_of_siblings_and_strangers() -> None:
    standing = world("ttuabs", "TTTABS", "xxxxx.")
    near = np.random.default_rng(0).normal(size=(6, 6))
    np.fill_diagonal(near, np.nan)
    parts = [(sibling, other) for sibling in (1, 2) for other in (3, 4)]
    blends = np.array([0.5 * near[s] + 0.5 * near[o] for s, o in parts])
    for row, (_, other) in enumerate(parts):
        blends[row, other] = np.nan
    providers = np.unique(standing.providers)
    own = np.array([[provider == standing.providers[other] for provider in providers] for _, other in parts])
    expected = scores(Rows({SIGNAL: blends}, own), standing)[0][:, 0]
    assert student_scores({SIGNAL: near}, standing, 5, 0, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("families", "providers", "control"),
    [("tabcs", "TABCS", "xxxx."), ("ttabs", "TTABS", "x.xx."), ("tts", "TTS", "xx."), ("tsab", "TTAB", "xxxx")],
    ids=["no sibling", "sibling no control", "no stranger", "sibling is the suspect's family"],
)
def test_without_a_sibling_nothing_is_known(families: str, providers: str, control: str) -> None:
    standing = world(families, providers, control)
    near = np.random.default_rng(0).normal(size=(len(families), len(families)))
    suspect = families.index("s")
    assert student_scores({SIGNAL: near}, standing, suspect, 0, 0.75).tolist() == []


def test_more_of_the_teacher_scores_more_and_is_found_more(sight: Panel) -> None:
    i, j = sight.corpus.model("loner"), sight.corpus.model("alder-2")
    means = [student_scores(sight.counted, sight.standing, i, j, share).mean() for share in SHARES]
    assert means[0] < means[1] < min(means[2:])
    found = power(sight.counted, sight.standing, i, j, sight.innocents.null(i, j))
    assert [(one.share, one.level) for one in found] == [(share, level) for share in SHARES for level in (0.05, 0.01)]
    assert all(0 <= one.power <= 1 for one in found)
    for level in (0.05, 0.01):
        reached = [one.power for one in found if one.level == level]
        assert reached[0] < reached[-1]
        assert reached[-1] > 0.3  # a twin of the teacher's sibling


def test_power_without_a_sibling_is_unknown_not_zero(sight: Panel) -> None:
    i, j = sight.corpus.model("loner"), sight.corpus.model("pupil")
    assert power(sight.counted, sight.standing, i, j, sight.innocents.null(i, j)) == ()
