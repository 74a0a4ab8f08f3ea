"""The account that a scan gives of itself agrees with the log, by hand and on a world."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.account import describe
from stillwatch.campaigns import CutOffs
from stillwatch.commits import Coverage, Fault
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.lake import Lake
from stillwatch.links import CHANNELS, Linking
from stillwatch.outcome import read_campaigns, read_facts
from stillwatch.schema import LAKE
from stillwatch.signals import SIGNALS, Calibration

Make = Callable[..., Any]
START = datetime(2026, 3, 2, tzinfo=UTC)
CUTS = CutOffs(allowed=0.25, log_p=-4.0, log_lr=3.0, log_lr_kernel=5.0)


def nothing(**changes: Any) -> Linking:
    given: dict[str, Any] = {
        "groups": (),
        "keys": {},
        "tested_log_p": np.empty(0),
        "decoy_log_p": np.empty(0),
        "traits": {},
        "linked_share": 0.5,
        "accounts": 3,
        "without_behaviour": 0,
    }
    return Linking(**(given | changes))


def covered(rows: int, **changes: Any) -> Coverage:
    given: dict[str, Any] = {
        "rows": rows,
        "chunks": 1,
        "duplicates": 2,
        "columns": {"prompt_hash": 0.5},
        "quarantined": 4,
        "faults": (Fault(reason="no timestamp", rows=4, example="a.jsonl, byte 7"),),
        "first": START,
        "last": START + timedelta(days=2),
        "days_held": 3,
    }
    return Coverage(**(given | changes))


def test_a_small_log_is_told_by_hand(lake: Make, ask: Make, person: Make) -> None:
    engine = lake(
        [ask(1, 0, prompt_hash=1), ask(2, 1)],
        [person(1), person(9)],  # 9 is known and made no exchange
        [{"model": "new", "released_at": START}, {"model": "undated"}],
    )
    found = nothing(
        tested_log_p=np.array([-9.0, -1.0]),
        decoy_log_p=np.array([-5.0, -0.5]),
        traits={"stack": 7},
        without_behaviour=1,
    )
    facts = describe(engine, [Path("log.jsonl")], Settings(seed=9), covered(2), found, Calibration(), [], CUTS)
    assert facts["read"] == {
        "exchanges": 2,
        "duplicates": 2,
        "accounts": 3,
        "accounts_known": 1,
        "first": START,
        "last": START + timedelta(days=2),
        "days": 2.0,
        "days_held": 3,
    }
    assert facts["quarantined"]["reasons"] == [{"reason": "no timestamp", "rows": 4, "example": "a.jsonl, byte 7"}]
    assert facts["seed"] == 9 and facts["inputs"] == ["log.jsonl"]
    assert facts["calibration"] == {
        "tested": 2,
        "decoys": 2,
        "decoys_beyond_cut": 1,
        "smallest_decoy_log_p": -5.0,
        "linked_share": 0.5,
        "honest_tenants": 0,
        "temper": 1.0,
        "reliability": [],
    }
    assert facts["budget"]["p_cut"] == pytest.approx(math.exp(-4.0))
    assert [row["model"] for row in facts["releases"]] == ["new"]
    assert {row["channel"]: row["traits"] for row in facts["links"]} == {
        c.name: 7 * (c.name == "stack") for c in CHANNELS
    }
    assert facts["groups"]["without_behaviour"] == 1


def test_what_a_log_lacks_is_said_for_every_signal(lake: Make, ask: Make) -> None:
    row = ask(1, 0)
    carried = {name for name, value in row.items() if value is not None}
    facts = describe(lake([row]), [], Settings(), covered(1, columns={}), nothing(), Calibration(), [], CUTS)
    assert [told["code"] for told in facts["signals"]] == [signal.code for signal in SIGNALS]
    for told, signal in zip(facts["signals"], SIGNALS, strict=True):
        assert set(told["missing"]) == set(signal.needs) - carried
        assert told["judges"] == (not told["missing"])
    assert sum(not told["judges"] for told in facts["signals"]) > len(SIGNALS) / 2
    assert {told["share"] for told in facts["coverage"]} == {0.0}


def test_an_empty_log_has_no_days_and_no_decoy(lake: Make) -> None:
    empty = covered(0, columns={}, first=None, last=None, quarantined=0, faults=(), duplicates=0)
    facts = describe(lake([]), [], Settings(), empty, nothing(accounts=0), Calibration(), [], CUTS)
    assert facts["read"]["days"] is None and facts["budget"]["days"] is None
    assert facts["calibration"]["smallest_decoy_log_p"] is None
    assert facts["read"]["accounts_known"] == 0


def test_shares_are_those_of_the_lake(ring_scan: Path, ring_lake: Path) -> None:
    facts = read_facts(ring_scan)
    assert [row["column"] for row in facts["coverage"]] == list(LAKE.names)
    told = {row["column"]: row["share"] for row in facts["coverage"]}
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        Lake.open(ring_lake).register(engine)
        counts = ", ".join(f"CAST(count({name}) AS BIGINT) AS {name}" for name in LAKE.names)
        (filled,) = engine.fetch(f"SELECT CAST(count(*) AS BIGINT) AS every_row, {counts} FROM exchanges").to_pylist()
    rows = filled.pop("every_row")
    assert facts["read"]["exchanges"] == rows
    assert told == {name: pytest.approx(count / rows, abs=1e-6) for name, count in filled.items()}
    assert 0 < told["org_id"] < 1


def test_groups_add_up(ring_scan: Path) -> None:
    facts, campaigns = read_facts(ring_scan), read_campaigns(ring_scan)
    groups = facts["groups"]
    statuses = Counter(campaign.status for campaign in campaigns)
    assert {name: groups[name] for name in ("alert", "review", "declared")} == dict(statuses)
    assert groups["candidates"] == len(campaigns) + groups["quiet"]
    assert facts["calibration"]["tested"] >= sum(campaign.origin == "toolkit" for campaign in campaigns)


def test_no_secret_is_told(ring_scan: Path, settings: Settings) -> None:
    assert settings.hash_key_file is not None
    secret = settings.hash_key_file.read_text()
    for path in ring_scan.iterdir():
        assert secret.encode() not in path.read_bytes()
    told = json.loads((ring_scan / "scan.json").read_text())
    assert told["settings"]["hash_key_file"] == str(settings.hash_key_file)
