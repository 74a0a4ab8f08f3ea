from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from stillwatch.errors import BadInput
from stillwatch.inquiry import Inquiry
from stillwatch.provenance.fingerprint.case import examine
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Outputs

Read = Callable[[Iterable[dict[str, Any]]], Outputs]


@pytest.fixture(scope="module")
def answers(world: Any, read: Read) -> Outputs:
    return read(world.outputs)


@pytest.fixture(scope="module")
def case(world: Any, answers: Outputs, lineage: Callable[[Any], Lineage]) -> Inquiry:
    return examine(answers.only("toy"), "pupil", "alder-2", lineage(world))


def test_a_student_is_found_out(case: Inquiry) -> None:
    assert case.verdict == "supports"
    assert case.p_value == pytest.approx(case.calibration.floor)
    assert case.log_lr > 0
    assert case.calibration.log_lr_cap is not None and case.log_lr <= case.calibration.log_lr_cap
    assert [c.teacher for c in case.candidates][:2] in (["alder-2", "alder-1"], ["alder-1", "alder-2"])
    assert next(c for c in case.candidates if c.asked).teacher == "alder-2"


def test_what_a_reader_needs_is_there(case: Inquiry) -> None:
    assert len(case.clues) == 17
    assert [clue.counted for clue in case.clues] == sorted((clue.counted for clue in case.clues), reverse=True)
    for clue in case.clues:
        assert (clue.score is None) == (clue.p_value is None)
        assert clue.score is None or (clue.exhibits and 3 <= len(clue.innocents) <= 18)
        assert clue.p_adjusted is None or clue.p_value is None or clue.p_adjusted >= clue.p_value
    assert {innocent.provider for innocent in case.calibration.innocents}.isdisjoint({"alder"})
    assert case.calibration.control_models == 18 and case.calibration.control_families == 9
    assert {(p.share, p.level) for p in case.calibration.power} >= {(1.0, 0.01), (0.25, 0.05)}
    assert len(case.tree) == len(case.tree_members) - 1
    assert msgspec.json.decode(msgspec.json.encode(case), type=Inquiry) == case


def test_somebody_elses_student_is_not_accused(world: Any, answers: Outputs, lineage: Callable[[Any], Lineage]) -> None:
    other = examine(answers.only("toy"), "apprentice", "alder-2", lineage(world))
    assert other.verdict != "supports"
    assert other.candidates[0].provider == "birch"


def test_a_suspect_of_few_answers_stands_beside_all_of_the_references(world: Any, read: Read, lineage: Any) -> None:
    rows = [row for row in world.outputs if row["model"] != "pupil" or row["prompt_id"] < "q20"]
    found = examine(read(rows).only("toy"), "pupil", "alder-2", lineage(world))
    assert (found.prompts, found.verdict) == (20, "supports")
    assert "known by 20 questions; in openings" in found.calibration.text
    assert "is compared with are known by 40." in found.calibration.text


def test_holm_corrects_over_providers(case: Inquiry) -> None:
    for candidate in case.candidates:
        assert candidate.p_value is not None and candidate.p_adjusted is not None
        assert candidate.p_value <= candidate.p_adjusted <= min(1.0, 10 * candidate.p_value) + 1e-12


def test_without_lineage_every_other_model_is_a_control_and_it_says_so(answers: Outputs) -> None:
    blind = examine(answers.only("toy"), "pupil", "alder-2", Lineage({}, declared=False))
    assert "Nobody declared" in blind.limits[0]
    assert blind.calibration.control_models == 21


def test_too_few_controls_are_refused_with_what_is_missing(
    make: Callable[..., Any], read: Read, lineage: Callable[[Any], Lineage]
) -> None:
    small = make(providers=("alder", "birch", "cedar", "dogwood"), students={"pupil": "alder-2"}, prompts=12)
    with pytest.raises(BadInput, match=r"6 control models of 3 families; at least 8 models of 5 families"):
        examine(read(small.outputs).only("toy"), "pupil", "alder-2", lineage(small))


@pytest.mark.parametrize(("suspect", "teacher"), [("nobody", "alder-2"), ("pupil", "nobody"), ("pupil", "pupil")])
def test_a_wrong_name_is_told(answers: Outputs, suspect: str, teacher: str) -> None:
    with pytest.raises(BadInput, match=r"nobody|at once"):
        examine(answers.only("toy"), suspect, teacher, Lineage({}, declared=False))
