from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.links.spans import rows_of

NUMBERS = st.lists(st.integers(-5, 9), max_size=30)


@given(NUMBERS, NUMBERS)
def test_the_rows_are_those_that_a_look_at_all_would_find(values: list[int], wanted: list[int]) -> None:
    ordered, asked = np.sort(np.array(values, np.int64)), np.array(wanted, np.int64)
    assert rows_of(ordered, asked).tolist() == np.flatnonzero(np.isin(ordered, asked)).tolist()
