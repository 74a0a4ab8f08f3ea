from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.findings import Campaign, Cost, Review
from stillwatch.provenance.watermark.keys.decisions import read_decisions
from stillwatch.provenance.watermark.keys.policy import Decision

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
EXPECTED = [
    Decision(account="007", cohort="C-1", marked_since=TEN),
    Decision(account="8", cohort="C-2", marked_since=TEN),
    Decision(account="a b", cohort="C-2"),
]


def test_csv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    table = tmp_path / "d.csv"
    table.write_text(
        "account,campaign,marked_since\n007,C-1,2026-11-20T10:00:00Z\n8,C-2,2026-11-20T11:00:00+01:00\na b,C-2,\n"
    )
    assert read_decisions(table) == EXPECTED
    lines = tmp_path / "d.jsonl"
    lines.write_text(
        '{"account_id":"007","campaign_id":"C-1","marked_since":"2026-11-20T10:00:00Z"}\n'
        '{"account_id":"8","campaign_id":"C-2","marked_since":"2026-11-20T10:00:00Z"}\n'
        '{"account_id":"a b","campaign_id":"C-2","marked_since":null}\n'
    )
    assert read_decisions(lines) == EXPECTED


def test_without_a_time_the_decision_always_held(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("account_id,cohort\nx,C\n")
    assert read_decisions(tmp_path / "d.csv") == [Decision(account="x", cohort="C")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("account,cohort\nx,C\n,C\n", "row 2: has no account"),
        ("account,cohort\nx,\n", "row 1: has no account or no"),
        ("account,cohort,marked_since\nx,C,soon\n", "row 1: marked_since is no time"),
        ("account\nx\n", "has no column"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(BadInput, match=why):
        read_decisions(tmp_path / "d.csv")


def campaign(name: str, status: str, verdict: str | None = None) -> Campaign:
    review = None if verdict is None else Review(verdict=verdict, reason="seen", by="me", at=TEN)  # type: ignore[arg-type]
    return Campaign(
        id=name, status=status, accounts=2, exchanges=2, tokens=None, first_seen=TEN, last_seen=TEN,  # type: ignore[arg-type]
        p_value=0.0, q_value=0.0, harvest_log_lr=None, kinds=(), reasons=(), rivals=(), targets=(),
        cost=Cost(tokens=None, dollars=None, exchanges_per_day=1.0), review=review,
    )  # fmt: skip


def test_of_a_scan_likely_members_of_alerts_as_reviewed(tmp_path: Path) -> None:
    found = [
        campaign("C-1", "alert"), campaign("C-2", "review"), campaign("C-3", "declared"),
        campaign("C-4", "alert", "dismiss"), campaign("C-5", "review", "confirm"),
    ]  # fmt: skip
    (tmp_path / "campaigns.json").write_bytes(msgspec.json.encode(found))
    rows = [("C-1", "sure", 0.99), ("C-1", "even", 0.5), ("C-1", "doubtful", 0.49)]
    rows += [(f"C-{i}", f"of {i}", 1.0) for i in range(2, 6)]
    columns = dict(zip(("campaign_id", "account_id", "probability"), map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "members.parquet")
    given = [(one.account, one.cohort) for one in read_decisions(tmp_path)]
    assert given == [("sure", "C-1"), ("even", "C-1"), ("of 5", "C-5")]


def test_a_folder_that_no_scan_wrote(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="stillwatch scan --out"):
        read_decisions(tmp_path)
    with pytest.raises(NothingToRead):
        read_decisions(tmp_path / "absent.csv")
