from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.bench.truth import Truth, linked, read_truth, score
from stillwatch.findings import Campaign, Cost, Group, Member
from stillwatch.outcome import MEMBERS

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _campaign(name: str, status: str = "alert") -> Campaign:
    return Campaign(
        id=name, status=status, accounts=1, exchanges=1, tokens=None, first_seen=NOW, last_seen=NOW, p_value=1e-9,  # type: ignore[arg-type]
        q_value=1e-9, harvest_log_lr=5.0, kinds=("coding",), reasons=(), rivals=(), targets=(),
        cost=Cost(tokens=None, dollars=None, exchanges_per_day=1.0),
    )  # fmt: skip


def _members(named: dict[str, list[str]]) -> pa.Table:
    rows = [(group, account, 0.9) for group, accounts in named.items() for account in accounts]
    return pa.table([pa.array(column) for column in zip(*rows, strict=True)], schema=MEMBERS)


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    accounts = [
        {"account_id": f"r{n}", "role": "campaign", "campaign": "ring-1", "poisoned_by": None} for n in range(10)
    ]
    accounts += [{"account_id": f"h{n}", "role": "household", "campaign": None, "poisoned_by": None} for n in range(9)]
    accounts += [{"account_id": "h9", "role": "household", "campaign": None, "poisoned_by": "ring-1"}]
    accounts += [{"account_id": "shop", "role": "reseller-mixture", "campaign": "guests-1", "poisoned_by": None}]
    users = [
        {"account_id": "shop", "end_user_id": f"e{n}", "campaign": "guests-1" if n < 2 else None} for n in range(8)
    ]
    pq.write_table(pa.Table.from_pylist(accounts), tmp_path / "accounts.parquet")
    pq.write_table(pa.Table.from_pylist(users), tmp_path / "end_users.parquet")
    return read_truth(tmp_path)


def test_pieces_of_a_campaign_are_judged_together(truth: Truth) -> None:
    named = {"a": ["r0", "r1", "r2", "h9"], "b": ["r3", "r4", "r5", "r6"], "c": ["r7", "h0", "h1"]}
    found = score([_campaign(name) for name in named], _members(named), truth)
    ring = next(row for row in found["campaigns"] if row["campaign"] == "ring-1")
    assert (ring["alerts"], ring["found"], ring["poisoned_named"]) == (2, True, 1)
    assert ring["precision"] == pytest.approx(7 / 8)
    assert ring["recall"] == pytest.approx(0.7)
    assert found["false_alerts"] == [{"mostly": "household", "members": 3, "harvest_log_lr": 5.0, "p_value": 1e-9}]


def test_a_review_is_no_alert(truth: Truth) -> None:
    named = {"a": ["r0", "r1", "r2"]}
    (guests, ring) = score([_campaign("a", "review")], _members(named), truth)["campaigns"]
    assert (ring["alerts"], ring["reviews"], ring["found"], ring["precision"], ring["recall"]) == (
        0,
        1,
        False,
        None,
        0.0,
    )
    assert guests["campaign"] == "guests-1"


def test_a_whole_carrier_names_all_its_customers(truth: Truth) -> None:
    whole = score([_campaign("a")], _members({"a": ["shop"]}), truth)
    assert len(whole["false_alerts"]) == 1
    assert whole["campaigns"][0]["alerts"] == 0
    part = score([_campaign("a")], _members({"a": ["shop/e0", "shop/e1"]}), truth)
    assert (part["campaigns"][0]["precision"], part["campaigns"][0]["recall"]) == (1.0, 1.0)
    assert part["false_alerts"] == []


def test_what_is_linked_is_told_whatever_was_decided(truth: Truth) -> None:
    def group(*accounts: str) -> Group:
        members = tuple(Member(account_id=account, probability=1.0) for account in accounts)
        return Group(id="g", origin="toolkit", members=members, p_value=1e-9, links=(), channel_groups=())

    found = linked([group("r0", "r1", "h0"), group("r2"), group("shop")], truth)
    assert found["ring-1"] == {"precision": pytest.approx(2 / 3), "recall": pytest.approx(0.2)}
    assert found["guests-1"] == {"precision": pytest.approx(0.25), "recall": 1.0}
    assert linked([], truth)["ring-1"] == {"precision": 0.0, "recall": 0.0}


def test_who_has_not_sent_yet_cannot_be_asked_for(truth: Truth) -> None:
    named = {"a": ["r0", "r1"]}
    found = score([_campaign("a")], _members(named), truth, seen={"r0", "r1", "r2", "h0"})
    assert found["campaigns"][1]["recall"] == pytest.approx(2 / 3)


def test_what_is_listed_is_counted_by_its_commonest_role(truth: Truth) -> None:
    named = {"a": ["h0", "r0"], "b": ["h1", "h2"], "c": ["nobody"]}
    found = score([_campaign("a"), _campaign("b", "review"), _campaign("c", "declared")], _members(named), truth)
    assert found["listed"] == [
        {"status": "alert", "mostly": "campaign", "groups": 1},
        {"status": "declared", "mostly": "unknown", "groups": 1},
        {"status": "review", "mostly": "household", "groups": 1},
    ]
