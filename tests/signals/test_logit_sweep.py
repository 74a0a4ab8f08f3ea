from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.logit_sweep import LogitSweep
from stillwatch.testing import check_signal

SIGNAL = LogitSweep()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def hits(partials: Any, rows: list[dict[str, Any]]) -> int:
    return int(partials(SIGNAL, [{"account": 1, "logit_bias_size": 2, **row} for row in rows])[1]["hits"])


def test_three_biases_on_one_prompt_in_a_day_are_a_sweep(partials: Any) -> None:
    assert hits(partials, [{"prompt_hash": 1, "logit_bias_hash": bias} for bias in (1, 2, 3)]) == 3000
    assert hits(partials, [{"prompt_hash": 1, "logit_bias_hash": bias} for bias in (1, 2, 2, 2)]) == 0
    assert hits(partials, [{"prompt_hash": 1, "logit_bias_hash": bias, "at": 24 * bias} for bias in (1, 2, 3)]) == 0
    assert hits(partials, [{"prompt_hash": bias, "logit_bias_hash": bias} for bias in (1, 2, 3)]) == 0


def test_bias_with_log_probabilities_and_many_alternatives(partials: Any) -> None:
    biased = {"prompt_hash": 1, "logit_bias_hash": 1}
    assert hits(partials, [{**biased, "logprobs": True}]) == 500
    assert hits(partials, [{**biased, "logprobs": False, "top_logprobs": 1}]) == 500
    assert hits(partials, [{"logit_bias_size": None, "top_logprobs": 20, "prompt_hash": 1}]) == 250
    assert hits(partials, [{"logit_bias_size": None, "top_logprobs": 4, "prompt_hash": 1}]) == 0


def test_requests_without_bias_are_trials(partials: Any) -> None:
    rows = [{"account": 1, "prompt_hash": 1, "logit_bias_hash": 5, "logit_bias_size": 1}, {"account": 1}]
    assert partials(SIGNAL, rows) == {1: {"trials": 2000, "hits": 0}}
