from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.canaries.words import OPAQUE, follows, spaced, tokens_of


def test_kinds_and_gaps() -> None:
    tokens = tokens_of("Don’t  stop, e.g. 3.5 snake_case", 0, 32)
    assert [token.plain for token in tokens] == ["don't", "stop", ",", "e.g.", "3.5", "snake_case"]
    assert [token.kind for token in tokens] == ["word", "word", "mark", "word", "number", "number"]
    assert [token.gap for token in tokens] == [0, 2, 0, 1, 1, 1]


def test_protected_spans_are_one_token_each() -> None:
    text = "see `for example` now"
    tokens = tokens_of(text, 0, len(text), [(4, 17)])
    assert [token.plain for token in tokens] == ["see", OPAQUE, "now"]
    assert tokens[1].text == "`for example`"


def test_a_pattern_tells_a_mark_that_sticks_from_one_that_stands() -> None:
    assert spaced("however,") == ("however", "~,")
    assert spaced("(e.g.,") == ("(", "~e.g.", "~,")
    assert follows(tokens_of("a ,", 0, 3)[1]) == ","


@given(st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_tokens_cover_all_but_spaces_and_never_overlap(text: str) -> None:
    tokens = tokens_of(text, 0, len(text))
    assert all(token.text == text[token.start : token.end] and token.text for token in tokens)
    ends = [0, *(token.end for token in tokens)]
    starts = [*(token.start for token in tokens), len(text)]
    assert all(text[end:start].strip() == "" for end, start in zip(ends, starts, strict=True))
