from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.probing.likeness import ALIKE, Likeness, likeness, shingles

TEXT = st.text(alphabet="ab cd 两个", max_size=30)


@settings(max_examples=60, deadline=None)
@given(one=TEXT, other=TEXT)
def test_likeness_is_even_handed_and_the_index_agrees_with_it(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one) == 1
    assert Likeness([other]).nearest(one) == likeness(one, other)


def test_other_numbers_in_a_long_question_are_a_near_duplicate() -> None:
    one = "How long does a train of 200 m need to pass a bridge that is half as long as the train?"
    assert likeness(one, one.replace("200", "300")) >= ALIKE
    assert likeness(one, "Write a poem about the train that never came to the long bridge.") < ALIKE


def test_signs_that_are_not_set_apart_count_one_by_one() -> None:
    assert len(shingles("为什么海水是咸的")) == 6


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert Likeness().nearest("anything at all") == 0.0
