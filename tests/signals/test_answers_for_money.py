from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stillwatch.schema import MODELS
from stillwatch.signals.answers_for_money import AnswersForMoney
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = AnswersForMoney()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def asked(account: int, inputs: int | None, outputs: int | None, **more: Any) -> dict[str, Any]:
    return {"account": account, "input_tokens": inputs, "output_tokens": outputs, **more}


def test_worth_of_answers_beyond_questions_by_price(partials: Any) -> None:
    # small_world prices "old" at 1 and 4 dollars a million, "new" at 3 and 15; the unit is 1/1000 dollar a million.
    rows = [asked(1, 1000, 500), asked(1, 9000, 100), asked(2, 100, 100, model="new"), asked(2, None, 700)]
    gains = {account: row["hits"] for account, row in partials(SIGNAL, rows).items()}
    assert gains == {1: 500 * 4000 - 1000 * 1000, 2: 100 * 15000 - 100 * 3000}


def test_peers_are_the_accounts_of_the_plan_on_the_same_days(partials: Any) -> None:
    rows = [asked(1, 0, 30), asked(2, 0, 10), asked(1, 0, 50, at=24)]
    found = partials(SIGNAL, rows)
    assert found[1] == {"trials": (20 + 50) * 4000, "hits": 80 * 4000}
    assert found[2] == {"trials": 20 * 4000, "hits": 10 * 4000}


def test_a_model_without_a_price_is_worth_the_median_and_no_model_too(partials: Any) -> None:
    found = partials(SIGNAL, [asked(1, 0, 10, model="unheard-of"), asked(2, 0, 10, model=None)])
    assert found[1]["hits"] == found[2]["hits"] == 10 * 9500


def test_without_any_price_tokens_count_alike(world: Any) -> None:
    with world([asked(1, 10, 30, model="unheard-of")]) as engine:
        engine.register("models", MODELS.arrow.empty_table())
        keep_partials(engine, SIGNAL)
        assert engine.scalar(f"SELECT hits FROM {SIGNAL.table}") == 20 * 1000


def test_impossible_prices_are_none(world: Any) -> None:
    prices = pa.table({"model": ["old"], "input_price": [float("nan")], "output_price": [-4.0]})
    with world([asked(1, 10, 30)]) as engine:
        engine.register("models", MODELS.conform(prices))
        keep_partials(engine, SIGNAL)
        assert engine.scalar(f"SELECT hits FROM {SIGNAL.table}") == 20 * 1000


def test_broken_token_counts_cannot_overflow(partials: Any) -> None:
    most = 2**31 - 1
    found = partials(SIGNAL, [*(asked(1, -most, most, model="new") for _ in range(40)), asked(2, most, 10**6)])
    assert found[1]["hits"] == 40 * 10**6 * 15_000
    assert found[2]["hits"] == 10**6 * 3_000


def test_each_alternative_of_a_token_is_worth_a_token(partials: Any) -> None:
    rows = [asked(account, 10, 5, top_logprobs=alternatives) for account, alternatives in enumerate((None, -3, 4, 900))]
    gains = [row["hits"] for _, row in sorted(partials(SIGNAL, rows).items())]
    assert gains == [5 * 4000 - 10_000, 5 * 4000 - 10_000, 25 * 4000 - 10_000, 105 * 4000 - 10_000]
