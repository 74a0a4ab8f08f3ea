from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.measure import keep_partials
from stillwatch.signals.narrow_skill_wide_coverage import NarrowSkillWideCoverage
from stillwatch.testing import check_signal

SIGNAL = NarrowSkillWideCoverage()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def value(world: Any, rows: list[dict[str, Any]]) -> float:
    with world(rows, {"g": [1]}) as engine:
        keep_partials(engine, SIGNAL)
        rows = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
        return float(next(row["value"] for row in rows if row["kind"] == "group"))


def asked(skill: str, topics: list[int]) -> list[dict[str, Any]]:
    return [{"account": 1, "skill": skill, "topic": topic} for topic in topics]


def test_effective_cells(world: Any) -> None:
    # Four exchanges, 12 ordered pairs, 4 of which share a cell.
    assert value(world, asked("coding", [1, 1, 2, 2])) == pytest.approx(3.0)
    assert value(world, asked("coding", [1, 2, 3, 4])) == pytest.approx(6.0)  # none shared: two stand in
    assert value(world, asked("coding", [1] * 5)) == pytest.approx(1.0)


def test_chat_and_third_skills_only_dilute(world: Any) -> None:
    rows = asked("coding", [1, 1, 2, 2])
    assert value(world, rows + asked("chat", [7, 8, 9, 10])) == pytest.approx(3 * 0.5 / 2)
    three = asked("coding", [1, 1, 2, 2]) + asked("agentic", [3, 3, 4, 4]) + asked("grading", [9])
    assert value(world, three) == pytest.approx(56 / 8 * 8 / 9 * (16 + 16 + 1) / 81)
    assert value(world, asked("chat", [1, 2, 3])) == 0


def test_the_sentence_names_the_skills(judge_case: Any) -> None:
    _, judgement = judge_case(SIGNAL, "fires")
    assert "mostly coding 100%" in judgement.text
