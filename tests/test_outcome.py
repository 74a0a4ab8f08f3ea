"""What a scan leaves behind: whole or not at all, and read back as it was."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from stillwatch.errors import BadInput, BadSettings
from stillwatch.findings import Campaign, Cost, Group, Link, Member, Reason, Rival, Target
from stillwatch.outcome import (
    MEMBERS,
    Scan,
    Steps,
    members_table,
    prepare_folder,
    read_campaigns,
    read_facts,
    versions,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
EVIL = "\x1b[31m</script>\u202e\0\"'\ud7ff"


def campaign(name: str, **changes: Any) -> Campaign:
    given: dict[str, Any] = {
        "id": name,
        "status": "alert",
        "accounts": 2,
        "exchanges": 30,
        "tokens": None,
        "first_seen": START,
        "last_seen": START + timedelta(microseconds=1),
        "p_value": 1e-300,
        "q_value": 0.0,
        "harvest_log_lr": None,
        "kinds": ("reasoning",),
        "reasons": (Reason(code="SW101", name="n", weight=1.5, text=EVIL, examples=(EVIL,), family="content"),),
        "rivals": (Rival(name="reseller", verdict="unknown", against=("the log cannot tell",)),),
        "targets": (Target(skill="coding", share=1.0, exchanges=30),),
        "cost": Cost(tokens=None, dollars=None, exchanges_per_day=30.0),
        "links": (Link(channel="email", group="identity", value=EVIL, share=1.0, base=0.0, weight=2.0),),
        "daily": (("2026-03-02", 30),),
    }
    return Campaign(**(given | changes))


def group(name: str, *accounts: str) -> Group:
    members = tuple(Member(account_id=account, probability=0.9) for account in accounts)
    return Group(id=name, origin="toolkit", members=members, p_value=0.1, links=(), channel_groups=())


def make_scan(*campaigns: Campaign, **facts: Any) -> Scan:
    groups = {c.id: group(c.id, f"{c.id}-a", f"{c.id}-b") for c in campaigns}
    return Scan(campaigns, members_table(groups, campaigns), facts)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    scan = make_scan(campaign("C-1"), campaign("C-2", status="review", harvest_log_lr=-0.5), seed=7, inputs=["a"])
    scan.write(tmp_path)
    assert read_campaigns(tmp_path) == scan.campaigns
    assert read_facts(tmp_path) == {"seed": 7, "inputs": ["a"]}
    assert pq.read_table(tmp_path / "members.parquet").equals(scan.members)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campaigns.json", "members.parquet", "scan.json"]


def test_a_number_from_an_array_does_not_lose_the_scan(tmp_path: Path) -> None:
    make_scan(campaign("C-1", p_value=np.float64(0.25)), seed=np.int64(7)).write(tmp_path)
    assert read_campaigns(tmp_path)[0].p_value == 0.25 and read_facts(tmp_path) == {"seed": 7}
    with pytest.raises(TypeError, match="object has no place"):
        make_scan(seed=object()).write(tmp_path)


def test_unknown_is_null_and_not_zero_in_the_file(tmp_path: Path) -> None:
    make_scan(campaign("C-1")).write(tmp_path)
    (row,) = json.loads((tmp_path / "campaigns.json").read_text(encoding="utf-8"))
    assert row["tokens"] is None and row["harvest_log_lr"] is None and row["cost"]["dollars"] is None
    assert row["first_seen"].endswith("Z")
    assert b"\x1b" not in (tmp_path / "campaigns.json").read_bytes()


@given(text=st.text(max_size=40))
@bounds(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_of_a_log_survives_the_way(tmp_path: Path, text: str) -> None:
    scan = make_scan(campaign("C-1", verdict=text), seed=text)
    scan.write(tmp_path)
    assert read_campaigns(tmp_path)[0].verdict == text
    assert read_facts(tmp_path)["seed"] == text


def test_members_follow_the_campaigns_order_and_leave_other_groups_out() -> None:
    groups = {name: group(name, f"{name}1", f"{name}2") for name in ("A", "B", "C")}
    table = members_table(groups, (campaign("C"), campaign("A")))
    assert table.schema.equals(MEMBERS)
    assert table["account_id"].to_pylist() == ["C1", "C2", "A1", "A2"]
    assert table["campaign_id"].to_pylist() == ["C", "C", "A", "A"]


def test_no_campaign_is_an_empty_list_and_an_empty_table(tmp_path: Path) -> None:
    make_scan().write(tmp_path)
    assert json.loads((tmp_path / "campaigns.json").read_text()) == []
    table = pq.read_table(tmp_path / "members.parquet")
    assert (table.num_rows, table.schema.equals(MEMBERS)) == (0, True)
    assert read_campaigns(tmp_path) == ()


def test_a_file_that_cannot_be_replaced_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "members.parquet").mkdir()
    with pytest.raises(BadSettings, match=r"members\.parquet: cannot be written .*--out"):
        make_scan(campaign("C-1")).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_is_made_and_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    prepare_folder(tmp_path / "a" / "b")
    (tmp_path / "file").touch()
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadSettings, match=r"file.*--out"):
            prepare_folder(bad)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadSettings, match="cannot be written"):
        prepare_folder(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [b"", b"[", b'{"a": 1}', b'[{"id": "C-1"}]', b"\xff\xfe", b"null"],
    ids=["empty", "cut", "kind", "fields", "bytes", "null"],
)
def test_damaged_results_are_named_with_the_remedy(tmp_path: Path, damage: bytes) -> None:
    make_scan(campaign("C-1")).write(tmp_path)
    (tmp_path / "campaigns.json").write_bytes(damage)
    with pytest.raises(BadInput, match=r"campaigns\.json: cannot be read .*Run the scan again"):
        read_campaigns(tmp_path)
    (tmp_path / "scan.json").write_bytes(damage.replace(b"{", b"["))
    with pytest.raises(BadInput, match=r"scan\.json: cannot be read"):
        read_facts(tmp_path)


def test_a_folder_without_a_scan_is_named(tmp_path: Path) -> None:
    for read in (read_campaigns, read_facts):
        with pytest.raises(BadInput, match=r"not found.*scan --out"):
            read(tmp_path)


def test_steps_are_timed_in_order_and_told() -> None:
    told: list[tuple[str, float]] = []
    steps = Steps(lambda name, share: told.append((name, share)))
    with steps.step("read"):
        pass
    steps.rows(12)
    with steps.step("link") as tell:
        tell(0.5)
    assert told == [("read", 0.0), ("read", 1.0), ("link", 0.0), ("link", 0.5), ("link", 1.0)]
    assert [(step["name"], step["rows"]) for step in steps.done] == [("read", 12), ("link", None)]
    assert all(step["seconds"] >= 0 and step["peak_memory_mb"] > 0 for step in steps.done)


def test_a_step_that_fails_is_not_done() -> None:
    steps = Steps()
    with pytest.raises(ValueError, match="no"), steps.step("read"):
        raise ValueError("no")
    assert steps.done == []


def test_versions_name_what_a_result_depends_on() -> None:
    found = versions()
    assert {"python", "stillwatch", "duckdb", "numpy"} <= set(found)
    assert all(version[0].isdigit() for version in found.values())
