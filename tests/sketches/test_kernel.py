"""The one-pass reader against plain Python: words, hashes, MinHash, marks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches import kernel
from stillwatch.sketches.buffers import text_of
from stillwatch.sketches.folding import folding
from stillwatch.sketches.keys import constants
from stillwatch.sketches.lexicon import chain, lexicon, mix, words_of

FIXED = constants(None)


def scan(text: str | bytes) -> tuple[np.ndarray, ...]:  # type: ignore[type-arg]
    """(slots, minimums, counters, kept words, kept pairs) of one text."""
    data = np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)
    words, tables = lexicon(int(FIXED.start)), folding()
    minimums, counters = np.zeros(16, np.uint32), np.zeros(64, np.int32)
    slots = np.zeros(kernel.SLOTS, np.uint64)
    kept = np.zeros((2, kernel.KEPT), np.uint64)
    kernel.scan(
        data, 0, len(data), FIXED.start, tables.to, tables.info, words.keys, words.terms, words.starts, words.others,
        words.outcomes, words.bloom, FIXED.multipliers, FIXED.masks, minimums, counters, kept[0], kept[1],
        np.zeros(len(words.features), np.int32), np.zeros(64, np.int32), np.zeros(32, np.int32),
        np.zeros(128, np.int32), np.zeros(kernel.RING, np.uint64), np.zeros(kernel.CONCEPTS, np.int64), slots,
    )  # fmt: skip
    return slots, minimums, counters, *kept


def plain_words(text: str) -> list[int]:
    hashes = []
    for word in words_of(text):
        h = int(FIXED.start)
        for character in word:
            h = ((h ^ ord(character)) * 0x100000001B3) & (2**64 - 1)
        hashes.append(mix(h))
    return hashes


TEXTS = st.text(
    st.sampled_from("abcXYZ 019.,:-\n\t#<>éЖЯ中文あ한😀\u200b١\"'`") | st.characters(codec="utf-8"), max_size=60
)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_characters_and_words_as_plain_python_counts_them(text: str) -> None:
    slots, *_ = scan(text)
    assert slots[kernel.CHARACTERS] == len(text)
    ordinary = "".join(c for c in text if ord(c) < 0x20000)
    slots, *_ = scan(ordinary)
    assert slots[kernel.WORDS] == len(words_of(ordinary))


@given(TEXTS.map(lambda text: "".join(c for c in text if ord(c) < 0x20000)))
@settings(max_examples=100, deadline=None)
def test_opening_and_minhash_as_plain_python_makes_them(text: str) -> None:
    words = plain_words(text)
    slots, minimums, *_ = scan(text)
    opening = int(FIXED.start)
    for word in words[:8]:
        opening = chain(opening, word)
    assert int(slots[kernel.FIRST_EIGHT]) == opening
    expected = np.full(16, 2**32 - 1, np.uint32)
    for a, b, c in zip(words, words[1:], words[2:], strict=False):
        triple = np.uint32((chain(chain(a, b), c) >> 20) & 0xFFFFFFFF)
        expected = np.minimum(expected, (triple ^ FIXED.masks) * FIXED.multipliers)
    assert minimums.tolist() == expected.tolist()


@given(TEXTS.map(lambda text: "".join(c for c in text if ord(c) < 0x20000)), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_kept_hashes_are_the_least_distinct_ones(text: str, times: int) -> None:
    words = plain_words(" ".join([text] * times))
    *_, kept_words, kept_pairs = scan(" ".join([text] * times))
    pairs = [chain(a, b) for a, b in pairwise(words)]
    for hashes, kept in ((words, kept_words), (pairs, kept_pairs)):
        least = sorted(set(hashes))[: kernel.KEPT]
        assert sorted(kept.tolist()) == least + [2**64 - 1] * (kernel.KEPT - len(least))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_case_and_blanks_do_not_change_the_folded_hash(text: str) -> None:
    blanks = text.replace(" ", " \t ").replace("\n", " \n\n")
    assert scan(blanks)[0][kernel.FOLDED] == scan(text)[0][kernel.FOLDED]


def test_digits_count_in_the_folded_hash_and_nowhere_else() -> None:
    one, other = scan("List 10 rivers of 3 lands"), scan("List 27 rivers of 8 lands")
    assert one[0][kernel.FOLDED] != other[0][kernel.FOLDED]
    assert one[0][kernel.FIRST_EIGHT] == other[0][kernel.FIRST_EIGHT]
    assert one[1].tolist() == other[1].tolist()


@given(st.binary(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_within_their_bounds(raw: bytes) -> None:
    slots, *_ = scan(raw)
    assert slots[kernel.CHARACTERS] <= len(raw)
    around = b"\xe2\x82" + raw + b"\x82\xac"
    text = text_of(pa.array([around, raw], pa.binary()))
    assert len(text) == 2
    assert scan(raw)[0].tolist() == slots.tolist()


def test_broken_utf8_is_one_strange_character_a_byte() -> None:
    assert scan(b"\xc3")[0][kernel.CHARACTERS] == 1
    assert scan(b"\xe2\x82x")[0][kernel.CHARACTERS] == 3
    assert scan(b"\xf0\x9f\x98\x80")[0][kernel.CHARACTERS] == 1
    assert scan(b"\xc0\xaf\xff\xfe")[0][kernel.CHARACTERS] == 4


def test_marks() -> None:
    assert scan("Question: what?\nAnswer:")[0][kernel.MARKS] == 2
    assert scan("## Steps to take\ntext\n[Input]\n<data>\nx")[0][kernel.MARKS] == 3
    assert scan("see https://x.example: no\nAt 10:30 we met, said he: yes")[0][kernel.MARKS] == 0
    assert scan("```\nelse:\n  x\n```\n")[0][kernel.MARKS] == 0
    assert scan("- one\n* two\n3. three\nfour")[0][kernel.NUMBERED] == 3
