from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from stillwatch.provenance.fingerprint.noise import FEWEST_REPEATS, noise_floor
from stillwatch.provenance.fingerprint.outputs import Outputs

Read = Callable[[Iterable[dict[str, Any]]], Outputs]


def repeated(world: Any, prompts: int, change: str = "") -> list[dict[str, Any]]:
    first = [row | {"sample": 0} for row in world.outputs]
    again = [row | {"sample": 1, "output": row["output"] + change} for row in world.outputs if row["model"] == "pupil"]
    return first + again[:prompts]


def test_a_model_that_repeats_itself_agrees_wholly(world: Any, read: Read) -> None:
    corpus = read(repeated(world, 12)).only("toy")
    floor = noise_floor(corpus, corpus.model("pupil"), corpus.model("alder-2"))
    assert floor is not None
    assert floor.prompts == 12
    assert floor.itself == pytest.approx(1.0, abs=1e-6)
    assert floor.others < floor.teacher < floor.itself


def test_second_answers_are_no_first_ones(world: Any, read: Read) -> None:
    once, twice = read(world.outputs).only("toy"), read(repeated(world, 12, " And more.")).only("toy")
    assert once.again is None and twice.again is not None
    assert twice.texts.to_pylist() == once.texts.to_pylist()
    assert len(twice.again.texts) == 12 and all(text.as_py().endswith("And more.") for text in twice.again.texts)


def test_too_few_repeats_say_nothing(world: Any, read: Read) -> None:
    corpus = read(repeated(world, FEWEST_REPEATS - 1)).only("toy")
    assert noise_floor(corpus, corpus.model("pupil"), corpus.model("alder-2")) is None
    other = read(repeated(world, 12)).only("toy")
    assert noise_floor(other, other.model("apprentice"), other.model("alder-2")) is None
