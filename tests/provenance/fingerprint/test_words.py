"""The compiled reader of words, against a regular expression and its own uncompiled self."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint import words as module
from stillwatch.provenance.fingerprint.words import FUNCTION_WORDS, Words, words_of

PIECES = (
    "Hello", "don't", "it's", "'quoted'", "rock'n'roll", "The", "the", "Running", "ended", "slowly", "nation", "cats",
    "active", "final", "happy", "teacher", "a", "I", "3.14", "1,000", "5,", "7.", "2024-05-01", "\n", "\n\n", "\n \r\n",
    " ", "\t", "  ", ".", "!", "?", "...", "**", "#", "`", "-", ":", "naïve", "Ärger", "好的", "今日は", "한국어",
    "🙂", "\u0301", "\x00", "\x7f", "\u00a0", "don'", "'", "''t", "\U00010348", "．", "x_y", "é", "É", "İstanbul",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
MASK = (1 << 64) - 1


def fnv(text: str) -> int:
    value = 1469598103934665603
    for byte in text.encode():
        value = (value ^ byte) * 1099511628211 & MASK
    return value


def word_class(said: str, first: str) -> int:
    """A word that is no function word is classed by its ending, or its capital."""
    endings = [("ing", 2), ("ed", 3), ("ly", 4), ("ion", 5), ("s", 6), ("ve", 7), ("al", 8), ("y", 9), ("er", 10)]
    kind = next((kind for ending, kind in endings if said.endswith(ending)), 11 if "A" <= first <= "Z" else 1)
    return kind * 0x9E3779B97F4A7C15 & MASK


def one(words: Words, answer: int) -> list[tuple[int, ...]]:
    inside = slice(words.starts[answer], words.starts[answer + 1])
    columns = (words.hashes, words.classes, words.marks, words.claims)
    return list(zip(*(column[inside].tolist() for column in columns), strict=True))


@settings(deadline=None, max_examples=150)
@given(text=TEXTS)
@example(text="")
@example(text="It's 1,234.5 — \n\n NASA said: Ending.")
def test_words_are_those_of_a_regular_expression(tokens: Callable[[str], list[Any]], text: str) -> None:
    found, expected = one(words_of(pa.array([text])), 0), tokens(text)
    assert [mark for _, _, mark, _ in found] == [token.mark for token in expected]
    for place, (token, (value, kind, mark, claim)) in enumerate(zip(expected, found, strict=True)):
        if mark == 0:
            assert value == fnv(token.said)
            assert kind == (value if token.said in FUNCTION_WORDS else word_class(token.said, token.first))
            inner = place > 0 and expected[place - 1].mark in (0, 1, 5)
            assert claim == (value if inner and "A" <= token.first <= "Z" else 0)
        else:
            assert value == kind
            assert claim == (fnv(token.first) if mark == 1 else 0)


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(TEXTS, max_size=6), cut=st.integers(0, 3))
def test_answers_do_not_touch(texts: list[str], cut: int) -> None:
    whole = words_of(pa.array(texts, pa.large_string()).slice(cut))
    assert len(whole.starts) == max(0, len(texts) - cut) + 1
    for answer, text in enumerate(texts[cut:]):
        assert one(whole, answer) == one(words_of(pa.array([text])), 0)


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_nothing_is_read_or_written_out_of_bounds(texts: list[str]) -> None:
    """Uncompiled, on arrays with no room to spare, an index out of bounds raises."""
    data = "".join(texts).encode()
    offsets = np.cumsum([0, *(len(text.encode()) for text in texts)])
    room = [np.zeros(len(data), kind) for kind in (np.uint64, np.uint64, np.uint8, np.uint64)]
    starts = np.zeros(len(offsets), np.int64)
    with np.errstate(over="ignore"):
        count = module._read.py_func(
            np.frombuffer(data, np.uint8).astype(np.int64), offsets, module._function_hashes(), *room, starts
        )
    compiled = words_of(pa.array(texts))
    assert count == len(compiled.hashes)
    assert starts.tolist() == compiled.starts.tolist()
    assert room[0][:count].tolist() == compiled.hashes.tolist()


@pytest.mark.parametrize("text", ["a" * 300_000, "é" * 100_000, "好" * 100_000, "1" * 300_000, "\n" * 300_000, "'" * 9])
def test_endless_words_are_read(text: str) -> None:
    words = words_of(pa.array([text, "end"]))
    assert words.starts[-1] - words.starts[1] == 1
    assert words.starts[1] == {"a": 1, "é": 1, "好": 100_000, "1": 1, "\n": 1, "'": 9}[text[0]]


def test_no_answers_and_empty_answers() -> None:
    assert words_of(pa.array([], pa.large_string())).starts.tolist() == [0]
    assert words_of(pa.array([], pa.string())).starts.tolist() == [0]
    assert words_of(pa.array(["", "", ""])).starts.tolist() == [0, 0, 0, 0]
    assert words_of(pa.array(["", "x", ""])).starts.tolist() == [0, 0, 1, 1]


def test_case_does_not_change_words() -> None:
    assert words_of(pa.array(["WHAT We sAy"])).hashes.tolist() == words_of(pa.array(["what we say"])).hashes.tolist()


def test_function_words_are_words_of_the_reader() -> None:
    """Each is read as one word and recognised: an apostrophe or a hyphen could split it."""
    listed = sorted(FUNCTION_WORDS)
    words = words_of(pa.array(listed))
    assert np.diff(words.starts).tolist() == [1] * len(listed)
    assert words.hashes.tolist() == words.classes.tolist()
    assert len(set(words.hashes.tolist())) == len(listed) > 200
