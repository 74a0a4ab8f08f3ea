from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.amplified_asking import AmplifiedAsking
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = AmplifiedAsking()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def test_flags_beyond_those_of_the_plan(world: Any) -> None:
    # Forty accounts, the first two (a twentieth) far above the others; both are in the group of four.
    rows = [
        {
            "account": account, "at": turn, "prompt_hash": account * 1000 + turn, "asks_grading": 0,
            "asks_reasoning": 800 if account < 2 else 1, "asks_generation": 0,
        }
        for account in range(40)
        for turn in range(25)
    ]  # fmt: skip
    with world(rows, {"g": [0, 1, 2, 3]}) as engine:
        keep_partials(engine, SIGNAL)
        found = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
    group = next(row for row in found if row["kind"] == "group")
    expected = 4 * 2 / 40
    assert group["accounts"] == 4
    assert group["value"] == pytest.approx((2 - expected) / (expected + 1) ** 0.5)
