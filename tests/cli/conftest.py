"""A stand-in for the pipeline, and a way to run a command and learn its exit status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import cli, pipeline
from stillwatch.findings import Campaign, Cost, Reason

EVIL = "\x1b[31m[bold]evil[/bold]\u202e"


def make_campaign() -> Campaign:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return Campaign(
        id="C-1",
        status="alert",
        accounts=3,
        exchanges=30,
        tokens=None,
        first_seen=moment,
        last_seen=moment,
        p_value=1e-9,
        q_value=1e-8,
        harvest_log_lr=5.0,
        kinds=("reasoning",),
        reasons=(Reason(code="S1", name="asks", weight=5.0, text=EVIL),),
        rivals=(),
        targets=(),
        cost=Cost(tokens=None, dollars=None, exchanges_per_day=30.0),
        verdict="verdict " + EVIL,
    )


@dataclass(frozen=True)
class FakeScan:
    campaigns: tuple[Campaign, ...]
    facts: dict[str, Any]


@pytest.fixture
def fake_scan(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for the pipeline: remembers what it was called with and leaves a finished scan."""
    seen: dict[str, Any] = {}

    def scan(inputs: list[Path], out: Path, **options: Any) -> FakeScan:
        seen.update(options, inputs=inputs, out=out)
        out.mkdir(parents=True, exist_ok=True)
        facts: dict[str, Any] = {"coverage": [{"column": EVIL, "share": 1.0}], "seconds": 1.0, "inputs": []}
        (out / "campaigns.json").write_bytes(msgspec.json.encode([make_campaign()]))
        (out / "scan.json").write_bytes(msgspec.json.encode(facts))
        members = {"campaign_id": ["C-1"], "account_id": ["acct-7"], "probability": [0.75]}
        pq.write_table(pa.table(members), out / "members.parquet")
        return FakeScan((make_campaign(),), facts)

    monkeypatch.setattr(pipeline, "scan", scan)
    return seen


@pytest.fixture
def evil() -> str:
    """What a hostile log would like to print."""
    return EVIL


@pytest.fixture
def run() -> Callable[..., int]:
    """`run(*arguments)` runs the command and returns its exit status."""

    def leave(*arguments: object) -> int:
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        return int(left.value.code or 0)

    return leave
