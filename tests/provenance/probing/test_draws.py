from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.probing.draws import Draws


def first(secret: bytes, label: str, count: int = 40) -> list[int]:
    draws = Draws(secret, label)
    return [draws.below(1000) for _ in range(count)]


@settings(max_examples=25, deadline=None)
@given(secret=st.binary(max_size=64), label=st.text(max_size=20))
def test_the_same_secret_gives_the_same_choices(secret: bytes, label: str) -> None:
    assert first(secret, label) == first(secret, label)


def test_another_secret_or_label_gives_other_choices() -> None:
    ones = [first(b"a" * 32, "x"), first(b"b" * 32, "x"), first(b"a" * 32, "y"), first(b"a" * 31, "x")]
    same = [sum(p == q for p, q in zip(a, b, strict=True)) for i, a in enumerate(ones) for b in ones[:i]]
    assert max(same) <= 3


def test_all_numbers_are_drawn_about_equally_often() -> None:
    draws = Draws(b"k", "l")
    counts = Counter(draws.below(7) for _ in range(7000))
    assert set(counts) == set(range(7))
    assert max(abs(count - 1000) for count in counts.values()) < 150  # five standard deviations


@pytest.mark.parametrize("bound", [0, -1, 2**32 + 1])
def test_a_bound_that_makes_no_sense_is_an_error(bound: int) -> None:
    with pytest.raises(ValueError, match="bound"):
        Draws(b"k", "l").below(bound)


def test_shuffling_keeps_every_item_and_favours_no_order() -> None:
    draws = Draws(b"k", "l")
    orders = Counter(tuple(draws.shuffled("abc")) for _ in range(1200))
    assert len(orders) == 6
    assert min(orders.values()) > 140
    assert draws.one(["only"]) == "only"
