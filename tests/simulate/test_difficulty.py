from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.simulate.difficulty import DIFFICULTIES, diversity


def test_a_full_ring_uses_the_stated_numbers() -> None:
    assert astuple(diversity("mid", 25_000)) == (30, 20, 80, 24, 12, 400, 0.5)


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 100_000))
def test_each_level_is_at_least_as_diverse_as_the_one_before(ring: int) -> None:
    levels = [astuple(diversity(name, ring)) for name in DIFFICULTIES]
    for easier, harder in pairwise(levels):
        assert all(a <= b for a, b in zip(easier, harder, strict=True))
        assert easier != harder


def test_an_unknown_level_names_the_known_ones() -> None:
    with pytest.raises(BadSettings, match="very-hard"):
        diversity("impossible", 10)
