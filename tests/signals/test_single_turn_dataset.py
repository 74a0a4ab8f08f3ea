from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.single_turn_dataset import SingleTurnDataset
from stillwatch.testing import check_signal

SIGNAL = SingleTurnDataset()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def row(**columns: Any) -> dict[str, Any]:
    return {"account": 1, "turns": 1, "parameters": 5, "max_tokens": 100, **columns}


def hits(partials: Any, rows: list[dict[str, Any]]) -> int:
    found = partials(SIGNAL, rows)[1]
    assert found["trials"] == 1000 * len(rows)
    return int(found["hits"])


def test_parts_of_the_score(partials: Any) -> None:
    assert hits(partials, [row(prompt_hash=1)]) == 400
    assert hits(partials, [row(prompt_hash=1, max_tokens=2048)]) == 700
    assert hits(partials, [row(prompt_hash=1, max_tokens=None, dataset_shape=999)]) == 699


def test_a_repeated_prompt_shares_one_score(partials: Any) -> None:
    assert hits(partials, [row(prompt_hash=1, at=hour) for hour in (1, 25, 49)]) == 3 * 133
    assert hits(partials, [row(prompt_hash=1), row(prompt_hash=2)]) == 800


def test_a_session_that_goes_on_counts_nothing(partials: Any) -> None:
    assert hits(partials, [row(prompt_hash=1, session_id="a"), row(prompt_hash=2, session_id="a")]) == 0
    assert hits(partials, [row(prompt_hash=1, session_id="a"), row(prompt_hash=2, session_id="b")]) == 800
    assert hits(partials, [row(prompt_hash=1, turns=2)]) == 0


def test_only_the_commonest_parameters_count(partials: Any) -> None:
    rows = [row(prompt_hash=number, parameters=parameters) for number, parameters in enumerate((5, 5, 6))]
    assert hits(partials, rows) == 800
    assert hits(partials, [row(prompt_hash=number, parameters=None) for number in range(3)]) == 1200
