import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stillwatch.console import mark_views as views
from stillwatch.marks import KeyResult, MarkInquiry

Make = Callable[..., MarkInquiry]


@pytest.mark.parametrize(
    ("log10_p", "words"),
    [
        (None, "cannot judge"), (math.nan, "cannot judge"), (0.0, "1"), (0.5, "1"), (-2.0, "0.01"), (-3.2, "6.3e-4"),
        (-6.0, "1e-6"), (-9.2, "6.3e-10"), (-12.0, "1e-12"), (-12.1, "< 1e-12"), (-1e9, "< 1e-12"),
        (-math.inf, "< 1e-12"),
    ],
)  # fmt: skip
def test_p_is_never_told_below_a_million_millionth(log10_p: float | None, words: str) -> None:
    assert views.p_words(log10_p) == words


@settings(deadline=None, max_examples=200)
@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number_has_words(value: float) -> None:
    assert views.p_words(value)


def test_accused_keys_come_first_and_those_not_judged_last(mark: Make) -> None:
    order = views.ranked([one for one in mark().keys if one.level == "account"])
    assert order[0].account == "a-0417"
    assert order[-1].log10_p is None
    judged = [one.log10_p for one in order[1:-1]]
    assert judged == sorted(judged, key=float)


def test_ranking_does_not_depend_on_the_order_given(mark: Make) -> None:
    keys = mark().keys
    assert views.ranked(keys) == views.ranked(keys[::-1])


def test_rungs_tell_every_level_even_an_empty_one(mark: Make, mark_key: Callable[..., KeyResult]) -> None:
    rungs = views.rungs(mark())
    assert [(one.level, one.keys, one.accused, one.judged) for one in rungs] == [
        ("provider", 1, 1, 1), ("cohort", 10, 1, 10), ("account", 12, 1, 11),
    ]  # fmt: skip
    many = views.rungs(mark(keys=tuple(mark_key("account", place, accused=place < 30) for place in range(500))))
    assert [one.keys for one in many] == [0, 0, 500]
    assert many[0].best is None
    assert len(many[2].shown) == 30, "every accused key is shown, however many would fit"
    assert many[2].left_out == 470


def test_alarms_are_raised_only_where_something_is_wrong(mark: Make) -> None:
    case = mark()
    assert views.alarms(case) == ()
    assert case.commitment is not None
    worse = [
        (case, {"decoys": replace(case.decoys, sound=False)}, "not sound"),
        (case, {"decoys": replace(case.decoys, count=0)}, "No decoys"),
        (case, {"verdict": "abstains"}, "abstains"),
        (case, {"commitment": replace(case.commitment, holds=False)}, "is not what was committed to"),
        (case, {"dominance": 0.7}, "0.70"),
    ]  # fmt: skip
    for before, changes, word in worse:
        said = views.alarms(replace(before, **changes))
        assert len(said) == 1
        assert word in said[0]


def test_a_key_is_named_by_its_holder(mark: Make) -> None:
    named = [views.key_words(one) for one in views.accused(mark())]
    assert named == [
        "provider, epoch 2026-Q3", "cohort C-7f3a91, epoch 2026-Q3", "account a-0417 in cohort C-7f3a91, epoch 2026-Q3",
    ]  # fmt: skip


def test_a_key_that_was_not_asked_about_is_not_one_that_cannot_be_judged(mark: Make) -> None:
    one = views.rungs(mark())[2].shown[0]
    assert views.adjusted_words(one) == "1e-7"
    assert views.adjusted_words(replace(one, log10_p_adjusted=None)) == "not opened"
    assert views.adjusted_words(replace(one, log10_p=None, log10_p_adjusted=None)) == "cannot judge"


def test_rank_counts_the_decoys_too(mark: Make) -> None:
    case = mark()
    rung = views.rungs(case)[2]
    assert views.rank_words(rung.shown[0], rung, case.decoys.count) == "1 of 1,012"
    assert views.rank_words(rung.shown[-1], rung, case.decoys.count) == "–"


def test_every_string_is_made_safe_and_numbers_stay(mark: Make) -> None:
    case = mark(suspect="a\x1b[31mb\u202e", provenance={"a\x1b[1m": "b\x07"}, sentence="x" * 5000)
    safe = views.cleaned(case)
    assert safe.suspect == "ab"
    assert safe.provenance == {"a": "b"}
    assert len(safe.sentence) == 900
    assert safe.decoys.z == case.decoys.z
    assert safe.growth == case.growth
    assert views.cleaned(mark(suspect="\u202e")).suspect == "no name"
