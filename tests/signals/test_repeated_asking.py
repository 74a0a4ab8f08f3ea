from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.repeated_asking import RepeatedAsking
from stillwatch.testing import check_signal

SIGNAL = RepeatedAsking()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def asked(account: int, band: int, times: int, **columns: Any) -> list[dict[str, Any]]:
    return [{"account": account, "band_0": band, **columns} for _ in range(times)]


def test_four_answers_a_day_count_wherever_they_were_asked(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(1, 5, 2) + asked(2, 5, 2), [1, 2]) == 1
    assert group_value(SIGNAL, asked(1, 5, 3) + asked(2, 6, 3), [1, 2]) == 0
    assert group_value(SIGNAL, asked(1, 5, 2) + asked(1, 5, 2, at=24), [1]) == 0


def test_strangers_do_not_make_it_repeated(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(1, 5, 1) + asked(9, 5, 30), [1]) == 0


def test_several_answers_of_one_request_count(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(1, 5, 1, n=8) + asked(1, 6, 8, n=1, at=24)[:1], [1]) == pytest.approx(8 / 9)
    assert group_value(SIGNAL, asked(1, 5, 1, n=10**9), [1]) == pytest.approx(16 / 64)


def test_beyond_sixteen_nothing_is_gained(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(1, 5, 160), [1]) == pytest.approx(0.1)
