"""OUTPUTS: the answers as one Parquet file, written whole from the journal. Its first five columns are what
`stillwatch provenance test` and `screen` read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.provenance.probing.files import naming, written_whole
from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.questions import Probe, ProbeSet
from stillwatch.provenance.probing.targets import Target

__all__ = ["OUTPUTS", "write_outputs"]

OUTPUTS = pa.schema(
    [
        pa.field("benchmark", pa.string(), nullable=False),  # name of the probe set
        pa.field("prompt_id", pa.string(), nullable=False),
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),  # name of the target
        pa.field("output", pa.string()),  # NULL where no answer came back, "" where it was empty
        pa.field("status", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string()),
        pa.field("error", pa.string()),
        pa.field("sample", pa.int32(), nullable=False),  # 0, 1, … of the same question
        pa.field("stratum", pa.string(), nullable=False),
        pa.field("half", pa.string(), nullable=False),
        pa.field("asked_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("latency", pa.float64(), nullable=False),  # seconds
        pa.field("tokens_in", pa.int64()),
        pa.field("tokens_out", pa.int64()),
        pa.field("sha256", pa.string()),  # of `output` in UTF-8
        pa.field("served_model", pa.string()),  # as the server reports it
        pa.field("system_fingerprint", pa.string()),
        pa.field("model_asked", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        pa.field("decoding", pa.string(), nullable=False),  # JSON: temperature, max_tokens, system, extra
    ]
)


def write_outputs(
    path: Path, probes: ProbeSet, targets: Sequence[Target], entries: Mapping[tuple[str, str, int], Entry]
) -> int:
    """Writes every entry that belongs to these targets and probes, in their order; returns how many."""
    by_id = {probe.prompt_id: (place, probe) for place, probe in enumerate(probes.probes)}
    by_name = {target.name: (place, target) for place, target in enumerate(targets)}
    kept = [entry for entry in entries.values() if entry.target in by_name and entry.prompt_id in by_id]
    kept.sort(key=lambda entry: (by_name[entry.target][0], by_id[entry.prompt_id][0], entry.sample))
    rows = _rows(probes.name, kept, by_id, by_name)
    note = {b"stillwatch.probes": probes.name.encode(), b"stillwatch.probes.sha256": probes.sha256.encode()}
    table = pa.Table.from_pylist(rows, schema=OUTPUTS).replace_schema_metadata(note)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as beside:
        pq.write_table(table, beside, compression="zstd")
    return len(rows)


def _rows(
    benchmark: str, entries: Iterable[Entry], by_id: Mapping[str, tuple[int, Probe]],
    by_name: Mapping[str, tuple[int, Target]],
) -> list[dict[str, Any]]:  # fmt: skip
    rows = []
    for entry in entries:
        probe, target = by_id[entry.prompt_id][1], by_name[entry.target][1]
        facts = msgspec.structs.asdict(entry)
        decoding = msgspec.structs.asdict(target.decoding) | ({"extra": target.extra} if target.extra else {})
        rows.append(
            facts
            | {
                "benchmark": benchmark,
                "prompt": probe.prompt,
                "model": target.name,
                "stratum": probe.stratum,
                "half": probe.half,
                "asked_at": datetime.fromisoformat(entry.asked_at),
                "model_asked": target.model,
                "address": target.url,
                "decoding": json.dumps(decoding, ensure_ascii=False, sort_keys=True),
            }
        )
    return rows
