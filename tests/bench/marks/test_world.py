from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.bench.marks import world as module
from stillwatch.bench.marks.plan import DATA_SETS, STUDENTS, DataSet
from stillwatch.bench.marks.world import World, texts_of
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.simulate.students.model import WINDOW
from stillwatch.simulate.students.writing import PROMPT

PLAIN, ONE, TWO, GUMBEL, MANY = DATA_SETS
Windows = NDArray[np.int64]


def log10_p(windows: Windows, data: DataSet, keys: list[bytes]) -> NDArray[np.float64]:
    pairs = distinct_pairs(texts_of(windows), data.scheme.width)
    ones = np.ones(len(pairs))
    return Tail(ones, data.scheme.law).log10_p(data.scheme.totals(pairs, ones, keys))


def held_out(world: World) -> tuple[Windows, Windows]:
    own = np.load(world.folder / "text.npz")["teacher"]
    return own[: world.held_out], own[world.held_out :]


def prompts_in(windows: Windows, text: Windows) -> float:
    known = {
        row.tobytes() for row in np.lib.stride_tricks.sliding_window_view(text, PROMPT, axis=1).reshape(-1, PROMPT)
    }
    return float(np.mean([row.tobytes() in known for row in windows[:, :PROMPT]]))


def test_the_seed_makes_the_world(toy: World, tmp_path: Path) -> None:
    again = World(tmp_path, toy.seed, toy.scale)
    again.make_text()
    again.make_model("teacher")
    again.make_data(PLAIN)
    assert (again.folder / "tokenizer.json").read_bytes() == (toy.folder / "tokenizer.json").read_bytes()
    assert (again.data("plain") == toy.data("plain")).all()


def test_another_seed_makes_another_order_and_other_keys(toy: World, tmp_path: Path) -> None:
    other = World(tmp_path, toy.seed + 1, toy.scale)
    other.make_text()
    assert (held_out(other)[0] != held_out(toy)[0]).any()
    assert not set(other.keys(ONE.scheme_name)) & set(toy.keys(ONE.scheme_name))
    assert other.buyers(MANY) != toy.buyers(MANY)


def test_what_is_removed_is_made_again_and_the_rest_is_left(toy: World, twin: Callable[..., World]) -> None:
    student = STUDENTS[1]
    path = toy.answers_path(student.name)
    again = twin(path, toy.model_folder(STUDENTS[2].name), toy.answers_path(STUDENTS[2].name))
    for one in STUDENTS[:4]:
        again.make_student(one)
    again.make_text()
    again.make_model("base")
    again.make_data(ONE)
    for one in STUDENTS[1:3]:
        assert (np.load(again.answers_path(one.name)) == np.load(toy.answers_path(one.name))).all()
    made = [one for one in again.folder.rglob("*") if one.is_file() and not one.is_symlink()]
    named = {one.relative_to(again.folder).parts[1] for one in made}
    assert named == {"kgw-1-at-10-percent.npy", "kgw-1-at-100-percent.npy", "kgw-1-at-100-percent"}


@pytest.mark.parametrize("data", [ONE, TWO, GUMBEL], ids=lambda data: data.name)
def test_a_marked_data_set_carries_its_buyers_key_and_no_other(toy: World, data: DataSet) -> None:
    (holder,) = toy.buyers(data)
    found = log10_p(toy.data(data.name), data, toy.keys(data.scheme_name))
    assert found[holder] < -6
    assert np.delete(found, holder).min() > -6
    assert log10_p(toy.data("plain"), data, [toy.keys(data.scheme_name)[holder]])[0] > -6


def test_eight_buyers_take_turns(toy: World) -> None:
    holders, keys, windows = toy.buyers(MANY), toy.keys(MANY.scheme_name), toy.data("eight")
    own = [log10_p(windows[place :: len(holders)], MANY, [keys[holder]])[0] for place, holder in enumerate(holders)]
    others = [
        log10_p(windows[(place + 1) % 8 :: len(holders)], MANY, [keys[holder]])[0]
        for place, holder in enumerate(holders)
    ]
    assert np.mean(own) < -3
    assert np.mean(others) > -1.5


def test_shares_are_mixed_as_told(toy: World, twin: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    taught: dict[float, Windows] = {}

    def tuned(base: Any, windows: Windows, **_: object) -> Any:
        taught[len(taught)] = windows
        return base

    monkeypatch.setattr(module, "tuned", tuned)
    monkeypatch.setattr(World, "_save", lambda *_: None)
    chosen = STUDENTS[:3]
    again = twin(toy.folder / "answers", *(toy.model_folder(one.name) for one in chosen))
    marked, plain = toy.data("kgw-1"), toy.data("plain")
    for number, student in enumerate(chosen):
        again.make_student(student)
        many = round(len(marked) * student.share)
        assert len(taught[number]) == len(marked)
        assert (taught[number][:many] == marked[:many]).all()
        assert (taught[number][many:] == plain[many:]).all()


def test_students_are_asked_with_text_that_nobody_was_trained_on(toy: World) -> None:
    outside, inside = held_out(toy)
    assert len(outside) == toy.held_out
    answers = np.load(toy.answers_path(STUDENTS[0].name))
    assert prompts_in(answers, outside) == 1
    assert prompts_in(answers, inside) < 0.1
    assert prompts_in(toy.data("kgw-1"), inside) == 1
    assert (toy.unrelated(10_000).tokens.reshape(-1, WINDOW) == outside).all()


def test_the_experiment_itself_reads_both_books_whole() -> None:
    lines = ["a" * 10, "b" * 30]
    full = World(Path(), 1)
    assert full.held_out == 2000
    assert full._part(lines) == lines
    assert World(Path(), 1, 0.5)._part(lines) == ["a" * 10, "b" * 10]
    assert World(Path(), 1, 0.25)._part(lines) == ["a" * 10]


def test_prompts_are_not_scored() -> None:
    texts = texts_of(np.arange(2 * WINDOW).reshape(2, WINDOW))
    assert isinstance(texts, Texts)
    assert len(texts) == 2
    assert texts.written == 2 * (WINDOW - PROMPT)
