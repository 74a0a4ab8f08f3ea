import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stillwatch.console.mark_drawings import power_lines, scores, strips
from stillwatch.marks import KeyResult, MarkedSpan, MarkInquiry, PowerPoint

Make = Callable[..., MarkInquiry]
MakeKey = Callable[..., KeyResult]


def test_every_decoy_is_in_a_bin_and_chance_has_as_many(mark: Make) -> None:
    placed = scores(mark())
    assert sum(one.count for one in placed.decoys) == 1000
    assert sum(one.chance for one in placed.decoys) == pytest.approx(1000, abs=0.2)
    widest = max(abs(one.count - one.chance) for one in placed.decoys)
    assert widest < 5, "these decoys lie exactly as chance says"
    assert placed.decoys[0].low == placed.low
    assert placed.decoys[-1].high == pytest.approx(placed.high)


def test_accused_keys_are_flagged_and_those_far_beyond_stand_at_the_edge(mark: Make) -> None:
    placed = scores(mark())
    named = [one for one in placed.flags if one.label]
    assert [one.z for one in named] == [13.5, 9.7, 6.1]
    assert all(placed.low <= one.at <= placed.high for one in placed.flags)
    beyond = named[0]
    assert beyond.at == placed.high < beyond.z
    assert beyond.label.endswith("z = 13.5 ▸")
    assert not named[2].label.endswith("▸")
    assert named[2].at == 6.1


def test_few_other_keys_are_circles_and_many_are_bins(mark: Make, mark_key: MakeKey) -> None:
    few = scores(mark())
    assert few.keys == ()
    assert sum(not one.accused for one in few.flags) == 19, "all that are not accused and could be judged"
    many = scores(mark(keys=tuple(mark_key("account", place, accused=place < 12, z=9.0) for place in range(5000))))
    assert sum(one.count for one in many.keys) == 4988
    assert len(many.flags) == 12
    assert many.unflagged == 4
    assert sum(bool(one.label) for one in many.flags) == 8


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20))
def test_any_scores_have_an_axis(mark: Make, values: list[float]) -> None:
    case = mark()
    odd = replace(case, decoys=replace(case.decoys, z=tuple(values)), keys=tuple(
        replace(case.keys[0], z=value, accused=place % 2 == 0) for place, value in enumerate(values)
    ))  # fmt: skip
    placed = scores(odd)
    assert math.isfinite(placed.low)
    assert math.isfinite(placed.high)
    assert placed.low < 0 < placed.high
    assert all(placed.low <= one.at <= placed.high for one in placed.flags)


def test_power_says_what_share_would_be_seen(mark: Make) -> None:
    lines = power_lines(mark())
    assert [(one.tokens, one.share) for one in lines] == [(50_000, 0.5), (200_000, 0.2)]
    assert lines[0].sentence == (
        "With the 50,000 tokens read, p < 1e-6 is reached nine times in ten if 50 % or more of the data was yours."
    )
    assert "200,000 tokens (4 × what was read)" in lines[1].sentence


def test_power_that_never_suffices_says_so_and_one_lucky_point_is_not_enough(mark: Make) -> None:
    def point(share: float, power: float) -> PowerPoint:
        return PowerPoint(tokens=100, share=share, log10_p=-1.0, level=1e-6, power=power)

    (weak,) = power_lines(mark(power=(point(0.1, 0.0), point(1.0, 0.3))))
    assert weak.share is None
    assert "not within sure reach: where 100 % of the data was yours, 30 % of such models" in weak.sentence
    (dented,) = power_lines(mark(power=(point(0.1, 0.95), point(0.5, 0.5), point(1.0, 1.0))))
    assert dented.share == 1.0
    (unknown,) = power_lines(mark(power=(point(1.0, math.nan),), tokens=0))
    assert "With 100 tokens," in unknown.sentence


def test_spans_lie_in_their_document(mark: Make) -> None:
    first, second = strips(mark().spans)
    assert (first.document, first.tokens, first.whole, first.marked) == ("answer-17", 900, True, 350)
    assert [(left, width) for left, width, _ in first.spans] == [(13.33, 32.23), (66.67, 6.66)]
    assert (second.tokens, second.whole) == (80, False), "its length is not known, only how far the span goes"


def test_overlapping_and_odd_spans_stay_inside() -> None:
    def span(start: int, end: int, place: int = 0) -> MarkedSpan:
        return MarkedSpan(document="d", key_id="k", start=start, end=end, log10_p_adjusted=-float(place))

    (one,) = strips([span(0, 50), span(25, 75), span(90, 80), span(0, 0)])
    assert one.marked == 75
    assert all(0 <= left <= 100 and 0 <= width <= 100 for left, width, _ in one.spans)
    (many,) = strips([span(place * 10, place * 10 + 5, place) for place in range(40)])
    assert len(many.spans) == 12
    assert many.left_out == 28
    assert min(each.start for _, _, each in many.spans) == 280, "the strongest are kept"
    assert strips(()) == ()
    assert len(strips([replace(span(0, 5), document=f"{place}") for place in range(90)])) == 40
