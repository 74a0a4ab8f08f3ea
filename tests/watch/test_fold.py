from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stillwatch.findings import Member, Toolkit, ToolkitTrait
from stillwatch.watch.aside import Aside
from stillwatch.watch.fold import fold
from stillwatch.watch.records import Verdict

Make = Callable[..., Any]
OLD = (Toolkit(half=0, traits=(ToolkitTrait(channel="stack", value="7", weight=3.0),)),)
NEW = (Toolkit(half=1, traits=(ToolkitTrait(channel="stack", value="8", weight=3.0),)),)


def aside(**more: Any) -> Aside:
    made = Aside(())
    for name, value in more.items():
        setattr(made, name, value)
    return made


def verdict(decision: str, **more: Any) -> Verdict:
    given: dict[str, Any] = {"reason": "r", "by": "ann", "at": datetime(2026, 3, 4, tzinfo=UTC), "look": 1}
    given |= {
        "exchanges_per_day": 100.0,
        "kinds": ("reasoning",),
        "judged": (),
        "spoke": (),
        "accounts": ("a", "b", "c"),
    }
    return Verdict(campaign="C-1", verdict=decision, **{**given, **more})  # type: ignore[arg-type]


def test_evidence_is_carried_until_it_makes_an_alert(campaign: Make, found: Make, allowance: Make) -> None:
    """At e = e^4 among two groups a day gives 0.9; the budget's cut-off is 2."""
    now = found((campaign("C-1", harvest_log_lr=4.0), "abc"))
    remembered: tuple[Any, ...] = ()
    seen = []
    for look in (1, 2, 3, 4):
        folded = fold(remembered, now, allowance(1.0), (), look)
        remembered = folded.known
        seen.append((folded.campaigns[0].status, remembered[0].raised))
        if look == 1:
            assert "not yet shown" in folded.campaigns[0].verdict
    assert seen == [("review", None), ("review", None), ("alert", 3), ("alert", 3)]
    weaker = fold(remembered, found((campaign("C-1", harvest_log_lr=-3.0), "abc")), allowance(0.0), (), 5)
    assert weaker.campaigns[0].status == "alert", "once raised, it is for a person to put down"


def test_coordination_must_pass_at_some_look(campaign: Make, found: Make, allowance: Make) -> None:
    weak = found((campaign("C-1", p_value=5e-3), "abc"))
    first = fold((), weak, allowance(1.0), (), 1)
    assert first.campaigns[0].status == "review" and first.known[0].coordinated is None
    strong = fold(first.known, found((campaign("C-1", p_value=1e-9), "abc")), allowance(1.0), (), 2)
    assert strong.campaigns[0].status == "alert" and strong.known[0].coordinated == 2
    assert fold(strong.known, weak, allowance(1.0), (), 3).known[0].coordinated == 2


def test_statuses_that_are_no_alert_stay_as_the_scan_gave_them(campaign: Make, found: Make, allowance: Make) -> None:
    groups = [(campaign(s, status=s), [s]) for s in ("declared", "review", "alert")]
    folded = fold((), found(*groups), allowance(30.0), (), 1)
    assert [c.status for c in folded.campaigns] == ["alert", "review", "declared"]


def test_lasting_names_reach_campaigns_and_members(campaign: Make, found: Make, known: Make, allowance: Make) -> None:
    before = (known("C-1", "abc"), known("C-2", "xyz"))
    folded = fold(before, found((campaign("today", links=[("stack", "s")]), "abcdxyz")), allowance(), (), 2)
    assert [c.id for c in folded.campaigns] == ["C-1"] == list(folded.members)
    one, two = folded.known
    assert (one.accounts, one.links, one.first_look, one.last_look) == (tuple("abcdxyz"), (("stack", "s"),), 1, 2)
    assert (one.judged, one.spoke) == (("CT01", "SH01"), ("CT01",))
    assert (two.merged_into, two.last_look) == ("C-1", 1)


def test_quiet_is_told_by_the_log(campaign: Make, found: Make, allowance: Make) -> None:
    groups = [(campaign("C-1", days=0.9), "ab"), (campaign("C-2", days=1.1), "cd")]
    assert [one.quiet for one in fold((), found(*groups), allowance(), (), 1).known] == [True, False]


