from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.sketches.hashing import purpose
from stillwatch.sketches.keys import constants
from stillwatch.sketches.messages import conversation_hashes, user_turns


def said(*raw: str | None) -> list[list[bytes]]:
    turns = user_turns(pa.array(raw, pa.string()), np.ones(len(raw), np.bool_))
    texts = turns.texts.to_pylist()
    return [texts[a:b] for a, b in zip(turns.first[:-1], turns.first[1:], strict=True)]


def test_only_what_the_user_said(messages: Callable[..., str]) -> None:
    assert said(messages("a", "b", "c")) == [[b"a", b"c"]]
    system = json.dumps([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "tool"}])
    assert said(system) == [[b"u"]]


def test_content_in_parts_and_unknown_fields() -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}, "and say"]
    assert said(json.dumps([{"role": "user", "content": parts, "name": "n"}])) == [[b"look\n\nand say"]]
    assert said(json.dumps([{"role": "user", "content": None}])) == [[b""]]


@pytest.mark.parametrize(
    "raw", [None, "", "[]", "{}", "nonsense", "[1]", '[{"role": "user", "content": 7}]', '[{"role": 1}]', "[" * 100_000]
)
def test_what_is_no_conversation_is_left_out(raw: str | None) -> None:
    turns = user_turns(pa.array([raw], pa.string()), np.ones(1, np.bool_))
    assert turns.rows.tolist() == []
    assert turns.first.tolist() == [0]


def test_unpaired_surrogates_survive() -> None:
    assert said('[{"role": "user", "content": "a\\ud800b"}]') in ([[b"a\xed\xa0\x80b"]], [])


def test_only_wanted_rows_are_parsed_and_slices_hold(messages: Callable[..., str]) -> None:
    column = pa.array([messages("a"), messages("b"), None, messages("c", "x", "d")]).slice(1)
    turns = user_turns(column, np.array([False, True, True]))
    assert turns.rows.tolist() == [2]
    assert turns.texts.to_pylist() == [b"c", b"d"]
    assert turns.groups().tolist() == [0, -1]


def test_a_whole_is_the_next_turns_prefix() -> None:
    fixed, kind = constants(None), purpose("turns")
    folded = np.array([5, 5, 6, 5, 6, 7], np.uint64)
    prefix, whole = conversation_hashes(folded, np.array([0, 1, 3, 6]), fixed, kind)
    assert prefix[1] == whole[0]
    assert prefix[2] == whole[1]
    assert len({*whole.tolist(), int(prefix[0])}) == 4
