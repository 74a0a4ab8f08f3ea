from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.canaries.prose import prose_of

PROSE = "You can see that the garden is often used for this."


def inside(text: str) -> list[str]:
    """What may be touched: the paragraphs, less their protected spans."""
    parts = []
    for paragraph in prose_of(text):
        last = paragraph.start
        for begin, stop in (*paragraph.protected, (paragraph.end, paragraph.end)):
            parts.append(text[last:begin])
            last = stop
    return parts


def test_paragraphs_and_list_items() -> None:
    text = f"{PROSE}\n\n1. {PROSE}\n2. {PROSE}\n   It goes on to the next line.\n- {PROSE}\n"
    found = [text[p.start : p.end] for p in prose_of(text)]
    assert found == [PROSE, PROSE, f"{PROSE}\n   It goes on to the next line.", PROSE]


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{PROSE}\n```",
        f"~~~python\n{PROSE}\n~~~",
        f"```\n{PROSE}",  # a fence that never closes
        f"    {PROSE}",
        f"\t{PROSE}",
        f"# {PROSE}",
        f"> {PROSE}",
        f"| {PROSE} | and more |",
        f"{PROSE}\n=====",
        f'{{"answer": "{PROSE}"}}',
        f"<p>{PROSE}</p>",
        f"// {PROSE}",
        f"x = f(y)  # {PROSE}",
        f'"{PROSE}"',
        f"“{PROSE}”",
        f'He said "{PROSE}',  # a quotation without an end
        "name: garden\ncolour: green\nuse: for this\n",
        "a,b,c,d,e,f\n1,2,3,4,5,6\nthe,of,and,to,is,that",
        "The frost is on the gate,\nand you are in the hall,\nthe ferry will be late,\nif it should come at all.",
        "Der Garten ist von der Straße aus zu sehen, und das ist gut so.",
        "Le jardin est beau et on peut y voir la maison de la rue.",
        "この庭はとても大きくて、you can see it from the house.",
        "Smith, J. (2019). What you can see from the garden. Journal of Gates, 12(3), 4-5.",
        "Yes, you can.",
    ],
)
def test_what_is_not_prose_stays_whole(text: str) -> None:
    assert prose_of(text) == []


@pytest.mark.parametrize(
    "span",
    [
        "`for example`",
        "[for example](https://a.example/for-example)",
        "https://a.example/in-order-to",
        "me@toward.example",
        "$for example$",
        "\\(a toward b\\)",
        '"for example"',
        "“for example”",
        "‘for example’",
        "*for example*",
        "**for example**",
        "<for example>",
        "{for example}",
        "[Your name]",
        "for_example",
        "forExample",
        "toward(the gate)",
        "/usr/toward/it",
        "toward.py",
        "'for example'",
    ],
)
def test_spans_inside_prose_are_protected(span: str) -> None:
    text = f"You can see that {span} is the one that they use in the garden."
    assert prose_of(text)
    assert span not in "\x00".join(inside(text))


def test_money_is_not_mathematics() -> None:
    assert prose_of("You can buy the gate for $5 at the market, and it is the best.")


def test_long_runs_without_a_break_are_left_alone() -> None:
    assert prose_of("the of and to you " * 2_000) == []


MARKDOWN = st.lists(
    st.sampled_from(
        [
            PROSE,
            "```",
            "~~~",
            "`",
            "    ",
            "> ",
            "| a | b |",
            "# ",
            "\n",
            "\n\n",
            '"',
            "“",
            "$",
            "*",
            "**",
            "_",
            "[",
            "](",
            "<",
            "{",
            "1. ",
            "- ",
            "…",
            "\u200b",
            "e.g.",
            "\r\n",
            "\\(",
            "'",
            "’",
            "=",
            "\x00",
            "\u2028",
        ]
    ),
    max_size=30,
).map("".join)


@given(MARKDOWN)
@settings(max_examples=70, deadline=None)
def test_paragraphs_are_in_order_and_apart_whatever_the_text(text: str) -> None:
    last = 0
    for paragraph in prose_of(text):
        assert last <= paragraph.start < paragraph.end <= len(text)
        inner = paragraph.start
        for begin, stop in paragraph.protected:
            assert inner <= begin < stop <= paragraph.end
            inner = stop
        last = paragraph.end


@pytest.mark.parametrize("sign", ["*a", "‘", "'a", "<a", "$a ", "a.", "[a", "`a", "a@", "_a"])
def test_hostile_repetition_is_read_in_little_time(sign: str) -> None:
    # A pattern that goes back over a whole paragraph for each sign would hang here.
    prose_of(f"You can see the garden that is for this {sign * 3000}")
