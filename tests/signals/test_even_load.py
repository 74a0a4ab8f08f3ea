from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = EvenLoad()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def value(world: Any, loads: list[list[int]]) -> float | None:
    """The value of accounts with these exchanges a day."""
    rows = [
        {"account": account, "at": 24 * day + number / 1000}
        for account, days in enumerate(loads)
        for day, exchanges in enumerate(days)
        for number in range(exchanges)
    ]
    with world(rows, {"g": list(range(len(loads)))}) as engine:
        keep_partials(engine, SIGNAL)
        found = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
    group = next(row for row in found if row["kind"] == "group")
    assert group["accounts"] == len(loads)
    return group["value"]


def test_variance_beyond_chance_over_the_mean_squared(world: Any) -> None:
    # Mean 10, variance 36.
    assert value(world, [[4, 16], [16, 4]]) == pytest.approx((36 - 10) / 100)
    assert value(world, [[9, 9]] * 8) == pytest.approx(-1 / 9)


def test_idle_days_do_not_count(world: Any) -> None:
    assert value(world, [[9, 0, 9], [0, 9, 0]]) == pytest.approx(-1 / 9)


def test_sparse_accounts_cannot_be_measured(world: Any) -> None:
    assert value(world, [[3, 4], [4, 3]]) is None
