from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from stillwatch.bench.summary import summarise


def _again(world: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return deepcopy(world) | changes


def test_rows_count_worlds_and_pool_kinds(worlds: list[dict[str, Any]]) -> None:
    found = summarise(worlds)
    (row,) = found["find"]
    assert (row["case"], row["worlds"]) == ("find-hydra-easy", 1)
    assert {kind["kind"] for kind in found["kinds"]} == {"coding", "reasoning"}
    assert [row["worlds"] for row in found["false"]] == ["with a campaign, easy", "quiet"]
    assert found["false"][1]["months"] == pytest.approx(2 / 30.44)


def test_means_are_over_worlds_and_none_found_is_recall_nought(worlds: list[dict[str, Any]]) -> None:
    hit, miss = deepcopy(worlds[0]), deepcopy(worlds[0])
    hit["campaigns"][0] |= {"found": True, "alerts": 1, "precision": 0.8, "recall": 0.9}
    miss["campaigns"][0] |= {"found": False, "alerts": 0, "precision": None, "recall": 0.0, "reviews": 1}
    (row,) = summarise([hit, miss])["find"]
    assert row["found"].value == 0.5
    assert row["precision"].value == pytest.approx(0.8)
    assert row["recall"].value == pytest.approx(0.45)
    assert row["reviewed"] == 1


def test_false_alerts_are_counted_by_world_and_by_month(worlds: list[dict[str, Any]]) -> None:
    alert = {"mostly": "batch", "members": 4, "harvest_log_lr": 6.0, "p_value": 1e-9}
    calm, noisy = _again(worlds[1], false_alerts=[]), _again(worlds[1], false_alerts=[alert, alert])
    row = summarise([calm, noisy])["false"][0]
    assert (row["alerts"], row["share"].value, row["mostly"]) == (2, 0.5, ["batch"])
    assert row["a_month"].value == pytest.approx(2 / (4 / 30.44))


def test_a_campaign_that_was_never_seen_took_everything(worlds: list[dict[str, Any]]) -> None:
    early = _again(worlds[2], hours_to_alert=24, taken_at_alert=0.4, hours_to_half=24)
    never = _again(worlds[2], hours_to_alert=None, taken_at_alert=None, hours_to_half=None)
    (row,) = summarise([early, never, never])["time"]
    assert row["hours"].value is None
    assert row["taken"].value == 1.0
    assert row["never"] == 2
    assert summarise([early, early, never])["time"][0]["hours"].value == 24


def test_rules_are_fitted_on_quiet_worlds_only(worlds: list[dict[str, Any]]) -> None:
    rules = [row for row in summarise(worlds)["baselines"] if row["method"].startswith("rate")]
    assert len(rules) == 3
    assert all(0.0 <= (row["recall_at_1_percent"].value or 0.0) <= 1.0 for row in rules)
    assert not any(row["method"].startswith("rate") for row in summarise(worlds[:1])["baselines"])
