from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.canaries.marking import mark_wording
from stillwatch.provenance.canaries.prose import prose_of
from stillwatch.provenance.canaries.scheme import Wording
from stillwatch.provenance.canaries.sites import settled, sites_of

FENCED = "```python\nx = 'for example'  # you don't go toward the gate\n```"


def outside(text: str) -> str:
    """All that is not prose, and what is protected in it."""
    parts, last = [], 0
    for paragraph in prose_of(text):
        parts.append(text[last : paragraph.start])
        parts += [text[begin:stop] for begin, stop in paragraph.protected]
        last = paragraph.end
    return "\x00".join([*parts, text[last:]])


@pytest.mark.parametrize("width", [0, 1, 2])
def test_the_key_reads_back_at_every_choice(answers: list[str], width: int, key: Callable[[str], bytes]) -> None:
    scheme = Wording(width)
    for text in answers[:5]:
        marked = mark_wording(text, key("a"), scheme)
        assert marked.changes
        assert mark_wording(marked.text, key("a"), scheme) == marked._replace(changes=())
        before, after = sites_of(text), sites_of(settled(marked.text))
        assert [(s.point.name, s.words) for s in before] == [(s.point.name, s.words) for s in after]


def test_another_key_makes_other_choices_and_the_first_can_be_brought_back(
    answers: list[str], key: Callable[[str], bytes]
) -> None:
    text = answers[0]
    one, two = mark_wording(text, key("a")).text, mark_wording(text, key("b")).text
    assert one != two
    assert mark_wording(two, key("a")).text == one


def test_changes_say_what_was_done(key: Callable[[str], bytes], answer: Callable[[int], str]) -> None:
    text = answer(3)
    marked = mark_wording(text, key("a"))
    made, last = [], 0
    for change in marked.changes:
        assert text[change.start : change.end] == change.old != change.new
        made += [text[last : change.start], change.new]
        last = change.end
    assert "".join([*made, text[last:]]) == marked.text


def test_case_and_apostrophes_are_kept(key: Callable[[str], bytes]) -> None:
    parts = (
        "For example, you don’t go there.",
        "You do not use “it”, and you aren’t late.",
        "Someone asked you the way to it.",
    )
    text = "\n\n".join(parts)
    for name in "abcdefgh":
        made = mark_wording(text, key(name)).text
        assert "'" not in made
        assert made[0] == "F" and made.split("\n\n")[2][0] == "S"
    assert {mark_wording(text, key(str(i))).text[:12] for i in range(12)} == {"For example,", "For instance"}


def test_code_and_quotations_stay_byte_for_byte(key: Callable[[str], bytes], answer: Callable[[int], str]) -> None:
    said = 'You said "for example" to `someone` in the house, for example.'
    text = f"{answer(1)}\n{FENCED}\n\n> {answer(2)}\n| toward | the gate |\n\n{said}"
    made = mark_wording(text, key("a")).text
    assert FENCED in made
    assert outside(made) == outside(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{}",
        FENCED,
        "42",
        "Ja, das ist gut.",
        '{"text": "for example, you don\'t go toward it"}',
        "\x00\ud800" * 3,
    ],
)
def test_what_holds_no_choice_comes_back_as_it_was(text: str, key: Callable[[str], bytes]) -> None:
    assert mark_wording(text, key("a")) == (text, 0, ())


PARTS = st.sampled_from(
    [
        "You can see that the gate is often used. ",
        "For example, it is fine for you",
        "Additionally, they don't go toward it. ",
        "In order to improve it, you can help reduce the noise. ",
        "`for example`",
        "```\ntoward\n```\n",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> toward\n",
        "# For example\n",
        "| toward |\n",
        '"toward" ',
        "“",
        '"',
        "*",
        "**toward** ",
        "$x$ ",
        "<b>toward</b> ",
        "’",
        "it's ",
        "(e.g., the gate) ",
        "friends and family ",
        "about 30 ",
        "etc.) ",
        "\u200b",
        "\r\n",
        "; ",
        "{",
        "}",
    ]
)


@given(text=st.lists(PARTS, max_size=25).map("".join), width=st.integers(0, 2))
@settings(max_examples=70, deadline=None)
def test_hostile_markdown(text: str, width: int, key: Callable[[str], bytes]) -> None:
    scheme = Wording(width)
    marked = mark_wording(text, key("h"), scheme)
    assert mark_wording(marked.text, key("h"), scheme).text == marked.text
    assert outside(marked.text) == outside(text)
    assert marked.text.count("\n") == text.count("\n")
    digits = [c for c in text if c.isdigit()]
    assert [c for c in marked.text if c.isdigit()] == digits


@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text(text: str, key: Callable[[str], bytes]) -> None:
    assert mark_wording(text, key("h")).text == text
