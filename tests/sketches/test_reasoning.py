from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.sketches.reasoning import LEAST_BLOCK, issued_hashes, presented_blocks, presented_hashes

BLOCK = "First I look at the question and then I think about it."
OTHER = "Quite another train of thought, which was sealed."


def talk(*answers: Any) -> str:
    """A conversation in which each answer is followed by another question."""
    turns: list[Any] = [{"role": "user", "content": "hi"}]
    for answer in answers:
        turns += [answer if isinstance(answer, dict) else {"role": "assistant", "content": answer}]
        turns += [{"role": "user", "content": "go on"}]
    return json.dumps(turns)


def blocks(*messages: str | None) -> list[str | None]:
    spoken = [pa.nulls(len(messages), pa.string())]
    found: list[str | None] = presented_blocks(pa.array(messages, pa.string()), spoken).to_pylist()
    return found


@pytest.mark.parametrize(
    "answer",
    [
        [{"type": "thinking", "thinking": BLOCK, "signature": "s"}, {"type": "text", "text": "a"}],
        [{"type": "thinking", "thinking": "", "signature": BLOCK}],
        [{"type": "redacted_thinking", "data": BLOCK}],
        {"role": "assistant", "content": "a", "reasoning_content": BLOCK},
        {"role": "assistant", "content": "a", "reasoning": BLOCK},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": BLOCK}]},
        {"type": "reasoning", "summary": [], "encrypted_content": BLOCK},
    ],
    ids=["thinking", "sealed", "redacted", "reasoning_content", "reasoning", "item", "sealed item"],
)
def test_every_shape_of_a_block(answer: Any) -> None:
    assert blocks(talk(answer)) == [BLOCK]


def test_parts_of_one_answer_are_one_block_and_the_last_answer_counts() -> None:
    part = {"type": "thinking", "thinking": BLOCK}
    assert blocks(talk([part, part])) == [f"{BLOCK}\n\n{BLOCK}"]
    assert blocks(talk([part], [{"type": "thinking", "thinking": OTHER}], [{"type": "text", "text": "no block"}])) == [
        OTHER
    ]


@pytest.mark.parametrize(
    "messages",
    [
        None,
        "",
        '[{"thinking"' + " " * 200,
        json.dumps({"thinking": BLOCK * 9}),
        talk("the word \"thinking\" alone, in quotes, is no block at all, however long the text may be" * 3),
        talk([{"type": "thinking", "thinking": 7}, "text", None]) + " " * 200,
        json.dumps([{"role": "assistant", "content": {"type": "thinking", "thinking": BLOCK}, "reasoning": [None, 3]}]),
    ],
)  # fmt: skip
def test_whatever_is_no_block_is_none(messages: str | None) -> None:
    assert blocks(messages) == [None]


def test_a_first_turn_is_not_read() -> None:
    prompt = 'please explain "thinking" blocks ' * 9
    messages = json.dumps([{"role": "user", "content": prompt}])
    assert presented_blocks(pa.array([messages]), [pa.array([prompt])]).to_pylist() == [None]


def test_a_presented_block_has_the_hash_of_the_issued_one() -> None:
    messages = pa.array([talk([{"type": "thinking", "thinking": f" {BLOCK}\n"}]), None])
    issued = issued_hashes(pa.array([BLOCK, None]), None)
    assert presented_hashes(messages, [pa.nulls(2, pa.string())], None).to_pylist() == issued.to_pylist()
    key = b"an installation's 32-byte secret"
    assert issued_hashes(pa.array([BLOCK]), key)[0] != issued[0]


def test_short_reasoning_is_anybodys() -> None:
    assert issued_hashes(
        pa.array(["x" * (LEAST_BLOCK - 1), "x" * LEAST_BLOCK, " " * 99]), None
    ).is_valid().to_pylist() == [
        False,
        True,
        False,
    ]


def test_broken_text_in_a_block_is_kept_out_of_arrow() -> None:
    messages = '[{"role":"assistant","reasoning":"' + "\\ud800 broken" * 9 + '"}]'
    assert blocks(messages) != [""]
