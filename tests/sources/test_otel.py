from __future__ import annotations

import json
import shutil

import pytest

from stillwatch.sources import plan


@pytest.fixture
def found(samples, rows_of):
    rows, rejected = rows_of(samples / "otel")
    return {row["account_id"]: row for row in rows}, rejected


def test_the_newer_generation(found) -> None:
    row = found[0]["acct-otel"]
    assert (row["system_prompt"], row["prompt"], row["response"]) == ("Be brief.", "Weather in Paris?", "Rainy, 57°F.")
    assert (row["reasoning"], row["finish_reason"], row["tools"]) == ("Rain.", "stop", ["get_weather"])
    assert (row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == (15, 25, 5)
    assert (row["temperature"], row["max_tokens"], row["seed"], row["n"]) == (pytest.approx(0.3), 900, 11, 1)
    assert (row["ip"], row["user_agent"], row["status"]) == ("198.51.100.77", "openai-go/1.0", 200)  # of the HTTP span
    assert (row["latency_ms"], row["session_id"], row["stream"]) == (1500, "conv-5", True)
    assert [m["role"] for m in json.loads(row["messages"])] == ["system", "user", "assistant", "tool"]


def test_structured_values_and_embeddings(found) -> None:
    row = found[0]["acct-otel2"]
    assert (row["prompt"], row["response"], row["finish_reason"], row["status"]) == (
        "Structured?\n[blob]",
        "Yes.",
        "length",
        503,
    )
    assert found[0]["acct-res"]["operation"] == "embedding"


def test_the_older_generation_is_joined_over_files(found) -> None:
    row = found[0]["acct-loop"]
    assert (row["system_prompt"], row["prompt"], row["response"]) == ("Sys", "Indexed", "Out")
    assert found[0]["acct-logs"]["response"] == "Still told"
    assert found[0]["acct-details"]["prompt"] == "Details?"
    assert found[0]["acct-pretty"]["prompt"] == "Pretty"


def test_events_of_a_span_in_another_file(samples, rows_of) -> None:
    rows, _ = rows_of(samples / "otel")
    old = [row for row in rows if row["account_id"] == "acct-old"]
    assert [(row["prompt"], row["response"]) for row in old] == [
        ("Old question", '[tool_call find] {"q":1}'), ("From a span event", "Seen"),
    ]  # fmt: skip
    assert (old[0]["input_tokens"], old[0]["output_tokens"], old[0]["seed"]) == (52, 47, 9)


def test_a_span_and_its_events_are_one_exchange_wherever_they_stand(samples, tmp_path, rows_of) -> None:
    together = tmp_path / "together.jsonl"
    names = ("logs-1.36.jsonl", "spans-1.36.jsonl")
    together.write_text("".join((samples / "otel" / name).read_text() for name in names))
    one, _ = rows_of(together)
    two, _ = rows_of(*(samples / "otel" / name for name in names))
    small, _ = rows_of(plan([together], chunk_bytes=700))
    key = lambda row: row["exchange_id"]  # noqa: E731
    assert sorted(one, key=key) == sorted(two, key=key) == sorted(small, key=key)
    assert len({key(row) for row in one}) == len(one)


def test_logs_without_their_spans_are_exchanges_of_their_own(samples, tmp_path, rows_of) -> None:
    shutil.copy(samples / "otel/logs-1.36.jsonl", tmp_path / "logs.jsonl")
    rows, rejected = rows_of(tmp_path / "logs.jsonl")
    assert {row["account_id"] for row in rows} == {"acct-logs", "acct-details"}
    assert len(rejected) == 2  # the orphan, and the group whose account only its span names


def test_other_telemetry_and_rows_without_account_are_rejected(found) -> None:
    reasons = sorted(item.reason.split(":")[0] for item in found[1])
    assert reasons == ["a message event without trace and span ids", "holds no GenAI span or event", "no account_id"]


def test_agents_and_tools_are_not_counted_twice(samples, rows_of) -> None:
    rows, _ = rows_of(samples / "otel/spans-1.37.jsonl")
    assert len(rows) == 3


def test_an_error_without_a_status_says_so(found) -> None:
    row = found[0]["acct-who"]
    assert row["finish_reason"] == "error" and "status" not in row
    assert (row["org_id"], row["end_user_id"], row["key_id"], row["country"]) == (
        "org-who",
        "eu-who",
        "0123456789abcdef",
        "FR",
    )
