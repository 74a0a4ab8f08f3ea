from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.instruction_generation import InstructionGeneration
from stillwatch.testing import check_signal

SIGNAL = InstructionGeneration()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def test_rows_without_a_score_are_no_trials(partials: Any) -> None:
    rows = [{"account": 1, "asks_generation": score} for score in (0, 1000, 250, None)] + [
        {"account": 2, "asks_generation": None}
    ]
    assert partials(SIGNAL, rows) == {1: {"trials": 3000, "hits": 1250}}


def test_askings_of_one_prompt_share_its_score(partials: Any) -> None:
    rows = [{"account": account, "asks_generation": 900, "prompt_hash": 7, "at": 24 * account} for account in (1, 2, 3)]
    rows.append({"account": 3, "asks_generation": 900, "prompt_hash": 8})
    assert [partials(SIGNAL, rows)[account]["hits"] for account in (1, 2, 3)] == [300, 300, 1200]


def test_sentence_has_the_figures() -> None:
    assert "41%" in SIGNAL.sentence(0.41, 0.03)
    assert "3%" in SIGNAL.sentence(0.41, 0.03)
