from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.billing_geography import BillingGeography
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = BillingGeography()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def test_it_never_weighs() -> None:
    assert SIGNAL.supporting


def test_only_known_countries_are_compared(world: Any) -> None:
    rows = [{"account": 1, "country": country} for country in ("BR", "BR", "US", None)] + [
        {"account": 2, "country": "US"}
    ]
    people = {1: {"billing_country": "BR"}, 2: {"billing_country": None}}
    with world(rows, {}, people=people) as engine:
        keep_partials(engine, SIGNAL)
        assert engine.fetch(f"SELECT account_key, trials, hits FROM {SIGNAL.table}").to_pylist() == [
            {"account_key": 1, "trials": 3, "hits": 1}
        ]
