from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.account_mixture import AccountMixture
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = AccountMixture()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def asked(user: str | None, eager: int, plain: int, **columns: Any) -> list[dict[str, Any]]:
    scores = [900] * eager + [10] * plain
    return [
        {"account": 1, "end_user_id": user, "asks_reasoning": score, "asks_grading": 0, "asks_generation": 0, **columns}
        for score in scores
    ]


def test_a_pure_part_among_others(group_value: Any) -> None:
    assert group_value(SIGNAL, asked("a", 200, 0) + asked("b", 0, 800), [1]) == pytest.approx(0.4, abs=0.01)


def test_parts_that_ask_alike_are_no_mixture_however_much(group_value: Any) -> None:
    assert group_value(SIGNAL, asked("a", 10, 10) + asked("b", 20, 20), [1]) == 0
    assert group_value(SIGNAL, asked("a", 10, 0) + asked("b", 20, 0), [1]) == 0


def test_chance_between_small_parts_is_taken_away(group_value: Any) -> None:
    rows = [row for user in range(40) for row in asked(f"u{user}", user % 2, (user + 1) % 2)]
    # One exchange each: half of them eager says nothing.
    assert group_value(SIGNAL, rows, [1]) == pytest.approx(0, abs=0.1)


def test_an_account_of_one_part_is_left_out(world: Any) -> None:
    with world(asked("a", 5, 5), {"g": [1]}) as engine:
        keep_partials(engine, SIGNAL)
        assert engine.fetch(SIGNAL.unit_sql("units")).num_rows == 0


def test_keys_stand_in_for_end_users(group_value: Any) -> None:
    rows = asked(None, 50, 0, key_id="k1") + asked(None, 0, 50, key_id="k2")
    assert group_value(SIGNAL, rows, [1]) == pytest.approx(0.5, abs=0.01)


def test_the_parts_are_named(world: Any) -> None:
    rows = asked("eager", 12, 0) + asked("b", 0, 30)
    with world(rows, {"g": [1]}) as engine:
        keep_partials(engine, SIGNAL)
        assert SIGNAL.details(engine, "units") == {"g": "the most eager: eager (12 exchanges)"}
