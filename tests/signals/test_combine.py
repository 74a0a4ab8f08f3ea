from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.findings import Judgement
from stillwatch.signals import combine

FAMILIES = ("content", "shape", "pace", "load", "value")


def judged(family: str, weight: float | None, code: str = "SW000") -> Judgement:
    return Judgement(
        code=code, name="a-name", family=family, group_id="g", value=None, weight=weight, text="why", examples=("e",)
    )


def test_mean_within_a_family_and_product_across() -> None:
    total, reasons = combine(
        [judged("content", math.log(7)), judged("content", math.log(1)), judged("shape", math.log(3))]
    )
    assert total == pytest.approx(math.log(4 * 3), abs=1e-5)
    assert [reason.weight for reason in reasons] == pytest.approx([math.log(4), math.log(3), 0.0], abs=1e-5)
    assert {(reason.text, reason.examples) for reason in reasons} == {("why", ("e",))}


def test_a_family_is_shared_among_those_that_brought_it_about() -> None:
    def shares(*e_values: float) -> list[float]:
        family = [judged("content", math.log(e_value), f"SW{place}") for place, e_value in enumerate(e_values)]
        _, reasons = combine([*family, judged("shape", 0.0, "SW9")])
        by_code = {reason.code: reason.weight for reason in reasons}
        return [by_code[f"SW{place}"] for place in range(len(e_values))]

    # For: 7 - 1, 3 - 1 and 6.9 - 1 share ln 3.6; the two below 1 would have lowered it and weigh nothing.
    assert shares(7, 3, 0.6, 0.5, 6.9) == pytest.approx(
        [math.log(3.6) * part / 13.9 for part in (6, 2, 0, 0, 5.9)], abs=1e-5
    )
    # Against: 1 - 0.5 and 1 - 0.75 share ln 0.8; what speaks for harvesting weighs nothing.
    assert shares(0.5, 0.75, 1.15) == pytest.approx([math.log(0.8) * 2 / 3, math.log(0.8) / 3, 0.0], abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(
    weights=st.lists(st.tuples(st.sampled_from(FAMILIES), st.none() | st.floats(-0.7, 8)), max_size=12),
    seed=st.integers(0, 5),
)
def test_weights_add_up_exactly_in_any_order(weights: list[tuple[str, float | None]], seed: int) -> None:
    total, reasons = combine(
        [judged(family, weight, f"SW{place:03d}") for place, (family, weight) in enumerate(weights)]
    )
    families = {family for family, weight in weights if weight is not None}
    if len(families) < 2 or not families & {"content", "shape"}:
        assert (total, reasons) == (None, ())
        return
    assert total is not None
    found = [reason.weight for reason in reasons]
    found = list(np.random.default_rng(seed).permutation(found))
    assert sum(found) == total
    assert len(reasons) == sum(weight is not None for _, weight in weights)
    expected = sum(
        math.log(sum(evidence) / len(evidence))
        for family in families
        if (evidence := [math.exp(weight) for name, weight in weights if name == family and weight is not None])
    )
    assert total == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "judgements",
    [
        [],
        [judged("content", 5.0), judged("content", 5.0)],
        [judged("pace", 5.0), judged("value", 5.0)],
        [judged("content", None), judged("shape", None), judged("pace", 5.0), judged("value", 5.0)],
        [judged("content", 5.0), judged("shape", None)],
    ],
)
def test_too_little_to_go_on_is_none_and_not_zero(judgements: list[Judgement]) -> None:
    assert combine(judgements) == (None, ())


def test_no_finding_is_negative_evidence() -> None:
    total, _ = combine([judged("content", math.log(0.5)), judged("shape", math.log(0.5))])
    assert total == pytest.approx(2 * math.log(0.5), abs=1e-5)
