from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sources.content import (
    Message,
    answer_text,
    fill_request,
    mapping,
    messages_of,
    name_of,
    parsed,
    text_of,
    thoughts_of,
    tool_call,
    tool_names,
    whole,
)
from stillwatch.sources.exchange import Exchange

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "role", "name", "function"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"), (None, ""), (["a", {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "input_text", "text": "see"}, {"type": "input_image", "image_url": "data:…"}], "see\n[image]"),
        ([{"type": "text", "content": "otel part"}], "otel part"), ([{"type": "thinking", "thinking": "no"}], ""),
        ({"type": "tool_result", "content": [{"type": "text", "text": "42"}]}, "42"),
        ({"type": "tool_use", "name": "f", "input": {"x": 1}}, '[tool_call f] {"x":1}'),
        ({"type": ["list"]}, "[['list']]"),
        (7, "7"), ({"text": {"value": "assistants nest"}}, ""),
    ],
)  # fmt: skip
def test_words_out_of_every_shape(content, text) -> None:
    assert text_of(content) == text


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_no_shape_breaks_the_reading(value) -> None:
    assert isinstance(text_of(value), str)
    assert isinstance(answer_text(value), str)
    assert isinstance(tool_call(value), str)
    row = Exchange()
    fill_request(row, value, value)
    assert (row.messages is None) == (row.turns is None)
    names = tool_names(value)
    assert names is None or all(isinstance(name, str) for name in names)


def test_nested_content_has_an_end() -> None:
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert text_of(deep) == ""


def test_a_tool_result_in_a_users_message_is_no_turn_of_the_user() -> None:
    found = messages_of(
        [
            {"role": "developer", "content": "d"},
            {"role": "user", "content": [{"type": "tool_result", "content": "r"}, {"type": "text", "text": "and?"}]},
            {"role": "user", "content": [{"type": "tool_result", "content": "only"}]},
            {"role": "model", "parts": [{"type": "text", "content": "m"}]},
            {"type": "function_call_output", "output": "o"},
            {"type": "reasoning", "summary": []},
            "bare",
            None,
        ]
    )
    assert found == [
        Message("system", "d"), Message("tool", "r"), Message("user", "and?"), Message("tool", "only"),
        Message("assistant", "m"), Message("tool", "o"), Message("user", "bare"),
    ]  # fmt: skip


def test_request_columns_agree_with_each_other() -> None:
    row = Exchange()
    fill_request(
        row, '[{"role":"system","content":"s1"},{"role":"user","content":"q1"},{"role":"user","content":"q2"}]', "s0"
    )
    assert (row.system_prompt, row.prompt, row.turns) == ("s0\n\ns1", "q2", 2)
    assert [m["role"] for m in json.loads(str(row.messages))] == ["system", "system", "user", "user"]


def test_reasoning_that_a_request_presents_stays_in_its_messages() -> None:
    thinking = {"type": "thinking", "thinking": "why", "signature": "s"}
    sealed = {"type": "redacted_thinking", "data": "sealed"}
    row = Exchange()
    fill_request(
        row,
        [
            {"role": "user", "content": "q1"},
            {"role": "assistant", "content": [thinking, sealed, {"type": "text", "text": "a1"}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "because"}]},
            {"role": "assistant", "content": "a2", "reasoning_content": "hence"},
            {"role": "user", "content": "q2"},
        ],
    )
    assert json.loads(str(row.messages)) == [
        {"role": "user", "content": "q1"},
        {"role": "assistant", "content": "a1", "reasoning": "why\n\nsealed"},
        {"role": "assistant", "content": "", "reasoning": "because"},
        {"role": "assistant", "content": "a2", "reasoning": "hence"},
        {"role": "user", "content": "q2"},
    ]
    assert (row.prompt, row.turns) == ("q2", 2)


def test_reasoning_is_its_words_or_the_sealed_block() -> None:
    assert thoughts_of([{"type": "thinking", "thinking": "", "signature": "sealed"}]) == "sealed"
    assert thoughts_of([{"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}]) == "gAAA"
    assert thoughts_of([{"type": "text", "text": "no"}, "bare", None]) == thoughts_of("text") == thoughts_of(None) == ""


def test_nothing_said_fills_nothing() -> None:
    for nothing in (None, [], "", {}, 5):
        row = Exchange()
        fill_request(row, nothing)
        assert row.messages is None and row.turns is None and row.prompt is None


def test_answers_hold_their_tool_calls_and_refusals() -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    assert answer_text({"content": "a", "tool_calls": [call]}) == "a\n[tool_call f] {}"
    assert answer_text({"content": None, "refusal": "I cannot."}) == "I cannot."
    assert answer_text({"function_call": {"name": "old", "arguments": "{}"}}) == "[tool_call old] {}"


def test_small_helpers() -> None:
    assert [name_of(v) for v in ("ann", 0, 42, "", None, True, False, 4.0, ["a"], {})] == [
        "ann",
        "0",
        "42",
        *[None] * 7,
    ]
    assert [whole(v) for v in ("12", 12.0, None, True, "x", [], 1e400)] == [12, 12, None, None, None, None, None]
    assert parsed('{"a":1}') == {"a": 1} and parsed("{broken") == "{broken" and parsed("[" * 10**5) == "[" * 10**5
    assert mapping('{"a":1}') == {"a": 1} and mapping([1]) == {} and mapping("x") == {}
    tools = ["x", {"name": "y"}, {"type": "web_search"}, '{"function":{"name":"z"}}']
    assert tool_names(tools) == ["x", "y", "web_search", "z"]
    assert tool_names([]) is None and tool_names("x") is None
