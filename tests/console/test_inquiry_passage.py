import itertools
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.inquiry_passage import LONGEST_ANSWER, Piece, pieces, silhouette

SIGNS = ("\x1b[31m", "\x1b]0;t\x07", "\u202e", "\u200b", "\ud800", "\r\n", "\t", "\n\n\n\n", "- a\n")
NASTY = st.lists(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=()), max_size=60),
        st.sampled_from([*SIGNS, "x" * 90]),
    ),
    max_size=30,
).map("".join)  # fmt: skip
MARKS = st.lists(st.tuples(st.integers(-5, 400), st.integers(-5, 400)), max_size=8)


def whole(answer: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in answer)


def marked(answer: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in answer if piece.marked]


def test_marks_follow_their_words_through_cleaning() -> None:
    text = "First\r\n\x1b[31mred\x1b[0m\u202e words\there"
    start = text.index("words")
    answer = pieces(text, [(start, start + 5), (text.index("red"), text.index("red") + 3)])
    assert marked(answer) == ["red", "words"]
    assert whole(answer) == "First\nred words    here"


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([(0, 3), (2, 6)], ["abcdef"]),
        ([(4, 2)], []),
        ([(-9, 2), (9, 99), (50, 60)], ["ab", "j"]),
        ([(0, 10)], ["abcdefghij"]),
        ([(3, 3)], []),
    ],
)
def test_marks_that_overlap_or_lie_outside_are_cut(marks: list[tuple[int, int]], found: list[str]) -> None:
    answer = pieces("abcdefghij", marks)
    assert marked(answer) == found
    assert whole(answer) == "abcdefghij"


def test_a_mark_far_behind_is_inside_what_is_shown() -> None:
    text = "filler " * 5_000 + "the telling words" + " more" * 5_000
    start = text.index("the telling")
    answer = pieces(text, [(start, start + 17)])
    assert marked(answer) == ["the telling words"]
    assert whole(answer).startswith("…")
    assert whole(answer).endswith("…")
    assert len(whole(answer)) <= LONGEST_ANSWER + 2


def test_megabytes_are_cut_and_say_so() -> None:
    for text in ("x" * 3_000_000, " " * 3_000_000 + "y", "\u200b" * 3_000_000, "\n" * 3_000_000):
        answer = pieces(text, [])
        assert whole(answer).endswith("…")
        assert len(whole(answer)) <= LONGEST_ANSWER + 1


def test_layout_is_kept_and_emptiness_is_not() -> None:
    assert whole(pieces("\n\n  a\n\n\n\n\nb\n  - c" + " " * 100 + "d", [])) == "a\n\nb\n  - c" + " " * 24 + "d"
    assert pieces("", []) == ()
    assert pieces("\x00\u202e \n", []) == ()


@given(NASTY, MARKS)
@settings(max_examples=150, deadline=None)
def test_nothing_that_steers_a_screen_survives(text: str, marks: list[tuple[int, int]]) -> None:
    answer = pieces(text, marks, longest=300)
    shown = whole(answer)
    hidden = {unicodedata.category(character) for character in shown.replace("\n", "")}
    assert not hidden & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert len(shown) <= 305
    assert all(piece.text for piece in answer)
    assert all(one.marked != other.marked for one, other in itertools.pairwise(answer))
    shown.encode("utf-8")


@given(NASTY, MARKS)
@settings(max_examples=100, deadline=None)
def test_a_silhouette_is_path_data_inside_its_box(text: str, marks: list[tuple[int, int]]) -> None:
    drawn = silhouette(pieces(text, marks))
    for path in (drawn.plain, drawn.marked, drawn.strong, drawn.points):
        assert re.fullmatch(r"(M\d+ \d+h\d+)*", path)
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", path):
            assert int(x) + int(length) <= drawn.width
            assert int(y) < drawn.height


def test_a_silhouette_tells_lists_headings_and_marks() -> None:
    text = "# Title\n\nplain words\n- one\n- two"
    start = text.index("words")
    drawn = silhouette(pieces(text, [(start, start + 5)]))
    assert drawn.strong == "M0 2h7"
    assert drawn.plain == "M0 8h6M2 11h3M2 14h3"
    assert drawn.marked == "M6 8h5"
    assert drawn.points == "M0 11h2M0 14h2"
    assert not drawn.more
    assert silhouette(pieces("line\n" * 60, [])).more
