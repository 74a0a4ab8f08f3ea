"""Honest tenants on trial: the promise of a weight, and what tempers it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Judgement
from stillwatch.signals import ReasoningElicitation, build_units, combine, judge_all
from stillwatch.signals.calibration import Calibration, HonestTrials, combined

FAMILIES = ("content", "shape", "pace", "value")


def judgement(family: str, weight: float) -> Judgement:
    known = not math.isnan(weight)
    return Judgement(
        code="SW", name="s", family=family, group_id="g", value=1.0 if known else None, weight=weight if known else None
    )


@given(st.lists(st.tuples(st.sampled_from(FAMILIES), st.floats(-0.69, 9) | st.just(math.nan)), max_size=9))
@settings(max_examples=150, deadline=None)
def test_many_units_are_combined_as_one_group_is(signals: list[tuple[str, float]]) -> None:
    alone, _ = combine(judgement(family, weight) for family, weight in signals)
    weights: dict[str, list[np.ndarray]] = {}
    for family, weight in signals:
        weights.setdefault(family, []).append(np.array([weight, math.nan]))
    if not weights:
        assert alone is None
        return
    one, nobody = combined(weights)
    assert math.isnan(nobody)
    assert math.isnan(one) if alone is None else one == pytest.approx(alone, abs=1e-4)


def test_weights_that_keep_their_promise_are_left_alone() -> None:
    draw = np.random.default_rng(1)
    kept = Calibration(np.sort(-np.log(draw.random(400))))  # exactly as many as promised
    assert kept.temper == 1.0
    assert all(point["low"] <= point["promised"] for point in kept.points())


def test_one_odd_tenant_tempers_nothing_but_many_do() -> None:
    calm = np.zeros(200)
    assert Calibration(np.sort(np.append(calm, 9.0))).temper == 1.0
    broken = Calibration(np.sort(np.concatenate([calm, np.full(20, 9.0)])))
    assert 0 < broken.temper < 0.5


@given(st.lists(st.floats(-3, 12), min_size=60, max_size=200))
@settings(max_examples=60, deadline=None)
def test_tempering_mends_whatever_was_broken(weights: list[float]) -> None:
    found = Calibration(np.sort(np.array(weights)))
    assert 0 < found.temper <= 1
    assert Calibration(np.sort(found.log_lr * found.temper)).temper == pytest.approx(1.0, abs=1e-9)


def test_few_tenants_tell_nothing() -> None:
    few = Calibration(np.full(49, 9.0))
    assert few.temper == 1.0 and few.points() == []


@pytest.fixture
def firms(ask: Callable[..., Any], person: Callable[..., Any], lake: Callable[..., DuckDBEngine]) -> DuckDBEngine:
    """Sixty companies of four accounts each; the first two ask for reasoning all the time, the second has a licence."""
    rows, people = [], []
    for number in range(240):
        firm = number // 4
        asks = 1000 if firm < 2 else (number * 37) % 60
        people.append(person(number, org_id=f"o{firm}"))
        rows += [ask(number, hour, asks_reasoning=asks) for hour in range(25)]
    contract = {"org_id": "o1", "kind": "distillation-licence"}
    return lake(rows, people, [], [contract])


def test_companies_stand_trial_without_themselves_and_licensees_do_not(firms: DuckDBEngine) -> None:
    none = pa.table({"group_id": pa.array([], pa.string()), "account_key": pa.array([], pa.int64())})
    build_units(firms, none, seed=3)
    honest = HonestTrials.choose(firms, seed=3)
    assert len(honest.units) == 59 and ("org", "org:o1") not in honest.units
    assert honest.units == HonestTrials.choose(firms, seed=3).units
    judge_all(firms, [], signals=[ReasoningElicitation()], honest=honest)
    (weights,) = honest._weights["content"]
    assert int(np.nanargmax(weights)) == honest.units.index(("org", "org:o0"))
    # its own accounts and itself are not among those it is compared with; the licensee's five units are
    assert weights.max() > 1.0
    assert len(honest.calibration().log_lr) == 0  # one family alone is no harvest weight
