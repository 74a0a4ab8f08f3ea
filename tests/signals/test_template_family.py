from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.measure import keep_partials
from stillwatch.signals.template_family import TemplateFamily
from stillwatch.testing import check_signal

SIGNAL = TemplateFamily()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def filled(accounts: list[int], prompts: int, **columns: Any) -> list[dict[str, Any]]:
    """Each account sends `prompts` prompts of its own on one template."""
    return [
        {"account": account, "skeleton": 9, "opening": 1, "prompt_hash": 1000 * account + number, **columns}
        for account in accounts
        for number in range(prompts)
    ]


def value(world: Any, rows: list[dict[str, Any]]) -> float:
    with world(rows, {"g": [1, 2, 3]}) as engine:
        keep_partials(engine, SIGNAL)
        found = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
    return float(next(row["value"] for row in found if row["kind"] == "group"))


def test_each_distinct_fill_counts_once(world: Any) -> None:
    assert value(world, filled([1, 2, 3], 4)) == 1
    assert value(world, filled([1, 2, 3], 4, prompt_hash=5)) == pytest.approx(1 / 12)


def test_a_template_is_its_own_at_a_third_of_the_users(world: Any) -> None:
    ours = filled([1, 2, 3], 4)
    assert value(world, ours + filled(list(range(10, 16)), 1)) == 1
    assert value(world, ours + filled(list(range(10, 17)), 1)) == 0


def test_two_accounts_share_nothing_yet(world: Any) -> None:
    assert value(world, filled([1, 2], 4) + filled([3], 4, skeleton=10)) == 0


def test_opening_words_stand_in_for_a_missing_skeleton(world: Any) -> None:
    assert value(world, filled([1, 2, 3], 4, skeleton=None, opening=77)) == 1
    assert value(world, filled([1, 2, 3], 4, skeleton=None, opening=None)) == 0
