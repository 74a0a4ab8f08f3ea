from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.console.drill import Drill, Hit, compare
from stillwatch.console.results import Results
from stillwatch.errors import BadInput, NothingToRead
from stillwatch.findings import Campaign

Make = Callable[..., Campaign]


def run(folder: Path, found: list[Campaign], members: dict[str, list[str]], truth: dict[str, str | None]) -> Drill:
    pairs = [(name, account) for name, accounts in members.items() for account in accounts]
    table = pa.table(
        {
            "campaign_id": pa.array([name for name, _ in pairs], pa.string()),
            "account_id": pa.array([account for _, account in pairs], pa.string()),
            "probability": pa.array([1.0] * len(pairs), pa.float64()),
        }
    )
    pq.write_table(table, folder / "members.parquet")
    accounts = {"account_id": pa.array(list(truth)), "campaign": pa.array(list(truth.values()), pa.string())}
    pq.write_table(pa.table(accounts), folder / "accounts.parquet")
    return compare(Results(folder, tuple(found), {}), folder)


def test_recall_and_precision_are_those_of_the_best_campaign(campaign: Make, tmp_path: Path) -> None:
    truth: dict[str, str | None] = {**{f"r{n}": "ring" for n in range(10)}, **{f"h{n}": None for n in range(90)}}
    members = {"A": [f"r{n}" for n in range(8)] + ["h1", "h2"], "B": ["r8", "h3"]}
    drill = run(tmp_path, [campaign(id="A"), campaign(id="B", status="review")], members, truth)
    assert drill.planted == (Hit("ring", 10, "A", "alert", 0.8, 0.8),)
    assert drill.false_alerts == ()


def test_an_alert_on_the_innocent_is_false_and_a_review_is_not(campaign: Make, tmp_path: Path) -> None:
    truth: dict[str, str | None] = {"r": "ring", "h1": None, "h2": None, "h3": None}
    members = {"A": ["r", "h1", "h2"], "B": ["h3"]}
    drill = run(tmp_path, [campaign(id="A"), campaign(id="B", status="review")], members, truth)
    assert drill.false_alerts == ("A",)


def test_what_is_not_found_is_said(campaign: Make, tmp_path: Path) -> None:
    drill = run(tmp_path, [], {}, {"r": "ring", "h": None})
    assert drill.planted == (Hit("ring", 1, "", "", 0.0, None),)


def test_a_world_without_campaigns_has_none_to_find(campaign: Make, tmp_path: Path) -> None:
    drill = run(tmp_path, [campaign(id="A")], {"A": ["h"]}, {"h": None})
    assert drill == Drill((), ("A",))


def test_missing_or_broken_truth_is_named(tmp_path: Path) -> None:
    results = Results(tmp_path, (), {})
    with pytest.raises(NothingToRead, match="beside the world"):
        compare(results, tmp_path)
    (tmp_path / "accounts.parquet").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"accounts\.parquet"):
        compare(results, tmp_path)