def test_a_dismissed_campaign_does_not_alert_and_comes_back_when_it_changes(
    campaign: Make, found: Make, allowance: Make
) -> None:
    rows = [verdict("dismiss")]
    first = fold((), found((campaign("C-1"), "abc")), allowance(), rows, 2)
    assert (first.campaigns[0].status, first.known[0].status, first.known[0].raised) == ("declared", "declared", None)
    second = fold(first.known, found((campaign("C-1", per_day=900.0), "abc")), allowance(), rows, 3)
    assert (second.campaigns[0].status, second.known[0].changed, second.known[0].raised) == ("alert", 3, 3)
    third = fold(second.known, found((campaign("C-1", per_day=900.0), "abc")), allowance(), rows, 4)
    assert third.known[0].changed == 3
    again = [*rows, verdict("dismiss", look=4, exchanges_per_day=900.0)]
    assert (
        fold(third.known, found((campaign("C-1", per_day=900.0), "abc")), allowance(), again, 5).campaigns[0].status
        == "declared"
    )


def test_a_living_campaigns_toolkit_is_todays_and_a_stopped_ones_is_the_last_before(
    campaign: Make, found: Make, allowance: Make
) -> None:
    def learned(toolkits: Any, banned: dict[str, int], days: float, before: Any, rows: Any = ()) -> Any:
        what = aside(toolkits={"C-1": toolkits}, banned_us=banned)
        return fold(before, found((campaign("C-1"), "abc"), aside=what, days=days), allowance(), rows, 9).known

    first = learned(OLD, {}, 3.0, ())
    assert (first[0].toolkits, first[0].stopped_us) == (OLD, None)
    living = learned(NEW, {}, 4.0, first)
    assert living[0].toolkits == NEW and living[0].learned_us > first[0].learned_us
    stopped = learned(NEW, {"C-1": 123}, 4.0, first)
    assert (stopped[0].toolkits, stopped[0].learned_us, stopped[0].stopped_us) == (OLD, first[0].learned_us, 123)
    later = learned(NEW, {"C-1": 456}, 5.0, stopped)
    assert (later[0].toolkits, later[0].stopped_us) == (OLD, 123)
    confirmed = learned(NEW, {}, 4.0, first, [verdict("confirm")])
    assert (confirmed[0].toolkits, confirmed[0].stopped_us) == (OLD, first[0].learned_us)
    assert learned(NEW, {}, 5.0, confirmed)[0].stopped_us is None  # the verdict is gone, and nobody was banned
    assert learned((), {}, 5.0, first)[0].toolkits == OLD


@pytest.mark.parametrize(("p_value", "shown"), [(1e-9, True), (0.1, False)])
def test_replacements_are_an_entry_of_their_own(
    campaign: Make, found: Make, known: Make, allowance: Make, p_value: float, shown: bool
) -> None:
    before = (known("C-1", "abc", toolkits=OLD),)
    entry = campaign("C-1", status="review", origin="replacement", harvest_log_lr=None, p_value=p_value)
    back = aside(returned={"C-1": (entry, (Member(account_id="x", probability=0.9),))}, tests=1)
    folded = fold(before, found((campaign("C-1"), "abcx"), aside=back), allowance(), (), 2)
    assert len(folded.campaigns) == 1 + shown
    if shown:
        extra = folded.campaigns[1]
        assert extra.id not in {"C-1"} and extra.status == "review"
        assert "after C-1 was stopped" in extra.verdict
        assert [m.account_id for m in folded.members[extra.id]] == ["x"]
        (row,) = (one for one in folded.known if one.id == extra.id)
        assert row.replaces == "C-1"
        back.returned["C-1"] = (campaign("C-1", origin="replacement", harvest_log_lr=None, p_value=0.5), ())
        later = fold(folded.known, found(aside=back), allowance(0.0), (), 3)
        assert [c.id for c in later.campaigns] == [extra.id], "it keeps its id, and stays once it was shown"
