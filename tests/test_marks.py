from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch import marks

NUMBERS = st.floats(-1e4, 1e4)
KEYS = st.builds(
    marks.KeyResult, key_id=st.text(max_size=9), level=st.sampled_from(["provider", "cohort", "account"]),
    z=st.none() | NUMBERS, log10_p=st.none() | NUMBERS, log10_p_adjusted=st.none() | NUMBERS,
    rank=st.none() | st.integers(1, 9), accused=st.booleans(), account=st.text(max_size=9),
)  # fmt: skip
DECOYS = st.builds(
    marks.DecoyCheck, count=st.integers(0, 9), z=st.lists(NUMBERS, max_size=4).map(tuple), deviation=NUMBERS,
    beyond_5=NUMBERS, lowest_log10_p=NUMBERS, log10_p_uniform=NUMBERS, sound=st.booleans(),
)  # fmt: skip
CASES = st.builds(
    marks.MarkInquiry, kind=st.sampled_from(["text", "radioactivity", "trace"]), suspect=st.text(max_size=20),
    access=st.sampled_from(["text", "closed", "open"]), scheme=st.text(max_size=9),
    verdict=st.sampled_from(["marked", "not shown", "abstains"]), sentence=st.text(max_size=30),
    tokens=st.integers(0), pairs=st.integers(0), level=NUMBERS, weight=st.text(max_size=9), dominance=NUMBERS,
    keys=st.lists(KEYS, max_size=3).map(tuple), decoys=DECOYS,
    growth=st.lists(st.tuples(st.integers(0), NUMBERS), max_size=3).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_a_case_comes_back_from_json_as_it_was(case: marks.MarkInquiry) -> None:
    assert msgspec.json.decode(msgspec.json.encode(case), type=marks.MarkInquiry) == case


def test_what_is_not_known_is_none_and_not_zero() -> None:
    key = marks.KeyResult(key_id="k", level="cohort")
    assert (key.z, key.log10_p, key.log10_p_adjusted, key.rank, key.share) == (None,) * 5
    assert not key.accused
    span = marks.MarkedSpan(document="d", key_id="k", start=0, end=1, log10_p_adjusted=-9)
    assert span.start_character is None and span.end_character is None


@pytest.mark.parametrize(
    ("field", "value"), [("verdict", "guilty"), ("kind", "image"), ("access", "stolen"), ("level", "high")]
)
def test_a_word_outside_the_vocabulary_is_refused(field: str, value: str) -> None:
    decoys = marks.DecoyCheck(
        count=0, z=(), deviation=1, beyond_5=0, lowest_log10_p=0, log10_p_uniform=0, sound=True
    )  # fmt: skip
    case = marks.MarkInquiry(
        kind="text", suspect="s", access="text", scheme="kgw", verdict="marked", sentence="", tokens=1, pairs=1,
        level=0.1, weight="equal", dominance=0.1, keys=(), decoys=decoys,
    )  # fmt: skip
    raw = {**msgspec.to_builtins(case), field: value}
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert(raw, marks.MarkInquiry)


def test_every_struct_is_frozen_and_offered() -> None:
    for name in marks.__all__:
        one = getattr(marks, name)
        if isinstance(one, type):
            assert one.__struct_config__.frozen, name


@pytest.mark.parametrize(("level", "words"), [(1e-6, "1e-6"), (0.001, "0.001"), (1e-12, "1e-12"), (0.05, "0.05")])
def test_levels_are_written_as_people_do(level: float, words: str) -> None:
    assert marks.level_words(level) == words
