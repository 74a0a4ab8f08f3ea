from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.reasoning_replay import ReasoningReplay
from stillwatch.testing import check_signal

SIGNAL = ReasoningReplay()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def shown(account: int, block: int, **columns: Any) -> dict[str, Any]:
    return {"account": account, "replayed_hash": block, **columns}


def issued(account: int, block: int, **columns: Any) -> dict[str, Any]:
    return {"account": account, "reasoning_hash": block, **columns}


def test_a_block_of_ones_own_is_no_hit_and_an_unknown_one_no_trial(partials: Any) -> None:
    rows = [issued(1, 7), shown(1, 7), shown(1, 8), issued(2, 9), shown(1, 9)]
    assert partials(SIGNAL, rows) == {1: {"trials": 2, "hits": 1}}


def test_what_many_were_issued_ties_nobody(partials: Any) -> None:
    rows = [*(issued(account, 7) for account in (2, 3, 4, 5)), shown(1, 7)]
    assert partials(SIGNAL, rows) == {1: {"trials": 1, "hits": 0}}
    assert partials(SIGNAL, [*rows[1:4], rows[4]]) == {1: {"trials": 1, "hits": 1}}


def test_the_block_of_another_model_is_a_hit(partials: Any) -> None:
    rows = [issued(1, 7, model="old"), shown(1, 7, model="new"), shown(1, 7, model="old"), shown(1, 7, model=None)]
    assert partials(SIGNAL, rows) == {1: {"trials": 3, "hits": 1}}
