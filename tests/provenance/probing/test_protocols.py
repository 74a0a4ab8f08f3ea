from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.probing.protocols import (
    NotAnAnswer,
    error_code,
    is_refusal,
    read_answer,
    request_body,
    request_headers,
)
from stillwatch.provenance.probing.targets import Decoding, parse_target

OPENAI = parse_target("a=https://h.example#m")
ANTHROPIC = parse_target("b=anthropic+https://h.example#c")


def openai(finish: Any = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage, "model": "m-1"}


def test_requests_hold_what_was_asked_for_and_nothing_else() -> None:
    assert json.loads(request_body(OPENAI, "Why?")) == {
        "model": "m", "max_tokens": 1024, "messages": [{"role": "user", "content": "Why?"}]
    }  # fmt: skip
    drawn = Decoding(temperature=0.0, max_tokens=5, system="Be brief.")
    more = {"decoding": drawn, "extra": {"top_p": 0.5}}
    asked = parse_target("a=https://h.example#m", max_tokens_name="max_completion_tokens", **more)
    body = json.loads(request_body(asked, "Why?"))
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (body["temperature"], body["max_completion_tokens"], body["top_p"]) == (0.0, 5, 0.5)
    other = json.loads(request_body(parse_target("b=anthropic+https://h.example#c", **more), "Why?"))
    assert (other["system"], other["max_tokens"], len(other["messages"])) == ("Be brief.", 5, 1)
    assert "anthropic-version" in request_headers(ANTHROPIC)
    assert request_headers(OPENAI)["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("payload", "status", "output"),
    [
        (openai(content="Yes."), "answered", "Yes."),
        (openai(content=[{"type": "text", "text": "Y"}, {"type": "image"}, {"type": "text", "text": "es"}]),
         "answered", "Yes"),
        (openai(content=[{"type": "output_text", "text": "Yes"}, {"text": "."}, 3]), "answered", "Yes."),
        (openai(content=[{"type": "reasoning", "text": "hm"}, {"type": [], "text": "hm"}]), "empty", ""),
        (openai(content=[{"type": "refusal", "refusal": "I can't."}]), "refused", "I can't."),
        (openai(content=None, refusal="I can't."), "refused", "I can't."),
        (openai("content_filter", content="Half a"), "refused", "Half a"),
        (openai("length", content="Cut of"), "truncated", "Cut of"),
        (openai("length", content=""), "empty", ""),
        (openai(content=None), "empty", ""),
        (openai(content=" \n"), "empty", " \n"),
        (openai(7, content=5), "empty", ""),
        (openai(content="half \ud83d"), "answered", "half ?"),
        (openai(content="\x1b[31m\x00ok"), "answered", "\x1b[31m\x00ok"),
    ],
)  # fmt: skip
def test_what_openai_compatible_servers_send(payload: dict[str, Any], status: str, output: str) -> None:
    answer = read_answer(OPENAI, payload)
    assert (answer.status, answer.output, answer.served_model) == (status, output, "m-1")


@pytest.mark.parametrize(
    ("content", "stop", "status"),
    [
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Yes."}], "end_turn", "answered"),
        ([{"type": "text", "text": "Yes."}], "max_tokens", "truncated"),
        ([{"type": "text", "text": "No."}], "refusal", "refused"),
        ([], "refusal", "refused"),
        ([], "end_turn", "empty"),
    ],
)
def test_what_anthropic_compatible_servers_send(content: list[Any], stop: str, status: str) -> None:
    usage = {"input_tokens": 3, "output_tokens": 4}
    answer = read_answer(ANTHROPIC, {"content": content, "stop_reason": stop, "usage": usage, "model": "c-1"})
    assert (answer.status, answer.tokens_in, answer.tokens_out, answer.finish_reason) == (status, 3, 4, stop)


@pytest.mark.parametrize(
    "payload",
    [None, [], 3, "x", {}, {"choices": []}, {"choices": {}}, {"choices": [3]}, {"choices": [{"message": "x"}]},
     {"error": {"message": "no"}}, {"content": "x"}, openai("error", content="Half of an ans")],
)  # fmt: skip
def test_other_shapes_are_no_answers(payload: Any) -> None:
    for target in (OPENAI, ANTHROPIC):
        with pytest.raises(NotAnAnswer):
            read_answer(target, payload)


@pytest.mark.parametrize("count", [-1, 1.5, "7", True, None, 10**12, [3]])
def test_counts_that_cannot_be_are_none(count: Any) -> None:
    answer = read_answer(OPENAI, openai(content="x", usage={"prompt_tokens": count, "completion_tokens": 5}))
    assert (answer.tokens_in, answer.tokens_out) == (None, 5)


NAMES = ["choices", "message", "content", "error", "usage", "type", "text", "code"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "error", "usage", "type", "text", "code"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(payload=JSON)
def test_any_json_is_an_answer_or_is_not(payload: Any) -> None:
    error_code(payload)
    is_refusal(payload)
    for target in (OPENAI, ANTHROPIC):
        try:
            assert read_answer(target, payload).output is not None
        except NotAnAnswer as error:
            assert str(error) in {"an error, or no object", "no choices[0].message", "no content", "broke off"}


def test_only_codes_of_errors_are_read() -> None:
    assert error_code({"error": {"code": "invalid_api_key", "message": "You sent sk-1"}}) == "invalid_api_key"
    assert error_code({"error": {"code": 400, "type": "Overloaded_Error"}}) == "overloaded_error"
    for payload in (None, {"error": "sk-1 is wrong"}, {"error": {"code": "You sent sk-1 which"}}, {"error": {}}):
        assert error_code(payload) == ""


def test_filters_decline_and_do_not_fail() -> None:
    assert is_refusal({"error": {"code": "content_filter"}})
    assert is_refusal({"error": {"code": 403, "metadata": {"flagged_input": "…"}}})
    assert is_refusal({"error": {"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}}})
    assert not is_refusal({"error": {"code": "invalid_request_error"}})
