from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stillwatch.signals.churn_replacement import ChurnReplacement
from stillwatch.testing import START, check_signal

SIGNAL = ChurnReplacement()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def value(group_value: Any, *lives: tuple[float, float | None], build: int = 5, other: int = 5) -> float | None:
    """Of accounts opened, and banned, at these hours; the last has the software stack `other`."""
    rows = [
        {"account": account, "stack": other if account == len(lives) - 1 else build, "parameters": 1}
        for account in range(len(lives))
    ]
    people = {
        account: {
            "created_at": START + timedelta(hours=opened),
            "banned_at": None if banned is None else START + timedelta(hours=banned),
        }
        for account, (opened, banned) in enumerate(lives)
    }
    found: float | None = group_value(SIGNAL, rows, list(range(len(lives))), people=people)
    return found


def test_a_newcomer_within_a_day_replaces(group_value: Any) -> None:
    assert value(group_value, (-99, 10), (-99, None), (33.9, None)) == pytest.approx(1 / 3)
    assert value(group_value, (-99, 10), (-99, None), (34.1, None)) == 0
    assert value(group_value, (-99, 10), (-99, None), (11, None), other=6) == 0


def test_newcomers_the_day_before_are_the_control(group_value: Any) -> None:
    assert value(group_value, (-99, 10), (9, None), (11, None)) == 0
    assert value(group_value, (-99, 10), (9, None), (40, None)) == pytest.approx(-1 / 3)


def test_a_ban_counts_once_however_many_come(group_value: Any) -> None:
    assert value(group_value, (-99, 10), (11, None), (12, None), (13, None)) == pytest.approx(1 / 4)


def test_a_log_without_a_ban_holds_nothing_to_measure(world: Any) -> None:
    rows = [{"account": 1, "stack": 1, "parameters": 1}]
    with world(rows, people={1: {"banned_at": None}}) as engine:
        assert not SIGNAL.prepare(engine)
