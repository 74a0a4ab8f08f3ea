from __future__ import annotations

import json
import shutil

from stillwatch.sources import plan
from stillwatch.sources.base import NoPeers
from stillwatch.sources.batch_files import ANTHROPIC_BATCH, OPENAI_BATCH


def test_results_out_of_order_meet_their_requests(samples, rows_of) -> None:
    rows, rejected = rows_of(samples / "openai-batch")
    assert {row["prompt"]: row.get("response") for row in rows if "essay 6" not in row["prompt"]} == {
        "Grade essay 3": "Grade for 3: 7", "Grade essay 1": "Grade for 1: 7", "Grade essay 2": "Grade for 2: 7",
        "Grade essay 4": None,
    }  # fmt: skip
    assert {row["temperature"] for row in rows if row["prompt"] == "Grade essay 2"} == {1.0}
    assert all(row["channel"] in ("batch", "reseller:north") and row["operation"] == "chat" for row in rows)
    failed = next(row for row in rows if row["prompt"] == "Grade essay 4")
    assert (failed["status"], failed["finish_reason"], failed["exchange_id"]) == (400, "invalid_value", "rid-4")
    assert [json.loads(item.raw)["custom_id"] for item in rejected] == ["req-5"]
    assert "output file" in rejected[0].reason


def test_no_request_is_told_twice_or_lost(samples, rows_of) -> None:
    for name, asked in (("openai-batch", 6), ("anthropic-batch", 5)):
        rows, rejected = rows_of(samples / name)
        assert len(rows) + len(rejected) == asked


def test_halves_in_different_folders_and_compressed_are_joined(samples, tmp_path, rows_of) -> None:
    import gzip

    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    packed = gzip.compress((samples / "openai-batch/input.jsonl").read_bytes())
    (tmp_path / "in/input.jsonl.gz").write_bytes(packed)
    shutil.copy(samples / "openai-batch/output.jsonl", tmp_path / "out/output.jsonl")
    rows, _ = rows_of(plan([tmp_path / "out", tmp_path / "in"]))
    assert sorted(row["prompt"][-1] for row in rows) == list("12346")


def test_an_output_alone_has_no_account_to_name(samples, rows_of) -> None:
    rows, rejected = rows_of(samples / "openai-batch/output.jsonl")
    assert not rows and {item.reason[:13] for item in rejected} == {"no account_id"}


def test_anthropic_results_by_kind(samples, rows_of) -> None:
    rows, rejected = rows_of(samples / "anthropic-batch")
    assert {row["exchange_id"]: row["finish_reason"] for row in rows if row["account_id"] == "acct-vera"}[
        "msg_b2"
    ] == "end_turn"
    assert "errored" in {row["finish_reason"] for row in rows}
    assert sorted(json.loads(item.raw)["custom_id"] for item in rejected) == ["b-3", "b-4"]


def test_an_id_in_two_batches_is_not_guessed(rows_of, write_lines) -> None:
    asked = {"custom_id": "1", "ts": 1772442964, "account_id": "a", "body": {"model": "m", "messages": []}}
    answered = {"custom_id": "1", "response": {"status_code": 200, "body": {"created": 1772442964, "choices": []}}}
    write_lines(asked, name="b/one.jsonl")
    write_lines({**asked, "account_id": "b"}, name="b/two.jsonl")
    folder = write_lines(answered, name="b/out.jsonl").parent
    rows, rejected = rows_of(folder)
    assert not rows
    assert len(rejected) == 3 and all("more than one request" in item.reason for item in rejected)


def test_a_request_with_a_time_stands_alone() -> None:
    record = {"custom_id": "1", "ts": 5, "account_id": "a", "params": {"model": "m", "messages": ["hello"]}}
    (row,) = ANTHROPIC_BATCH.rows(record, NoPeers())
    assert (row.prompt, row.channel) == ("hello", "batch")


def test_keys_name_what_can_be_joined() -> None:
    assert list(OPENAI_BATCH.keys({"custom_id": "1", "body": {}})) == ["asked:1"]
    assert list(OPENAI_BATCH.keys({"custom_id": "1", "response": None, "error": {}})) == ["answered:1"]
    assert list(OPENAI_BATCH.keys({"custom_id": ["1"], "body": {}})) == []
    assert list(ANTHROPIC_BATCH.keys({"custom_id": "1", "result": {}})) == ["answered:1"]
