from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.sources.base import NoPeers
from stillwatch.sources.exchange import Refusal
from stillwatch.sources.litellm import LITELLM, LITELLM_SPENDLOGS

HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"


def test_payloads_keep_the_parameters_that_other_logs_lose(samples, rows_of) -> None:
    (row, failed, redacted), rejected = rows_of(samples / "litellm")
    assert not rejected
    assert (row["logprobs"], row["top_logprobs"], row["logit_bias"], row["seed"]) == (True, 20, [5], 3)
    assert (row["account_id"], row["org_id"], row["key_id"], row["end_user_id"]) == ("lite-user", "org-9", HASH, "eu-1")
    assert (row["latency_ms"], row["status"], row["model"], row["reasoning_tokens"]) == (1750, 200, "fast", 4)
    assert (failed["status"], failed["account_id"], failed["input_tokens"]) == (429, "team-4", 0)
    assert redacted["account_id"] == HASH
    assert not {"prompt", "messages", "response", "system_prompt"} & set(redacted)


def test_spend_logs_with_and_without_bodies(samples, rows_of) -> None:
    (bare, full, failed), rejected = rows_of(samples / "litellm-spendlogs")
    assert not rejected
    assert "prompt" not in bare and "response" not in bare and bare["reasoning_tokens"] == 2
    assert (full["prompt"], full["response"], full["top_logprobs"], full["end_user_id"]) == (
        "Translate: Haus",
        "house",
        3,
        "eu-2",
    )
    assert "sk-raw" not in failed["key_id"] and failed["account_id"] == failed["key_id"]
    assert "status" not in failed and failed["finish_reason"] == "error"


def test_a_dump_as_parquet_reads_the_same(samples, tmp_path, rows_of) -> None:
    import json

    records = [json.loads(line) for line in (samples / "litellm-spendlogs/spendlogs.jsonl").read_text().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "dump.parquet")
    rows, rejected = rows_of(tmp_path / "dump.parquet")
    expected, _ = rows_of(samples / "litellm-spendlogs")
    assert rows == expected and not rejected


@pytest.mark.parametrize("source", [LITELLM, LITELLM_SPENDLOGS], ids=lambda source: source.name)
def test_other_rows_are_refused(source) -> None:
    (row,) = source.rows({"model": "m"}, NoPeers())
    assert isinstance(row, Refusal)
