"""Groups and judgements become ranked campaigns, and every number in one is counted from the log."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.campaigns import CutOffs, assemble
from stillwatch.findings import Campaign, Group, Judgement, Link, Member, Reason

Make = Callable[..., Any]
START = datetime(2026, 3, 2, tzinfo=UTC)
BUDGET = {"budget": 1.0, "days": 30.44, "accounts": 10_000, "linked_share": 0.01}


def team(name: str, accounts: Sequence[int], **fields: Any) -> Group:
    shared = Link(channel="stack", group="software", value="v", share=0.9, base=0.01, weight=4.0)
    given: dict[str, Any] = {
        "id": name,
        "origin": "toolkit",
        "members": tuple(Member(account_id=f"a{n}", probability=0.9) for n in accounts),
        "p_value": 1e-30,
        "links": (shared,),
        "channel_groups": ("payment", "software", "task"),
    }
    return Group(**(given | fields))


def judged(group: str, kind: str | None, weight: float | None, family: str = "content") -> Judgement:
    return Judgement(
        code="SW1",
        name="n",
        family=family,
        group_id=group,
        value=None if weight is None else 0.5,
        weight=weight,
        kind=kind,
    )


def harvest(weight: float | None) -> tuple[float | None, tuple[Reason, ...]]:
    return weight, () if weight is None else (Reason(code="SW1", name="n", weight=weight, text="", family="content"),)


def run(
    engine: Any,
    groups: dict[str, tuple[Group, float | None]],
    judgements: dict[str, list[Judgement]] | None = None,
    **options: Any,
) -> tuple[tuple[Campaign, ...], CutOffs]:
    made = [group for group, _ in groups.values()]
    tested = np.sort([math.log(g.p_value) for g in made if g.origin == "toolkit"])
    given: dict[str, Any] = {"tested_log_p": tested, "decoy_log_p": np.empty(0)} | BUDGET | options
    return assemble(
        engine,
        made,
        {g.id: np.array([int(account[1:]) for account in g.accounts], np.int64) for g in made},
        {g.id: (judgements or {}).get(g.id, []) for g in made},
        {name: harvest(weight) for name, (_, weight) in groups.items()},
        **given,
    )


@pytest.fixture
def busy(lake: Make, ask: Make) -> Any:
    """Sixty accounts with ten exchanges each over ten days; coding but for the last two of each."""
    rows = [
        ask(n, 24 * k + n / 60, skill="coding" if k < 8 else "chat", input_tokens=10, output_tokens=90, model="m")
        for n in range(60)
        for k in range(10)
    ]
    return lake(rows, [], [{"model": "m", "input_price": 1.0, "output_price": 10.0}])


def test_numbers_are_counted_from_the_log(busy: Any) -> None:
    (found,), _ = run(busy, {"A": (team("A", range(20)), 9.0)})
    assert (found.status, found.accounts, found.exchanges, found.tokens) == ("alert", 20, 200, 20_000)
    assert (found.first_seen, found.last_seen) == (START, START + timedelta(hours=24 * 9 + 19 / 60))
    assert found.cost.dollars == pytest.approx(200 * (10 * 1.0 + 90 * 10.0) / 1e6, abs=0.01)
    assert found.cost.exchanges_per_day == pytest.approx(200 / (9 + 19 / 60 / 24), abs=0.1)
    assert [(t.skill, t.share, t.exchanges) for t in found.targets] == [("coding", 0.8, 160), ("chat", 0.2, 40)]
    assert sum(count for _, count in found.daily) == 200
    assert math.fsum(r.weight for r in found.reasons if r.family != "coordination") == found.harvest_log_lr
    assert found.verdict.startswith("One operation")


def test_strongest_first_and_alerts_before_reviews(busy: Any) -> None:
    groups = {
        "weak": (team("weak", range(20)), 9.0),
        "review": (team("review", range(20, 45)), 1.0),
        "strong": (team("strong", range(45, 60)), 12.0),
    }
    found, cuts = run(busy, groups)
    assert [(c.id, c.status) for c in found] == [("strong", "alert"), ("weak", "alert"), ("review", "review")]
    assert 1.0 < cuts.log_lr < 9.0


def test_what_cannot_be_judged_is_a_review_with_nothing_for_a_number(busy: Any) -> None:
    (found,), _ = run(busy, {"A": (team("A", range(25)), None)})
    assert (found.status, found.harvest_log_lr, found.kinds) == ("review", None, ())
    assert [reason.family for reason in found.reasons] == ["coordination"]


def test_none_is_not_zero_in_the_order(busy: Any) -> None:
    names = {"unjudged": None, "negative": -0.5, "zero": 0.0, "positive": 0.5}
    many = {name: (team(name, range(60), p_value=1e-30), weight) for name, weight in names.items()}
    found, _ = run(busy, many)
    assert [c.id for c in found] == ["positive", "zero", "negative", "unjudged"]


def test_kinds_come_from_strong_signals_and_then_from_skills(busy: Any) -> None:
    judgements = {
        "A": [
            judged("A", "grading", 2.0),
            judged("A", "reasoning", 3.0),
            judged("A", "logits", 3.0 + math.log(0.19)),  # just too weak beside the strongest
            judged("A", "generation", -1.0),
            judged("A", None, 9.0),
            judged("A", "reasoning", 2.5),
        ]
    }
    (found,), _ = run(busy, {"A": (team("A", range(20)), 9.0)}, judgements)
    assert found.kinds == ("reasoning", "grading", "coding")
    (calm,), _ = run(busy, {"A": (team("A", range(20)), -1.0)}, judgements)
    assert calm.kinds == ()


def test_a_log_without_tokens_skills_or_prices_gives_none(lake: Make, ask: Make) -> None:
    engine = lake([ask(n, n) for n in range(30)])
    (found,), _ = run(engine, {"A": (team("A", range(30)), 9.0)})
    assert found.tokens is None and found.cost.tokens is None and found.cost.dollars is None
    assert (found.targets, found.kinds) == ((), ())


def test_false_discovery_counts_every_test_and_every_decoy(busy: Any) -> None:
    group = {"A": (team("A", range(20), p_value=1e-6), 9.0)}
    (alone,), _ = run(busy, group)
    many = np.sort(np.concatenate([[math.log(1e-6)], np.full(99, -0.1)]))
    (among,), cuts = run(busy, group, tested_log_p=many)
    (beaten,), _ = run(busy, group, tested_log_p=many, decoy_log_p=np.array([-20.0]))
    assert alone.q_value == pytest.approx(1e-6)
    assert among.q_value == pytest.approx(1e-4)
    assert beaten.q_value == 1.0
    assert cuts.log_p == pytest.approx(math.log(0.5 / 100))


@pytest.mark.parametrize(("budget", "status"), [(100.0, "alert"), (1.0, "alert"), (1e-2, "review"), (1e-9, None)])
def test_a_smaller_budget_asks_for_more(busy: Any, budget: float, status: str | None) -> None:
    found, _ = run(busy, {"A": (team("A", range(20), p_value=1e-4), 3.0)}, budget=budget)
    assert [campaign.status for campaign in found] == [status] * (status is not None)


def test_no_group_is_no_campaign_and_still_a_cut(busy: Any) -> None:
    found, cuts = run(busy, {})
    assert found == ()
    assert cuts.allowed == pytest.approx(1.0)


def test_groups_that_nobody_need_see_are_left_out(busy: Any) -> None:
    found, _ = run(
        busy, {"few": (team("few", range(5)), -1.0), "chance": (team("chance", range(5, 40), p_value=0.5), 1.0)}
    )
    assert found == ()


@given(
    weights=st.lists(st.one_of(st.none(), st.floats(-20, 20)), min_size=1, max_size=6),
    powers=st.lists(st.integers(0, 300), min_size=6, max_size=6),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_alert_always_passes_every_cut(busy: Any, weights: list[float | None], powers: list[int]) -> None:
    groups = {
        f"G{n}": (team(f"G{n}", range(10 * n, 10 * n + 10), p_value=10.0 ** -powers[n]), weight)
        for n, weight in enumerate(weights)
    }
    found, cuts = run(busy, groups)
    assert len({c.id for c in found}) == len(found)
    for campaign in found:
        assert campaign.q_value >= campaign.p_value * (1 - 1e-9)
        passes = campaign.harvest_log_lr is not None and campaign.harvest_log_lr >= cuts.log_lr
        coordinated = math.log(campaign.p_value) <= cuts.log_p
        assert (campaign.status == "alert") == (passes and coordinated)
