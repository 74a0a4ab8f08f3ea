from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.links.spans import rows_of, spans

NUMBERS = st.lists(st.integers(-5, 9), max_size=30)


@given(NUMBERS, NUMBERS)
def test_the_rows_are_those_that_a_look_at_all_would_find(values: list[int], wanted: list[int]) -> None:
    ordered, asked = np.sort(np.array(values, np.int64)), np.array(wanted, np.int64)
    assert rows_of(ordered, asked).tolist() == np.flatnonzero(np.isin(ordered, asked)).tolist()


@given(NUMBERS, NUMBERS)
def test_each_value_has_its_own_places_in_turn(values: list[int], wanted: list[int]) -> None:
    ordered, asked = np.sort(np.array(values, np.int64)), np.array(wanted, np.int64)
    places, owner = spans(ordered, asked)
    expected = [(place, at) for at, value in enumerate(asked) for place in np.flatnonzero(ordered == value)]
    assert list(zip(places.tolist(), owner.tolist(), strict=True)) == expected
