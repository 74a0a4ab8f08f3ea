import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.story import in_order, tell, waterfall
from stillwatch.findings import Campaign, Judgement, Link, Reason

Make = Callable[..., Campaign]
REASONS = st.lists(
    st.builds(
        Reason,
        code=st.text(max_size=4),
        name=st.text(max_size=8),
        text=st.text(max_size=8),
        weight=st.floats(-50, 50),
        family=st.sampled_from(["", "content", "pace"]),
    ),
    max_size=12,
)


def reason(name: str, weight: float, family: str = "") -> Reason:
    return Reason(code="S1", name=name, weight=weight, text="", family=family)


@given(REASONS)
@settings(max_examples=150, deadline=None)
def test_every_waterfall_adds_up(reasons: list[Reason]) -> None:
    steps, total = waterfall(reasons, None)
    assert math.isclose(total, sum(r.weight for r in reasons), abs_tol=1e-6)
    level = 0.0
    for step in steps:
        assert step.start == level
        assert step.end == (pytest.approx(level + step.weight) if step.counted else level)
        level = step.end
    assert level == total


def test_the_strongest_of_a_family_counts_where_the_stated_total_says_so() -> None:
    given_reasons = [reason("weak", 1.0, "content"), reason("strong", 4.0, "content"), reason("other", 2.0, "pace")]
    steps, total = waterfall(given_reasons, stated=6.0)
    assert total == pytest.approx(6.0)
    assert {step.name: step.counted for step in steps} == {"strong": True, "other": True, "weak": False}


def test_all_count_where_the_stated_total_is_their_sum() -> None:
    steps, total = waterfall([reason("a", 1.0, "content"), reason("b", 4.0, "content")], stated=5.0)
    assert total == pytest.approx(5.0)
    assert all(step.counted for step in steps)


def test_no_reason_is_invented_to_close_a_gap() -> None:
    steps, total = waterfall([reason("a", 1.0)], stated=9.0)
    assert ([step.name for step in steps], total) == (["a"], 1.0)


def test_what_is_not_finite_is_not_drawn() -> None:
    steps, total = waterfall([reason("nan", math.nan), reason("inf", math.inf), reason("a", 1.0)], stated=None)
    assert ([step.name for step in steps], total) == (["a"], 1.0)


def test_order_is_alerts_then_reviews_then_declared(campaign: Make) -> None:
    shuffled = [
        campaign(id="d", status="declared"),
        campaign(id="r", status="review", harvest_log_lr=None),
        campaign(id="a1", harvest_log_lr=5.0),
        campaign(id="a2", harvest_log_lr=9.0),
    ]
    assert [c.id for c in in_order(shuffled)] == ["a2", "a1", "r", "d"]


def test_a_signal_that_cannot_judge_is_told_apart_from_a_low_one(campaign: Make) -> None:
    low = Judgement(code="S1", name="low", family="f", group_id="g", value=0.0, weight=-0.7)
    blind = Judgement(code="S2", name="blind", family="f", group_id="g", value=None, text="no column")
    story = tell(campaign(judgements=(low, blind)))
    assert [row[1] for row in story.judgements] == ["low"]
    assert story.judgements[0][-1] == "−0.70"
    assert story.blind == ("S2 blind: no column",)


def test_what_is_unknown_is_not_zero(campaign: Make) -> None:
    ring = campaign(harvest_log_lr=None, tokens=None)
    bare = tell(
        campaign(harvest_log_lr=None, tokens=None, cost=type(ring.cost)(tokens=None, dollars=None, exchanges_per_day=1))
    )
    assert [value for name, value, _ in bare.taken] == ["not in the log", "no price known", "1"]
    assert bare.facts[-1][1] == "cannot judge"


def test_every_string_is_clean(campaign: Make) -> None:
    bad = "\x1b[31m\u202ex"
    story = tell(
        campaign(
            id=bad,
            verdict=bad,
            kinds=(bad,),
            reasons=(Reason(code=bad, name=bad, weight=1.0, text=bad, examples=(bad,)),),
            links=(Link(channel=bad, group=bad, value=bad, share=1, base=0.1, weight=2.3),),
            daily=((bad, 3),),
        )
    )
    assert "\x1b" not in repr(story)
    assert "\\x1b" not in repr(story)
    assert "\\u202e" not in repr(story)


def test_the_strongest_links_of_every_channel_are_told_and_the_rest_counted(campaign: Make) -> None:
    links = [Link(channel="ip", group="g", value=str(n), share=0.5, base=0.1, weight=n) for n in range(100)]
    links.append(Link(channel="bin", group="g", value="weak", share=0.5, base=0.4, weight=0.2))
    story = tell(campaign(links=tuple(links)))
    assert story.links[0].value == "99"
    assert "weak" in [link.value for link in story.links]
    assert len(story.links) + story.more_links == 101
    assert len(story.links) < 10


def test_what_ties_accounts_is_no_part_of_the_harvest(campaign: Make) -> None:
    story = tell(campaign())
    assert [tie.name for tie in story.ties] == ["shared-payment"]
    assert "shared-payment" not in [step.name for step in story.steps]
    assert story.total == pytest.approx(campaign().harvest_log_lr)


def test_what_is_left_without_a_kind_of_trait_and_what_innocents_would_show(campaign: Callable[..., Campaign]) -> None:
    story = tell(campaign(without=(("payment", 2e-5), ("task", 1e-30)), false_per_month=0.021))
    assert story.without == (("payment", "2.0 × 10⁻⁵"), ("task", "1.0 × 10⁻³⁰"))
    assert story.facts[-1][:2] == ("False a month", "0.021")
    assert tell(campaign(false_per_month=None)).facts[-1][1] == "cannot judge"
