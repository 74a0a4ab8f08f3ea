import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.inquiry_strip import axis, by_family, lanes
from stillwatch.inquiry import Innocent


def innocent(model: str, family: str, score: float) -> Innocent:
    return Innocent(model=model, family=family, provider="p", score=score)


@given(st.lists(st.floats(-1e9, 1e9) | st.sampled_from([None, math.nan, math.inf, 1e300]), max_size=20))
@settings(max_examples=150, deadline=None)
def test_an_axis_holds_every_finite_value_and_zero(values: list[float | None]) -> None:
    scale = axis(values)
    for value in (*values, 0.0):
        at = scale.at(value)
        assert at is None if value is None or not math.isfinite(value) else at is not None and 0 <= at <= 100
    assert 1 <= len(scale.ticks) <= 12
    places = [at for at, _ in scale.ticks]
    assert places == sorted(places)
    assert len({label for _, label in scale.ticks}) == len(places)


def test_values_keep_their_order_and_their_distance() -> None:
    scale = axis([-1.0, 3.0])
    left, middle, right = (scale.at(value) for value in (-1.0, 1.0, 3.0))
    assert left is not None and middle is not None and right is not None
    assert middle - left == pytest.approx(right - middle, abs=0.02)
    assert [label for _, label in scale.ticks] == ["−1", "0", "1", "2", "3"]


def test_close_dots_stand_in_different_lanes() -> None:
    dots = lanes([(50.0, "a"), (50.2, "b"), (50.4, "c"), (80.0, "d")])
    assert [dot.lane for dot in dots] == [0, 1, 2, 0]
    assert len(lanes([(1.0, "x")] * 50)) == 50


def test_a_row_a_family_the_highest_first_and_the_rest_together() -> None:
    innocents = [innocent(f"m{n}", f"f{n % 6}", n / 10) for n in range(18)]
    innocents.append(innocent("broken", "f0", math.nan))
    scale = axis([one.score for one in innocents])
    rows = by_family(innocents, scale, most=4)
    assert [row.name for row in rows] == ["f5", "f4", "f3", "3 more families"]
    assert sum(len(row.dots) for row in rows) == 18
    assert [dot.label for dot in rows[0].dots] == ["m5", "m11", "m17"]
    assert len(by_family(innocents, scale, most=6)) == 6
    assert by_family([], scale) == ()
