from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.conversation_migration import ConversationMigration
from stillwatch.testing import check_signal

SIGNAL = ConversationMigration()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def turns(*rows: tuple[int, float, int | None, int | None]) -> list[dict[str, Any]]:
    """(account, hour, hash of what was said before, hash with this turn)."""
    return [{"account": a, "at": at, "prefix_hash": said, "conversation_hash": now} for a, at, said, now in rows]


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([(1, 0, None, 8), (2, 1, 8, 12)], 1 / 2),
        ([(1, 0, None, 8), (1, 1, 8, 12), (2, 2, 12, 16)], 1 / 3),
        ([(1, 0, None, 8), (1, 1, 8, 12), (2, 2, None, 40)], 0),
        ([(2, 1, None, 8), (1, 0, 8, 12)], 0),  # it went on before it began
        ([(1, 0, None, 7), (2, 1, 7, 11), (2, 2, None, 16)], 0),  # three in four conversations are not looked at
        ([(a, 0, None, 8) for a in (1, 2, 3, 4)] + [(5, 1, 8, 12)], 0),  # four began alike: a common opening
    ],
)
def test_what_counts_as_moved(group_value: Any, rows: Any, value: float) -> None:
    assert group_value(SIGNAL, turns(*rows), sorted({row[0] for row in rows})) == pytest.approx(value)


def test_hash_remainders_of_negative_numbers_count_alike(group_value: Any) -> None:
    assert group_value(SIGNAL, turns((1, 0, None, -8), (2, 1, -8, -12)), [1, 2]) == pytest.approx(1 / 2)
