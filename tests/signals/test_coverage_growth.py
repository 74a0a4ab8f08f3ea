from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.coverage_growth import CoverageGrowth
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = CoverageGrowth()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def value(world: Any, rows: list[dict[str, Any]], members: list[int]) -> float:
    with world(rows, {"g": members}) as engine:
        keep_partials(engine, SIGNAL)
        found = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
    return float(next(row["value"] for row in found if row["kind"] == "group"))


def visits(account: int, topics: list[int]) -> list[dict[str, Any]]:
    return [{"account": account, "topic": topic} for topic in topics]


def test_cells_visited_once_beyond_accounts_of_the_size(world: Any) -> None:
    honest = visits(2, [*range(4), 9, 9, 9, 9, 9, 9])  # four of ten
    assert value(world, honest + visits(1, list(range(10))), [1]) == pytest.approx(0.6)
    assert value(world, honest + visits(1, [5] * 10), [1]) == pytest.approx(-0.4)


def test_other_sizes_are_no_peers(world: Any) -> None:
    rows = visits(2, [*range(4), *[9] * 6]) + visits(3, list(range(200))) + visits(1, list(range(10)))
    assert value(world, rows, [1]) == pytest.approx(0.6)
