import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.text import LONGEST, clean, clean_all, visible

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=400)
HOSTILE = st.lists(
    st.one_of(
        ANY_TEXT, st.sampled_from(["\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\u202e", "\u200b", "\ud800", "\r\n"])
    )
).map("".join)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (None, ""),
        (412, "412"),
        ("  two\twords\r\nand more ", "two words and more"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07after", "after"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b31mred", "red"),
        ("\x1bPdevice control\x1b\\x", "x"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("a\u200bb\ufeffc\u2066d", "abcd"),
        ("bad \ud800 half", "bad half"),
        ("nul\x00bell\x07", "nulbell"),
        ("日本語 é ok", "日本語 é ok"),
        ("<b>[bold]", "<b>[bold]"),
    ],
)
def test_what_is_removed_and_what_is_kept(raw: object, shown: str) -> None:
    assert clean(raw) == shown


def test_piled_up_marks_are_cut_to_three() -> None:
    assert clean("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * 3 + "b"


def test_long_texts_are_cut_and_say_so() -> None:
    assert clean("x" * 500, 10) == "x" * 9 + "…"
    assert clean("\u200b" * 100_000 + "hidden far behind", 10).endswith("…")


@given(HOSTILE)
@settings(max_examples=200, deadline=None)
def test_nothing_that_steers_a_screen_survives(raw: str) -> None:
    shown = clean(raw)
    assert len(shown) <= LONGEST
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    shown.encode("utf-8")


@given(HOSTILE)
@settings(max_examples=100, deadline=None)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


def test_nested_values_are_cleaned_and_numbers_stay() -> None:
    value = {"a\x1b[1m": ["x\x00", {"b": ("\u202ey", 1, 2.5, None, True)}]}
    assert clean_all(value) == {"a": ["x", {"b": ["y", 1, 2.5, None, True]}]}
    json.dumps(clean_all(value))


def test_what_is_visible_keeps_its_place_and_its_white_space() -> None:
    text = "a\x1b[31mb\u202e\n c" + "\u0301" * 5
    found = list(visible(text))
    assert "".join(character for _, character in found) == "ab\n c" + "\u0301" * 3
    assert all(text[place] == character for place, character in found)


@given(HOSTILE)
@settings(max_examples=100, deadline=None)
def test_places_of_what_is_visible_rise(raw: str) -> None:
    found = list(visible(raw))
    assert [place for place, _ in found] == sorted({place for place, _ in found})
    assert all(raw[place] == character for place, character in found)
