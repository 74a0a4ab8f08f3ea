from __future__ import annotations

import pytest

from stillwatch.sketches.folding import (
    DIGIT,
    LETTER,
    NEWLINE,
    PUNCTUATION,
    SCRIPTS,
    SINGLE,
    SKIP,
    SPACE,
    folding,
)

TABLES = folding()


def kind(character: str) -> int:
    return int(TABLES.info[ord(character)]) & 7


def script(character: str) -> str:
    return SCRIPTS[int(TABLES.info[ord(character)]) >> 3]


@pytest.mark.parametrize(
    ("written", "read"),
    [("A", "a"), ("Ａ", "a"), ("é", "e"), ("Ü", "u"), ("Ж", "ж"), ("Ё", "е"), ("й", "й"), ("𝐓", "t"), ("ſ", "s"),
     ("７", "7"), ("٣", "3"), ("：", ":"), ("Ω", "ω"), ("中", "中"), ("İ", "i")],
)  # fmt: skip
def test_one_letter_however_it_is_written(written: str, read: str) -> None:
    assert chr(int(TABLES.to[ord(written)])) == read


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("aZéжωשअ中"[:7], LETTER),
        ("中あカ한ไ😀", SINGLE),
        ("07３٣", DIGIT),
        (" \t\u00a0\u3000\x00", SPACE),
        ("\n\r\u2028", NEWLINE),
        (".,!。「」—", PUNCTUATION),
        ("\u200b\u200d\ufeff\u00ad\u0301\u202e\ufe0f", SKIP),
    ],
)
def test_what_a_character_does_to_a_word(characters: str, expected: int) -> None:
    assert [kind(character) for character in characters] == [expected] * len(characters)


def test_scripts() -> None:
    assert [script(character) for character in "aжω中あ한ا1."] == [
        "latin", "cyrillic", "greek", "han", "kana", "hangul", "arabic", "", "",
    ]  # fmt: skip


def test_the_tables_are_built_once() -> None:
    assert folding() is TABLES
    assert len(TABLES.to) == len(TABLES.info)
