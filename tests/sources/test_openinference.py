from __future__ import annotations

import json

import pytest


@pytest.fixture
def found(samples, rows_of):
    rows, rejected = rows_of(samples / "openinference")
    return rows, rejected


def test_invocation_parameters_keep_log_probabilities(found) -> None:
    row = found[0][1]
    assert (row["logprobs"], row["top_logprobs"], row["logit_bias"], row["seed"]) == (True, 8, [7], 5)
    assert (row["system_prompt"], row["prompt"]) == ("OI system", "Look here\n[image]")
    assert row["response"] == 'Looked.\n[tool_call zoom] {"x":3}' and row["tools"] == ["zoom"]
    assert (row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == (30, 12, 6)
    assert (row["account_id"], row["session_id"], row["max_tokens"]) == ("acct-oi", "oi-s", 77)


def test_whole_bodies_and_the_http_span_fill_the_rest(found) -> None:
    row = found[0][0]
    assert (row["end_user_id"], row["reasoning"], row["finish_reason"]) == ("eu-oi", "Thought.", "stop")
    assert (row["ip"], row["country"], row["status"], row["org_id"]) == ("198.51.100.3", "IT", 200, "org-oi")
    assert "sk-live" not in row["key_id"]


def test_embeddings_and_nested_attributes(found) -> None:
    embedding, nested = found[0][2:]
    assert (embedding["operation"], embedding["model"], embedding["prompt"]) == ("embedding", "embed-1", "vector me")
    assert (nested["account_id"], nested["prompt"], nested["response"]) == ("acct-phoenix", "Nested attributes", "Fine")
    assert (nested["latency_ms"], nested["input_tokens"]) == (999, 2)


def test_chains_are_other_telemetry(found) -> None:
    (rejected,) = found[1]
    assert "CHAIN" in json.dumps(json.loads(rejected.raw)) and "other telemetry" in rejected.reason
