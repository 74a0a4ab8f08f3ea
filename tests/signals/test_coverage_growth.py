from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.coverage_growth import CoverageGrowth
from stillwatch.testing import check_signal

SIGNAL = CoverageGrowth()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def visits(account: int, topics: list[int]) -> list[dict[str, Any]]:
    return [{"account": account, "topic": topic} for topic in topics]


def test_cells_visited_once_beyond_accounts_of_the_size(group_value: Any) -> None:
    honest = visits(2, [*range(4), 9, 9, 9, 9, 9, 9])  # four of ten
    assert group_value(SIGNAL, honest + visits(1, list(range(10))), [1]) == pytest.approx(0.6)
    assert group_value(SIGNAL, honest + visits(1, [5] * 10), [1]) == pytest.approx(-0.4)


def test_other_sizes_are_no_peers(group_value: Any) -> None:
    rows = visits(2, [*range(4), *[9] * 6]) + visits(3, list(range(200))) + visits(1, list(range(10)))
    assert group_value(SIGNAL, rows, [1]) == pytest.approx(0.6)
