from __future__ import annotations

import pytest

from stillwatch.provenance.fingerprint.exhibits import exhibits, rare_runs, shown_controls
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.runs import contains, word_list
from stillwatch.provenance.fingerprint.signals import SIGNALS


@pytest.fixture(scope="module")
def case(sight: Panel) -> tuple[int, int]:
    return sight.corpus.model("pupil"), sight.corpus.model("alder-2")


def test_three_controls_of_three_strange_providers(sight: Panel, case: tuple[int, int]) -> None:
    shown = shown_controls(sight, *case)
    providers = [str(sight.standing.providers[model]) for model in shown]
    assert len(set(providers)) == 3
    assert "alder" not in providers
    assert all(sight.standing.control[model] for model in shown)


def test_matches_come_first_and_say_what_is_shared(sight: Panel, case: tuple[int, int]) -> None:
    signal = next(s for s in SIGNALS if s.name == "opening")
    shown = exhibits(sight, signal, *case, shown_controls(sight, *case))
    values = [one.value for one in shown]
    matches = [value for value in values if value > 0]
    assert 1 <= len(matches) <= 14
    assert matches == values[: len(matches)] == sorted(matches, reverse=True)
    assert len(values) - len(matches) <= 6
    for one in shown:
        assert one.suspect.model == "pupil" and one.teacher.model == "alder-2"
        assert len(one.controls) == 3 and one.prompt.startswith("Tell me about")
        for passage in (one.suspect, one.teacher, *one.controls):
            assert all(0 <= a < b <= len(passage.text) for a, b in passage.marks)
    assert any(one.suspect.marks and one.teacher.marks for one in shown)


def test_a_marked_passage_stands_in_the_other_answer(sight: Panel, case: tuple[int, int]) -> None:
    signal = next(s for s in SIGNALS if s.name == "same_frames")
    checked = 0
    for one in exhibits(sight, signal, *case, ()):
        theirs = word_list(one.teacher.text)[0]
        for begin, end in one.suspect.marks:
            words = word_list(one.suspect.text[begin:end])[0]
            assert contains(theirs, words[:4])
            checked += 1
    assert checked


def test_runs_are_counted_among_innocent_controls(sight: Panel, case: tuple[int, int]) -> None:
    runs = rare_runs(sight, *case)
    assert runs
    assert [run.controls_with for run in runs] == sorted(run.controls_with for run in runs)
    for run in runs:
        assert run.controls == 18  # twenty controls, two of them the teacher's own provider's
        assert 0 <= run.families_with <= run.controls_with <= run.controls
        assert len(word_list(run.text)[0]) >= (5 if run.refusal else 8)
