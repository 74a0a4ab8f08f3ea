from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.cli.worlds import DEMO_MARK

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_demo_never_clears_a_folder_that_is_not_its_own(tmp_path: Path, capsys: Capture, run: Run) -> None:
    (tmp_path / "thesis.txt").touch()
    assert run("demo", tmp_path) == 2
    assert (tmp_path / "thesis.txt").exists()
    assert "not an earlier demo" in capsys.readouterr().err


@pytest.mark.acceptance
def test_the_demo_finds_what_was_planted(tmp_path: Path, capsys: Capture, run: Run) -> None:
    old = tmp_path / "demo" / "world" / "of-an-earlier-demo"
    old.mkdir(parents=True)
    (tmp_path / "demo" / DEMO_MARK).touch()
    assert run("demo", tmp_path / "demo", "--json") == 0
    assert not old.exists()
    document = json.loads(capsys.readouterr().out)
    (hit,) = document["drill"]["planted"]
    assert hit["recall"] > 0.8
    assert hit["precision"] > 0.8
    assert document["drill"]["false_alerts"] == []
    assert Path(document["report"]).is_file()
    account = pq.read_table(tmp_path / "demo" / "scan" / "members.parquet")["account_id"][0].as_py()
    assert run("explain", tmp_path / "demo" / "scan", account) == 0
    assert "belongs to" in capsys.readouterr().out
    assert run("explain", tmp_path / "demo" / "scan", "nobody") == 0
    assert "did not see it" in capsys.readouterr().out


def test_simulate_writes_a_world_beside_its_truth(tmp_path: Path, capsys: Capture, run: Run) -> None:
    world = tmp_path / "world"
    assert run("simulate", world, "--scenario", "none", "--accounts", "500", "--days", "1", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["campaigns"] == []
    assert (world / "accounts.parquet").is_file()
    assert Path(facts["truth"]).is_dir()
    assert run("simulate", world, "--scenario", "none", "--accounts", "500", "--days", "1") == 2
