from __future__ import annotations

from typing import Any

from stillwatch.bench.rates import RULES


def test_every_baseline_answers_on_a_scanned_world(worlds: list[dict[str, Any]]) -> None:
    ours, quiet = worlds[0]["baselines"], worlds[1]["baselines"]
    assert set(ours["rates"]) == set(RULES)
    assert len(ours["rates"]["requests"]["campaign"]) == 101
    assert quiet["rates"]["requests"]["campaign"] == []
    for name in ("pairs_200", "pairs_1000", "addresses"):
        (one,) = ours[name]["campaigns"]
        assert 0.0 <= one["recall"] <= 1.0
        assert quiet[name]["campaigns"] == []


def test_a_ring_asks_more_than_people_do(worlds: list[dict[str, Any]]) -> None:
    rule = worlds[0]["baselines"]["rates"]["asks_reasoning"]
    assert rule["campaign"][50] > rule["honest_99"]
