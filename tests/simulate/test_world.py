from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadSettings
from stillwatch.simulate import SCENARIOS, World, simulate

Ask = Callable[[str], list[tuple[object, ...]]]


def _digest(world: World) -> dict[str, str]:
    return {
        f"{root == world.path} {path.relative_to(root)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for root in (world.path, world.truth_path)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        simulate(tmp_path / name, scenario="hydra+logits", accounts=600, days=1, seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert _digest(first) == _digest(again)
    changed = _digest(other)
    assert all(changed[name] != digest for name, digest in _digest(first).items() if "exchanges" in name)
    assert changed["True accounts.parquet"] != _digest(first)["True accounts.parquet"]


def test_truth_is_nowhere_in_the_world(world: World) -> None:
    words = ("hydra", "household", "campaign", "undeclared", "licensed-distillation", "ring")
    for path in [path for path in world.path.rglob("*.parquet") if "exchanges" not in path.parts]:
        schema = pq.read_schema(path)
        text = json.dumps(pq.read_table(path).to_pylist(), default=str)
        assert not any(f'"{word}' in text for word in words)
        assert not set(schema.names) & {"role", "campaign", "label"}
    assert "truth" not in str(sorted(world.path.rglob("*")))


def test_order_and_ids_do_not_tell_the_ring_apart(world: World, ask: Ask) -> None:
    listed = pq.read_table(world.path / "accounts.parquet", columns=["account_id"]).column(0).to_pylist()
    ring = {row[0] for row in ask("SELECT account_id FROM truth WHERE campaign IS NOT NULL")}
    places = np.flatnonzero([account in ring for account in listed]) / len(listed)
    # Kolmogorov's distance of 60 even places from the diagonal; 0.21 is passed once in a hundred worlds.
    assert np.abs(np.sort(places) - (np.arange(60) + 0.5) / 60).max() < 0.21
    assert ask("SELECT count(DISTINCT length(account_id)), count(DISTINCT left(account_id, 5)) FROM accounts") == [
        (1, 1)
    ]


def test_the_demonstration_ring_is_a_fifth_of_the_traffic_at_most(world: World) -> None:
    (campaign,) = world.campaigns
    assert campaign.accounts == 60
    assert 0.05 < campaign.exchanges / world.exchanges < 0.22
    assert world.accounts == 2_060


# Those of the world `hiding` are looked at there.
TWICE = {"cover", "replay", "poison", "cells", "resample", "residential", "reseller", "rotation", "reseller-declared"}


@pytest.mark.parametrize(
    "scenario", [name for name, plan in SCENARIOS.items() if not plan.preset and name not in TWICE]
)
def test_each_scenario_makes_its_campaigns(tmp_path: Path, scenario: str) -> None:
    made = simulate(tmp_path / "w", scenario=scenario, accounts=600, days=1)
    wanted = SCENARIOS[scenario].operations
    assert [campaign.kinds for campaign in made.campaigns] == [operation.kinds for operation in wanted]
    for campaign in made.campaigns:
        assert 0.04 < campaign.exchanges / made.exchanges < 0.27


def test_logit_sweeps_walk_on_through_the_vocabulary(tmp_path: Path) -> None:
    made = simulate(tmp_path / "w", scenario="logits", accounts=600, days=1)
    rows = pq.read_table(made.path / "exchanges", columns=["ts", "account_id", "logit_bias", "top_logprobs", "prompt"])
    sweeps = [row for row in rows.sort_by("ts").to_pylist() if row["logit_bias"] and len(row["logit_bias"]) > 10]
    assert len({row["account_id"] for row in sweeps}) == 4
    assert len({row["logit_bias"][0] for row in sweeps}) > 0.9 * len(sweeps)
    assert len({(row["account_id"], row["prompt"]) for row in sweeps}) <= 4 * 3
    assert {row["top_logprobs"] for row in sweeps} == {20}


@pytest.mark.parametrize(
    ("name", "scale", "days"), [("spring-2026", 0.002, 2), ("winter-2026", 0.002, 2), ("resale-2026", 0.0005, 4)]
)
def test_presets_shrink_in_proportion(tmp_path: Path, name: str, scale: float, days: int) -> None:
    plan = SCENARIOS[name]
    made = simulate(tmp_path / "w", scenario=name, scale=scale, days=days)
    total = sum(operation.total for operation in plan.operations) * scale * days / plan.days
    assert sum(campaign.exchanges for campaign in made.campaigns) == pytest.approx(total, rel=0.3)
    members = sum(campaign.accounts for campaign in made.campaigns)
    assert members == pytest.approx(sum(operation.accounts for operation in plan.operations) * scale, abs=3)
    assert made.accounts - members == pytest.approx(max(500, members * plan.multiple), rel=0.1)


def test_the_ring_can_be_set_and_the_start_moved(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    made = simulate(
        tmp_path / "w",
        scenario="hydra",
        accounts=600,
        days=2,
        ring=20,
        start=datetime(2027, 1, 5, 13, tzinfo=UTC),
        progress=lambda day, days: done.append((day, days)),
    )
    assert made.campaigns[0].accounts == 20
    assert done == [(1, 2), (2, 2)]
    assert [day.name for day in sorted((made.path / "exchanges").iterdir())] == ["day=2027-01-05", "day=2027-01-06"]


def test_campaigns_begin_at_the_onset_and_innocents_do_not_wait(tmp_path: Path) -> None:
    made = simulate(tmp_path / "w", scenario="hydra+logits+reseller+slow", accounts=600, days=4, onset=2)
    begin = datetime(2026, 3, 4, tzinfo=UTC)
    assert all(campaign.first is not None and campaign.first >= begin for campaign in made.campaigns)
    truth = pq.read_table(made.truth_path / "accounts.parquet").to_pylist()
    ring = {row["account_id"] for row in truth if row["role"] == "campaign"}
    first = pq.read_table(made.path / "exchanges" / "day=2026-03-02", columns=["account_id"]).to_pylist()
    assert len(first) > 500
    assert not ring & {row["account_id"] for row in first}


def test_a_campaign_that_asks_once_asks_nothing_twice(tmp_path: Path) -> None:
    made = simulate(tmp_path / "w", scenario="rotation", accounts=600, days=2)
    truth = pq.read_table(made.truth_path / "accounts.parquet").to_pylist()
    ring = {row["account_id"] for row in truth if row["campaign"]}
    rows = pq.read_table(made.path / "exchanges", columns=["account_id", "prompt", "status", "turns"]).to_pylist()
    asked = [row["prompt"] for row in rows if row["account_id"] in ring and row["status"] == 200 and row["turns"] == 1]
    assert len(asked) > 500
    assert len(set(asked)) > 0.98 * len(asked)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scenario": "nothing"},
        {"difficulty": "impossible"},
        {"accounts": 10},
        {"days": 0},
        {"scale": 0.0},
        {"ring": 1},
        {"seed": -1},
        {"onset": 1},
        {"onset": -1},
        {"start": datetime(2026, 3, 2)},  # noqa: DTZ001 - that is the fault
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path: Path, wrong: dict[str, object]) -> None:
    settings: dict[str, object] = {"scenario": "none", "accounts": 600, "days": 1, **wrong}
    with pytest.raises(BadSettings):
        simulate(tmp_path / "w", **settings)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_used_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "w-truth").mkdir()
    (tmp_path / "w-truth" / "old").write_text("x", encoding="utf-8")
    with pytest.raises(BadSettings, match="w-truth"):
        simulate(tmp_path / "w", scenario="none", accounts=600, days=1)
    assert not (tmp_path / "w" / "exchanges").exists()
