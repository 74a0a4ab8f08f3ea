from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.simulate.keys import below, hexadecimal, mix, unit


def test_each_part_and_its_place_change_the_hash() -> None:
    hashes = {int(mix(*parts)[0]) for parts in ((1, 2), (2, 1), (1, 3), (1,), (1, 2, 0), (-1, 2))}
    assert len(hashes) == 6


def test_one_call_for_many_rows_equals_many_calls() -> None:
    rows = np.arange(50)
    together = mix(7, rows, 9)
    assert [int(mix(7, row, 9)[0]) for row in rows] == together.tolist()


def test_units_are_even_and_below_one() -> None:
    numbers = unit(mix(3, np.arange(40_000)))
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert ((counts - 2000.0) ** 2 / 2000.0).sum() < 60  # chi-square, 19 degrees of freedom


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_below_stays_below(sizes: list[int]) -> None:
    drawn = below(mix(np.arange(len(sizes)), 4), sizes)
    assert all(0 <= value < max(size, 1) for value, size in zip(drawn.tolist(), sizes, strict=True))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30), st.sampled_from([2, 8, 12, 16]))
def test_hexadecimal_is_the_head_of_the_number(values: list[int], digits: int) -> None:
    texts = hexadecimal(np.array(values, dtype=np.uint64), "x_", digits).to_pylist()
    assert texts == [f"x_{value:016x}"[: digits + 2] for value in values]
