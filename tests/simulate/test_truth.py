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
    columns = ["account_id", "role", "campaign", "cell", "poisoned_by"]
    assert pq.read_schema(world.truth_path / "accounts.parquet").names == columns
    assert ask("SELECT count(*), count(DISTINCT account_id), count(campaign) FROM truth") == [
        (world.accounts, world.accounts, 60)
    ]
    assert ask("SELECT count(*) FROM truth WHERE (role = 'campaign') <> (campaign IS NOT NULL)") == [(0,)]


def test_what_is_hidden_is_told(hiding: World, ask_hiding: Ask) -> None:
    told = {campaign.id: campaign for campaign in hiding.campaigns}
    assert told["reseller-1"].end_users == 12
    assert told["cells-1"].cells == 8
    assert ask_hiding("SELECT count(DISTINCT cell) FROM truth WHERE campaign = 'cells-1'") == [(8,)]
    assert ask_hiding(
        "SELECT poisoned_by, count(*), count(campaign) FROM truth WHERE poisoned_by IS NOT NULL GROUP BY 1"
    ) == [("poison-1", 120, 0)]
    for name in ("cover-1", "reseller-1"):
        ((sent,),) = ask_hiding(
            f"SELECT count(*) FROM exchanges JOIN truth USING (account_id) WHERE campaign = '{name}'"
        )
        assert told[name].exchanges + told[name].cover == sent
    assert told["replay-1"].cover == 0


def test_each_end_user_of_a_carrier_is_told(hiding: World, ask_hiding: Ask) -> None:
    assert ask_hiding("SELECT campaign, count(DISTINCT end_user_id) FROM end_users GROUP BY 1 ORDER BY 1") == [
        ("reseller-1", 12), (None, 240)
    ]  # fmt: skip
    ((harvest,),) = ask_hiding(
        "SELECT count(*) FROM exchanges JOIN end_users USING (account_id, end_user_id) WHERE campaign = 'reseller-1'"
    )
    assert harvest == next(campaign.exchanges for campaign in hiding.campaigns if campaign.id == "reseller-1")
    assert ask_hiding(
        "SELECT count(*) FROM exchanges JOIN truth USING (account_id) "
        "ANTI JOIN end_users USING (account_id, end_user_id) WHERE role = 'reseller-mixture'"
    ) == [(0,)]


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
