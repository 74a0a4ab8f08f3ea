from __future__ import annotations

from typing import Any

import pytest


def test_a_look_asks_only_for_who_has_sent_by_then(worlds: list[dict[str, Any]]) -> None:
    timed = worlds[2]
    (look,) = timed["looks"]
    assert look["hours"] == 24
    assert 30 <= look["members"] <= 60
    assert look["taken"] == pytest.approx(0.5, abs=0.2)  # of two days of campaign


def test_the_first_alert_is_the_first_look_that_has_one(worlds: list[dict[str, Any]]) -> None:
    timed = worlds[2]
    raised = [look["hours"] for look in timed["looks"] if look["alerts"]]
    listed = [look["hours"] for look in timed["looks"] if look["alerts"] or look["reviews"]]
    held = [look["hours"] for look in timed["looks"] if look["found"]]
    assert timed["hours_to_alert"] == min(raised, default=None)
    assert timed["hours_to_listed"] == min(listed, default=None)
    assert timed["hours_to_half"] == min(held, default=None)
    assert timed["taken_at_alert"] == (timed["looks"][0]["taken"] if raised else None)
