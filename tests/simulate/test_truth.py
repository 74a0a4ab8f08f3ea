from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from stillwatch.simulate import World
from stillwatch.simulate.truth import truth_path

Ask = Callable[[str], list[tuple[object, ...]]]


def test_truth_lies_beside_the_world() -> None:
    assert truth_path(Path("/a/b/world")) == Path("/a/b/world-truth")


def test_truth_names_every_account_once(world: World, ask: Ask) -> None:
    assert pq.read_schema(world.truth_path / "accounts.parquet").names == ["account_id", "role", "campaign"]
    assert ask("SELECT count(*), count(DISTINCT account_id), count(campaign) FROM truth") == [
        (world.accounts, world.accounts, 60)
    ]
    assert ask("SELECT count(*) FROM truth WHERE (role = 'campaign') <> (campaign IS NOT NULL)") == [(0,)]


def test_the_campaign_file_agrees_with_the_log(world: World, ask: Ask) -> None:
    (written,) = json.loads((world.truth_path / "campaigns.json").read_text(encoding="utf-8"))
    ((count, first, last),) = ask(
        "SELECT count(*), epoch_us(min(ts)), epoch_us(max(ts)) FROM exchanges JOIN truth USING (account_id) "
        "WHERE campaign = 'hydra-1'"
    )
    assert written["id"] == "hydra-1"
    assert written["scenario"] == "hydra"
    assert written["kinds"] == ["coding", "reasoning"]
    assert (written["accounts"], written["exchanges"]) == (60, count)
    for name, instant in (("first", first), ("last", last)):
        assert abs(datetime.fromisoformat(written[name]).timestamp() * 1e6 - int(str(instant))) < 2
    assert world.campaigns[0].exchanges == count
