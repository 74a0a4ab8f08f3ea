from __future__ import annotations

import json

import pytest

from stillwatch.sources.exchange import Exchange
from stillwatch.sources.openai import OPENAI, OPENAI_FILLS, fill_openai, is_openai


@pytest.fixture
def rows(samples, rows_of):
    found, _ = rows_of(samples / "openai" / "enveloped.jsonl")
    return found


def test_chat_with_parameters_picture_and_key(rows) -> None:
    row = rows[0]
    assert row["prompt"] == "What is on this picture?\n[image]" and row["turns"] == 2
    assert row["system_prompt"] == "Answer in one line."
    assert (row["logprobs"], row["top_logprobs"], row["logit_bias"], row["n"], row["seed"]) == (True, 5, [1734], 1, 42)
    assert (row["max_tokens"], row["response_format"], row["tools"]) == (256, "json_object", ["get_weather"])
    assert (row["account_id"], row["end_user_id"], row["ip"]) == ("acct-ines", "end-user-31", "198.51.100.23")
    assert row["key_id"] == rows[1]["key_id"] and "sk-" not in row["key_id"]
    assert row["ts"].isoformat() == "2026-03-02T09:16:09.500000+00:00"  # the envelope's, not the body's `created`


def test_tool_calls_are_part_of_messages_and_answer(rows) -> None:
    assert rows[1]["response"] == '[tool_call get_weather] {"city":"Graz"}'
    assert [m["role"] for m in json.loads(rows[1]["messages"])] == ["user", "assistant", "tool"]


def test_an_error_is_an_exchange_without_an_answer(rows) -> None:
    assert rows[2]["status"] == 400 and "response" not in rows[2]


def test_the_responses_api(rows) -> None:
    row = rows[3]
    assert (row["system_prompt"], row["prompt"], row["reasoning"]) == (
        "Be exact.",
        "Prove it step by step.",
        "Used induction.",
    )
    assert row["response"] == '[tool_call calc] {"x":2}\n\nQ.E.D.'
    assert (row["max_tokens"], row["logprobs"], row["response_format"]) == (2000, True, "json_schema")
    assert (row["reasoning_tokens"], row["session_id"], row["finish_reason"]) == (830, "conv-9", "completed")


def test_all_choices_are_kept_and_old_endpoints_read(rows) -> None:
    assert rows[4]["response"] == "One.\n\nTwo." and rows[4]["reasoning"] == "think"
    assert (rows[5]["operation"], rows[5]["logprobs"], rows[5]["top_logprobs"]) == ("completion", True, 5)
    assert rows[5]["response"] == " a time"
    assert (rows[6]["operation"], rows[6]["prompt"]) == ("embedding", "first text\nsecond text")


def test_bare_bodies_need_an_identifier_of_their_own(samples, rows_of) -> None:
    found, rejected = rows_of(samples / "openai" / "bare.jsonl")
    assert [row["account_id"] for row in found] == ["acct-ines", "si-78"]
    assert found[1]["finish_reason"] == "max_output_tokens" and "status" not in found[1]
    assert [item.reason.split(":")[0] for item in rejected] == ["no account_id"]


def test_rows_of_another_api_are_rejected_not_guessed(samples, rows_of, write_lines) -> None:
    chat = (samples / "openai" / "enveloped.jsonl").read_text().splitlines()
    other = (samples / "anthropic" / "enveloped.jsonl").read_text().splitlines()[:1]
    found, rejected = rows_of(write_lines(*chat, *other, {"level": "info"}))
    assert len(found) == len(chat)
    assert [item.reason for item in rejected] == ["holds no body of OpenAI's API, as the rows before it did"] * 2


def test_bodies_are_told_apart() -> None:
    assert is_openai({"model": "m", "messages": []}, {})
    assert is_openai({}, {"choices": []})
    assert not is_openai({"model": "m", "messages": []}, {"type": "message"})
    assert not is_openai({"messages": "x"}, {})
    assert not OPENAI.sniff({"custom_id": "1", "body": {"model": "m", "messages": []}})


def test_token_prompts_are_no_text() -> None:
    row = Exchange()
    fill_openai(row, {"model": "m", "prompt": [1, 2, 3]}, {})
    assert row.operation == "completion"
    assert {name for name in Exchange.__struct_fields__ if getattr(row, name) is not None} <= OPENAI_FILLS
