from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.outputs import OUTPUTS, write_outputs
from stillwatch.provenance.probing.questions import ProbeSet
from stillwatch.provenance.probing.targets import Decoding, parse_target

TARGETS = [
    parse_target("b=https://h.example#m", decoding=Decoding(temperature=0.5, system="S")),
    parse_target("a=https://h.example#n"),
]
FACTS = {"asked_at": "2026-05-01T12:00:00+00:00", "latency": 0.5}


def test_rows_stand_in_order_with_the_five_columns_of_the_contract(tmp_path: Path, probes: ProbeSet) -> None:
    entries = [
        Entry(target="a", prompt_id="p0", sample=0, status="answered", output="one\x00\n", sha256="h", **FACTS),
        Entry(target="b", prompt_id="r", sample=1, status="truncated", output="cut", **FACTS),
        Entry(target="b", prompt_id="r", sample=0, status="refused", output="", **FACTS),
        Entry(target="b", prompt_id="p1", sample=0, status="error", output=None, error="timeout", **FACTS),
        Entry(target="gone", prompt_id="p1", sample=0, status="answered", output="x", **FACTS),
        Entry(target="a", prompt_id="gone", sample=0, status="answered", output="x", **FACTS),
    ]
    out = tmp_path / "new" / "out.parquet"
    assert write_outputs(out, probes, TARGETS, {entry.key: entry for entry in entries}) == 4
    table = pq.read_table(out)
    assert table.schema.names[:5] == ["benchmark", "prompt_id", "prompt", "model", "output"]
    assert table.schema.equals(OUTPUTS)
    rows = table.to_pylist()
    assert [(row["model"], row["prompt_id"], row["sample"]) for row in rows] == [
        ("b", "p1", 0), ("b", "r", 0), ("b", "r", 1), ("a", "p0", 0)
    ]  # fmt: skip
    assert [(row["status"], row["output"], row["error"]) for row in rows[:2]] == [
        ("error", None, "timeout"), ("refused", "", None)
    ]  # fmt: skip
    assert {row["benchmark"] for row in rows} == {"six"}
    assert rows[3]["output"] == "one\x00\n"
    assert rows[0]["asked_at"] == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert json.loads(rows[0]["decoding"]) == {"temperature": 0.5, "max_tokens": 1024, "system": "S"}
    assert table.schema.metadata[b"stillwatch.probes.sha256"] == probes.sha256.encode()
    assert [path.name for path in out.parent.iterdir()] == ["out.parquet"]


def test_no_answer_at_all_is_an_empty_table(tmp_path: Path, probes: ProbeSet) -> None:
    out = tmp_path / "out.parquet"
    assert write_outputs(out, probes, TARGETS, {}) == 0
    assert pq.read_table(out).schema.names == OUTPUTS.names
