from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.whose.finding import Whose
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.question import judge, whose
from stillwatch.provenance.whose.resemblance import Resemblance, resemblance

Pupil = Callable[..., list[dict[str, str]]]


@pytest.fixture
def taught(pack: Pack, files: Any, pupil: Pupil) -> Whose:
    return whose(pack, files.corpus(pupil("alder", "pupil")), "pupil")


def test_a_student_is_named_with_its_rates(taught: Whose) -> None:
    assert taught.answer == "alder"
    assert taught.cannot_be_told_apart == ("alder",)
    assert taught.none.standing == "set aside"
    assert taught.none.p_value == taught.teachers[0].p
    assert taught.none.floor == 1 / (1 + len(taught.none.strangers))
    assert taught.none.families == taught.families == 7
    assert 0.0 <= taught.none.rate <= taught.none.rate_by_holm_alone <= 1.0
    assert (taught.prompts, taught.pack_prompts, taught.models) == (40, 40, 14)
    assert taught.sentence.startswith("pupil answers as a student of alder would (p = 0.0")
    assert [note for note in taught.notes if not note.startswith("Fewer than 100 questions")] == []


def test_the_student_of_an_absent_teacher_is_none_of_these(pack: Pack, files: Any, pupil: Pupil) -> None:
    told: list[float] = []
    found = whose(pack, files.corpus(pupil("juniper", "stranger")), "stranger", progress=lambda _, s: told.append(s))
    assert found.answer is None
    assert found.none.standing != "set aside"
    assert found.none.p_value is not None
    assert found.none.p_value > found.level
    assert found.cannot_be_told_apart
    assert told == sorted(told)
    assert told[-1] < 1.0


def test_the_same_question_has_the_same_answer(pack: Pack, files: Any, pupil: Pupil, taught: Whose) -> None:
    again = whose(pack, files.corpus(pupil("alder", "pupil")), "pupil")
    assert msgspec.json.encode(again) == msgspec.json.encode(taught)
    assert msgspec.json.decode(msgspec.json.encode(taught), type=Whose) == taught
    assert json.loads(msgspec.json.encode(taught))["teachers"][0]["in_set"] is True


def test_partial_answers_and_a_borrowed_name_are_said(pack: Pack, files: Any, pupil: Pupil) -> None:
    found = whose(pack, files.corpus(pupil("alder", "elm-1")[:30]), "elm-1")
    assert found.teachers[0].provider == "alder"
    assert any("30 common questions of the pack's 40" in note for note in found.notes)
    assert any("a model of the suspect's name" in note for note in found.notes)


def test_a_family_that_the_pack_lacks_is_refused(pack: Pack, files: Any, pupil: Pupil) -> None:
    with pytest.raises(BadInput, match=r"no family 'oak'.*alder family"):
        whose(pack, files.corpus(pupil("alder", "pupil")), "pupil", family="oak")


def test_with_too_few_families_nobody_can_be_judged(pack: Pack) -> None:
    sight = resemblance(pack.corpus, pack.manifest.lineage().standing("", pack.corpus.models))
    assert isinstance(sight, Resemblance)
    few = np.flatnonzero(np.isin(sight.standing.providers, ["birch", "cedar", "dogwood", "elm"]))
    stranger = np.append(int(np.flatnonzero(sight.standing.providers == "alder")[0]), few)
    with pytest.raises(BadInput, match=r"8 control models in 5 families .* has 6 in 3 at most"):
        judge(sight.only(stranger, strangers=1), 0)
