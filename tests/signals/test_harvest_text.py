from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from stillwatch.signals.harvest_text import FEATURES, LIMIT, HarvestText, feature_sql, model
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = HarvestText()
PROMPT = {
    "skill": "coding", "prompt_chars": 200, "dataset_shape": 30, "asks_choice": 0, "asks_reasoning": 0,
    "asks_generation": 0, "language": "en",
}  # fmt: skip


def prompts(rows: list[dict[str, Any]], account: int = 1) -> list[dict[str, Any]]:
    return [{"account": account, **PROMPT, **row} for row in rows]


def measured(world: Any, rows: list[dict[str, Any]], members: tuple[int, ...] = (1,)) -> dict[str, float]:
    """FEATURES and the value of the group."""
    with world(rows, {"g": list(members)}) as engine:
        keep_partials(engine, SIGNAL)
        found: dict[str, float] = {}
        for sql in (feature_sql("units", SIGNAL.table), SIGNAL.unit_sql("units")):
            found |= next(row for row in engine.fetch(sql).to_pylist() if row["kind"] == "group")
        return found


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def test_the_features_are_what_their_text_says(world: Any) -> None:
    lengths = [99, 299] * 20
    found = measured(
        world,
        prompts([{"prompt_chars": chars, "dataset_shape": chars} for chars in lengths])
        + prompts([{"skill": "chat", "skeleton": 7 + one // 20, "prompt_chars": 39} for one in range(40)]),
    )
    sizes = np.floor(100 * np.log(1 + np.array(lengths))) / 100
    assert found["size_spread"] == pytest.approx(0.5 * 0.5 * math.log((sizes.var() + 0.0025) / 0.3))
    forms = np.array([*lengths, *[30] * 40]) / 1000
    assert found["form_spread"] == pytest.approx(0.5 * math.log(forms.var() + 0.0004))
    assert found["skills"] == pytest.approx(math.log(2))
    assert found["templates"] == pytest.approx(0.5 * math.log(2))
    assert found["brief"] == pytest.approx(0.5 * 0.512)  # 39 of 80, rounded down to a thousandth
    assert found["closed"] == found["elicits"] == 0
    assert found["exchanges"] == 80


def test_the_value_is_the_weighted_sum_of_clipped_deviations(world: Any) -> None:
    found = measured(world, prompts([{"asks_reasoning": 1000, "prompt_chars": 100 + one} for one in range(60)]))
    expected = 0.0
    for name, feature in model().items():
        expected += feature.weight * max(-LIMIT, min(LIMIT, (found[name] - feature.mean) / feature.deviation))
    assert found["value"] == pytest.approx(expected)
    assert found["trials"] == 60_000


@pytest.mark.parametrize(
    ("change", "closed"),
    [
        ({}, 0.0),
        ({"asks_choice": 800}, 0.8),
        ({"prompt_chars": 1201}, 1.0),
        ({"prompt_chars": 1200}, 0.0),
        ({"prompt_chars": 401, "language": "zh"}, 1.0),
        ({"skill": "extraction"}, 1.0),
        ({"asks_choice": 800, "asks_reasoning": 500}, 0.4),
        ({"skill": "extraction", "asks_generation": 1000}, 0.0),
    ],
)
def test_what_is_closed(world: Any, change: dict[str, Any], closed: float) -> None:
    assert measured(world, prompts([change] * 20))["closed"] == pytest.approx(closed)


def test_what_a_template_fixes_is_no_evenness(world: Any) -> None:
    free = measured(world, prompts([{}] * 40))
    fixed = measured(world, prompts([{"skeleton": 5}] * 40))
    assert free["size_spread"] < -1
    assert fixed["size_spread"] == 0


def test_a_template_that_is_rare_in_its_unit_is_none(world: Any) -> None:
    rows = prompts([{"skeleton": 1}] * 300 + [{"skeleton": 2 + one} for one in range(40)] + [{"skeleton": 99}])
    assert measured(world, rows)["templates"] == 0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"asks_generation": 900}, {}),
        ({}, {"asks_choice": 900}),
        ({}, {"prompt_chars": 20}),
        ({}, {"skill": "chat"}),
        ({}, {"dataset_shape": 900}),
        ({}, {"prompt_chars": 3000}),
    ],
)
def test_each_habit_moves_the_value_its_way(world: Any, better: dict[str, Any], worse: dict[str, Any]) -> None:
    kept = [{}] * 20
    assert (
        measured(world, prompts(kept + [better] * 20))["value"] > measured(world, prompts(kept + [worse] * 20))["value"]
    )


def test_accounts_of_one_unit_are_read_as_one_window(world: Any) -> None:
    rows = [{"prompt_chars": 100 + 7 * one, "skeleton": one % 3, "asks_choice": one} for one in range(60)]
    alone = measured(world, prompts(rows))
    shared = measured(world, prompts(rows[:25], 1) + prompts(rows[25:], 2), (1, 2))
    assert {name: shared[name] for name in FEATURES} == pytest.approx({name: alone[name] for name in FEATURES})
    assert (alone["accounts"], shared["accounts"]) == (1, 2)


def test_rows_that_cannot_be_read_are_left_out(world: Any) -> None:
    rows = prompts([{"asks_reasoning": 900}] * 20) + prompts(
        [{"prompt_chars": None}, {"skill": None}, {"prompt_chars": 0}]
    )
    assert measured(world, rows)["exchanges"] == 20


def test_the_shipped_figures_are_whole_and_hold_no_text() -> None:
    assert tuple(model()) == FEATURES
    assert all(feature.deviation > 0 and abs(feature.weight) < 1.5 for feature in model().values())
    assert [name for name, feature in model().items() if feature.weight > 0] == ["elicits"]


def test_the_sentence_tells_the_parts(judge_case: Any) -> None:
    _, judgement = judge_case(SIGNAL, "fires")
    assert "1.0 skills, 1.0 templates" in judgement.text
    assert "0% short of 80 characters" in judgement.text
    assert "82% elicit" in judgement.text
