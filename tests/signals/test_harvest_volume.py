from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from stillwatch.signals.harvest_volume import HarvestVolume
from stillwatch.signals.measure import keep_partials, measure
from stillwatch.testing import check_signal

SIGNAL = HarvestVolume()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def asked(account: int, reasoning: int | None, grading: int | None, generation: int | None, **more: Any) -> Any:
    scores = {"asks_reasoning": reasoning, "asks_grading": grading, "asks_generation": generation}
    return {"account": account, **scores, **more}


def test_each_exchange_counts_by_its_strongest_score(partials: Any) -> None:
    # Every order and every gap among three scores, one account each.
    cases = dict(enumerate(product((None, 0, 250, 251, 1000), repeat=3)))
    found = partials(SIGNAL, [asked(account, *scores) for account, scores in cases.items()])
    assert found == {
        account: {"trials": 1000, "hits": max(score or 0 for score in scores)}
        for account, scores in cases.items()
        if scores != (None, None, None)
    }


def test_the_same_prompt_asked_again_adds_nothing(partials: Any) -> None:
    once = partials(SIGNAL, [asked(1, 900, 0, 0, prompt_hash=7)])
    assert once[1]["hits"] == 900
    again = partials(SIGNAL, [asked(account, 900, 0, 0, prompt_hash=7) for account in (1, 1, 2)])
    assert [again[account]["hits"] for account in (1, 2)] == [600, 300]


def biased(account: int, biases: list[int], **more: Any) -> list[dict[str, Any]]:
    return [
        asked(account, 0, 0, 40, logit_bias_size=300, logit_bias_hash=bias, **{"prompt_hash": 3, **more})
        for bias in biases
    ]


def test_a_sweep_counts_whole_and_one_fixed_bias_does_not(partials: Any) -> None:
    assert partials(SIGNAL, biased(1, list(range(50))))[1]["hits"] == 50_000
    assert partials(SIGNAL, biased(1, [5] * 50))[1]["hits"] == 0
    # Two biases, or three on as many days, are no sweep; nor are three without a known prompt.
    assert partials(SIGNAL, biased(1, [5, 6] * 25))[1]["hits"] == 0
    spread = [row for bias in range(3) for row in biased(1, [bias], at=24 * bias)]
    assert partials(SIGNAL, spread)[1]["hits"] == 3 * (40 // 3)
    assert partials(SIGNAL, biased(1, [1, 2, 3], prompt_hash=None))[1]["hits"] == 3 * 40


def test_a_sweep_of_one_account_is_not_another_ones(partials: Any) -> None:
    found = partials(SIGNAL, biased(1, [1, 2, 3]) + biased(2, [9]))
    assert [found[account]["hits"] for account in (1, 2)] == [3000, 40 // 4]


def test_the_value_is_whole_exchanges_an_account(world: Any) -> None:
    rows = [asked(account, 500, 0, 0) for account in (1, 2, 2, 2) for _ in range(20)] + [asked(3, None, None, None)]
    with world(rows, {"g": [1, 2, 3], "none": [3]}) as engine:
        assert keep_partials(engine, SIGNAL)
        found = measure(engine, SIGNAL, "units")
    assert dict(zip(found.unit, found.value, strict=True)) == {"g": (10 + 30) / 2}
    assert found.accounts.tolist() == [2]
    assert found.trials.tolist() == [80_000]
