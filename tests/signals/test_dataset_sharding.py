from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.signals.dataset_sharding import DatasetSharding
from stillwatch.testing import check_signal

SIGNAL = DatasetSharding()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def asked(accounts: int, each: int, topic: Any, prompt: Any) -> list[dict[str, Any]]:
    return [
        {"account": account, "topic": topic(account, turn), "prompt_hash": prompt(account, turn)}
        for account in range(accounts)
        for turn in range(each)
    ]


def one_of_all(account: int, turn: int) -> int:
    return 1000 * account + turn


def shuffled(account: int, turn: int) -> int:
    return int(np.random.default_rng(account).integers(0, 8, 40)[turn])


def test_shares_of_one_pool_lie_at_one(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(10, 40, shuffled, one_of_all), list(range(10))) == pytest.approx(1, abs=0.2)


def test_topics_of_their_own_lie_at_zero(group_value: Any) -> None:
    rows = asked(10, 40, lambda account, turn: account, one_of_all)
    assert group_value(SIGNAL, rows, list(range(10))) == 0


def test_each_prompt_counts_once_however_often_it_is_asked(group_value: Any) -> None:
    """Every prompt in two accounts: alike in topic, and half of all exchanges distinct."""
    rows = asked(10, 40, shuffled, lambda account, turn: one_of_all(account // 2, shuffled_place(account, turn)))
    assert group_value(SIGNAL, rows, list(range(10))) == pytest.approx(0.5, abs=0.15)


def shuffled_place(account: int, turn: int) -> int:
    return int(np.random.default_rng(account).permutation(40)[turn])


def test_a_class_with_one_assignment_lies_at_its_share_of_distinct_prompts(group_value: Any) -> None:
    rows = asked(12, 10, lambda account, turn: turn, lambda account, turn: turn)
    assert group_value(SIGNAL, rows, list(range(12))) == pytest.approx(1 / 12, abs=0.001)


def test_few_meetings_within_accounts_cannot_be_measured(group_value: Any) -> None:
    assert group_value(SIGNAL, asked(10, 3, one_of_all, one_of_all), list(range(10))) is None
