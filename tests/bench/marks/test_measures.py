from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.bench.marks import measures
from stillwatch.bench.marks.measures import quality, student_case, world_recall, zero_case
from stillwatch.bench.marks.plan import DATA_SETS, STUDENTS, Student, zero_students
from stillwatch.bench.marks.world import World, texts_of
from stillwatch.provenance.watermark.pairs import Texts


@pytest.fixture
def planted(toy: World, twin: Callable[..., World]) -> tuple[World, Student]:
    """A student that learnt everything: its answers are the marked data set itself."""
    student = STUDENTS[1]
    again = twin(toy.answers_path(student.name))
    np.save(again.answers_path(student.name), toy.data(student.data))
    return again, student


def test_a_key_that_is_there_is_found_and_nobody_else_is_accused(planted: tuple[World, Student]) -> None:
    found = student_case(*planted)
    assert found["log10_p"][0] < -6
    assert found["trace"] | {"z": 0, "best_innocent_z": 0} == {
        "accounts": 1000, "accused": 1, "right": 1, "wrong": 0, "ranks": [1], "z": 0, "best_innocent_z": 0,
    }  # fmt: skip
    assert found["trace"]["z"][0] > found["trace"]["best_innocent_z"]
    assert found["wrong_keys"]["keys"] == 999
    assert found["wrong_keys"]["below_1e-6"] == 0
    assert found["growth"][-1] == [found["tokens"], *found["log10_p"]]
    assert found["published"][-1][0] == found["tokens"]
    assert found["published"][-1][1] < -6


def test_an_unmarked_student_accuses_no_key(measured: dict[str, Any]) -> None:
    (zero,) = measured["zeros"]
    assert len(zero["log10_p"]) == zero["keys"] == 1000
    assert 0.025 < zero["below_5_percent"] < 0.08
    assert zero["below_1e-6"] == 0
    assert zero["log10_p_uniform"] > -4
    assert zero["published"]["log10_p_uniform"] > -4


def test_the_same_unmarked_student_says_the_same_again(toy: World, measured: dict[str, Any]) -> None:
    assert zero_case(toy, zero_students(1)[0])["log10_p"] == measured["zeros"][0]["log10_p"]


def test_copies_of_a_text_add_nothing_to_the_published_test(toy: World) -> None:
    scheme, keys = DATA_SETS[1].scheme, toy.keys(DATA_SETS[1].scheme_name)[:5]
    windows = toy.data("kgw-1")[:20]
    once, twice = texts_of(windows), texts_of(np.concatenate([windows, windows]))
    assert isinstance(once, Texts)
    assert measures._published(once, scheme, keys) == measures._published(twice, scheme, keys)


def test_every_student_and_access_is_measured(measured: dict[str, Any]) -> None:
    assert list(measured["students"]) == [one.name for one in STUDENTS]
    assert len(measured["students"]["eight at 12.5 %"]["log10_p"]) == 8
    assert measured["students"]["eight at 12.5 %"]["cohort_log10_p"] <= 0
    opened = measured["open"][STUDENTS[0].name]
    assert set(opened) == {"known outputs", "unrelated text"}
    assert all(one["log10_p"] <= 0 and one["published"] <= 0 and one["positions"] > 0 for one in opened.values())


def test_quality_is_told_of_every_data_set(toy: World, measured: dict[str, Any]) -> None:
    assert set(measured["quality"]) == {one.name for one in DATA_SETS}
    for one in measured["quality"].values():
        assert 0 < one["nll"] < 20
        assert 0 < one["distinct_3"] <= 1
        assert 0 <= one["task"] <= 1
    assert quality(toy) == measured["quality"]


def test_the_book_itself_goes_on_as_the_book_does(toy: World) -> None:
    book = np.load(toy.folder / "text.npz")["teacher"]
    assert world_recall(toy, book[:50]) > 0.9
    assert world_recall(toy, book[:50] * 0) != world_recall(toy, book[:50])
