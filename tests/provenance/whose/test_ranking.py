from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.whose.matching import matched
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.question import Judged, _standing, judge
from stillwatch.provenance.whose.ranking import LEVEL, rarity
from stillwatch.provenance.whose.resemblance import resemblance
from stillwatch.provenance.whose.strangers import Stranger

Ask = Callable[..., Judged]


@pytest.fixture
def ask(pack: Pack, files: Any, pupil: Any) -> Ask:
    def asked(teacher: str | None, name: str, family: str | None = None, share: float = 0.95) -> Judged:
        match = matched(pack, files.corpus(pupil(teacher, name, share)), name)
        return judge(resemblance(match.corpus, _standing(pack, match, family)), len(match.corpus.models) - 1)

    return asked


def test_the_teacher_of_a_faithful_student_comes_first_and_is_named(ask: Ask) -> None:
    ranking = ask("alder", "pupil").ranking
    best = ranking.teachers[0]
    assert best.provider == "alder"
    assert ranking.named
    assert best.in_set is True
    assert best.p is not None
    assert best.p <= LEVEL
    assert best.p == max(best.p_adjusted or 0.0, best.p_absent or 0.0)
    assert {one.model for one in best.versions} == {"alder-1", "alder-2"}
    assert best.low is not None
    assert best.high is not None
    assert best.score is not None
    assert best.low <= best.score <= best.high
    scores = [one.score for one in ranking.teachers]
    assert scores == sorted(scores, key=lambda score: -(score or 0.0))
    assert ranking.first_without == (7, 7) or ranking.first_without[0] >= 6


def test_a_model_of_nobody_is_not_named(ask: Ask) -> None:
    judged = ask(None, "loner")
    assert not judged.ranking.named
    assert judged.ranking.best is not None
    assert (judged.ranking.best.p or 0.0) > LEVEL


def test_no_ratio_says_more_than_the_strangers_allow(ask: Ask) -> None:
    for teacher in ask("alder", "pupil").ranking.teachers:
        assert teacher.log_lr is not None
        assert teacher.p_absent is not None
        assert teacher.log_lr <= -np.log(teacher.p_absent) + 1e-12


def test_a_declared_base_is_no_finding(ask: Ask) -> None:
    ranking = ask("alder", "pupil", family="alder family").ranking
    own = next(one for one in ranking.teachers if one.provider == "alder")
    assert own.own
    assert own.p is None
    assert own.log_lr is None
    assert not own.in_set
    assert "no finding" in own.missing
    assert ranking.best is not None
    assert ranking.best.provider != "alder"
    assert not ranking.named


def test_all_figures_are_plain_numbers(ask: Ask) -> None:
    for one in ask("birch", "second").ranking.teachers:
        for value in (one.score, one.low, one.high, one.p_value, one.p_adjusted, one.p_absent, one.p, one.log_lr):
            assert value is None or type(value) is float
        assert type(one.in_set) is bool
        assert type(one.own) is bool


def test_rarity_counts_the_suspect_too() -> None:
    strangers = [Stranger(("a", "a"), ("a", "a"), ("a", "a"), score, "b") for score in (0.0, 1.0, 2.0)]
    assert rarity(5.0, strangers) == 0.25
    assert rarity(1.0, strangers) == 0.75
    assert rarity(-1.0, strangers) == 1.0
