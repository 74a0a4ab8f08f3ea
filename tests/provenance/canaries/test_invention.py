from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from stillwatch.provenance.canaries.invention import KINDS, invent

Key = Callable[[str], bytes]


def test_a_canary_is_a_function_of_key_and_number(key: Key) -> None:
    assert invent(key("a"), 3) == invent(key("a"), 3)
    assert len({invent(key(name), number).text for name in "abcdefgh" for number in range(30)}) == 240


def test_kinds_take_turns(key: Key) -> None:
    assert [invent(key("a"), number).kind for number in range(8)] == [*KINDS, *KINDS[:2]]
    assert invent(key("a"), 0, "order").kind == "order"


@pytest.mark.parametrize("kind", KINDS)
def test_forms(key: Key, kind: str) -> None:
    shape = {
        "person": r"[A-Z][a-z]+ [A-Z][a-z]{6,}",
        "firm": r"[A-Z][a-z]{6,} [A-Z][a-z]+",
        "place": r"\d{1,2} [A-Z][a-z]{6,} [A-Z][a-z]+",
        "order": r"[A-Z]{3}-\d{6}",
        "file": r"[a-z]+_[a-z]{7,}\.csv",
        "phrase": r"as [a-z]+ as a [b-df-hj-np-tv-z][a-z]+ [a-z]+ .+",
    }[kind]
    for number in range(40):
        made = invent(key("forms"), number, kind)
        assert re.fullmatch(shape, made.text), made.text
        assert made.text in made.use and made.core.casefold() in made.text.casefold()


def test_nothing_that_could_harm_is_said(key: Key) -> None:
    text = " ".join(invent(key(str(i)), n).use for i in range(40) for n in range(12)).casefold()
    assert not re.search(r"\b(dose|medic\w*|doctor|law|court of|invest\w*|bank|tax|loan|vote|http\w*)\b", text)
