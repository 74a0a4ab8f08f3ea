from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stillwatch.schema import MODELS
from stillwatch.signals.measure import keep_partials
from stillwatch.signals.release_pivot import ReleasePivot
from stillwatch.testing import check_signal

SIGNAL = ReleasePivot()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def at(hours: float, model: str | None) -> dict[str, Any]:
    # small_world releases the model "new" 96 hours after the start of the log.
    return {"account": 1, "at": hours, "model": model}


def test_only_the_first_day_counts(partials: Any) -> None:
    rows = [at(0, "old"), at(95.99, "old"), at(96, "new"), at(100, "old"), at(119.99, "new"), at(120, "new")]
    assert partials(SIGNAL, rows) == {1: {"trials": 3, "hits": 2}}


def test_a_row_without_a_model_is_no_trial(partials: Any) -> None:
    assert partials(SIGNAL, [at(0, "old"), at(97, None), at(98, "new")]) == {1: {"trials": 1, "hits": 1}}


def test_two_releases_at_one_hour_are_one_trial(world: Any) -> None:
    with world([at(0, "old"), at(98, "new"), at(99, "other")]) as engine:
        released = engine.fetch("SELECT released_at FROM models WHERE model = 'new'").column(0)
        columns = {"model": ["new", "other"], "released_at": pa.chunked_array([*released.chunks, *released.chunks])}
        engine.register("models", MODELS.conform(pa.table(columns)))
        assert keep_partials(engine, SIGNAL)
        assert engine.fetch(f"SELECT trials, hits FROM {SIGNAL.table}").to_pylist() == [{"trials": 2, "hits": 2}]


@pytest.mark.parametrize("last", [0, 95])
def test_no_release_inside_the_log_is_nothing_to_measure(world: Any, last: float) -> None:
    with world([at(0, "old"), at(last, "old")]) as engine:
        assert not SIGNAL.prepare(engine)
