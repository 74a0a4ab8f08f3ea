from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.retry_hand_off import RetryHandOff
from stillwatch.testing import check_signal

SIGNAL = RetryHandOff()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def tries(*rows: tuple[int, float, int]) -> list[dict[str, Any]]:
    """One body, sent by these accounts after so many seconds with these answers; a hundred other exchanges each."""
    accounts = sorted({account for account, _, _ in rows})
    other = [
        {"account": account, "body_hash": 1000 * account + n, "status": 200} for account in accounts for n in range(9)
    ]
    return other + [{"account": a, "at": 1 + s / 3600, "body_hash": 7, "status": code} for a, s, code in rows]


@pytest.mark.parametrize(
    ("rows", "handed"),
    [
        ([(1, 0, 429), (2, 5, 200)], 1),
        ([(1, 0, 429), (2, 5, 429), (3, 9, 200)], 2),
        ([(1, 0, 429), (1, 5, 200), (2, 500, 200)], 0),  # again on the same account; the other comes too late
        ([(1, 0, 200), (2, 5, 200)], 0),  # nothing was refused
        ([(1, 5, 429), (2, 0, 200)], 0),  # the other way round
        ([(1, 0, 429), (2, 5, 200), (3, 5, 200), (4, 6, 200), (5, 6, 200)], 0),  # five accounts had it: a common body
    ],
)
def test_what_counts_as_handed_over(group_value: Any, rows: list[tuple[int, float, int]], handed: int) -> None:
    log = tries(*rows)
    found = group_value(SIGNAL, log, sorted({row[0] for row in rows}))
    assert found == pytest.approx(handed / len(log))


def test_both_sides_must_be_of_the_unit(group_value: Any) -> None:
    assert group_value(SIGNAL, tries((1, 0, 429), (2, 5, 200)), [1]) == 0


def test_midnight_parts_what_days_must_add_up(group_value: Any) -> None:
    rows = tries((1, 0, 429), (2, 60, 200))
    late = [row | {"at": row.get("at", 0) + 22.99} for row in rows]
    assert group_value(SIGNAL, late, [1, 2]) == 0
