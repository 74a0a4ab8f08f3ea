import dataclasses
import datetime
from collections.abc import Callable

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.benchmarks import Gains, Scores, compare_gains

World = Callable[..., Scores]
TARGETED = ("Coding", "agentic")


def judge(scores: Scores, parting: datetime.date, suspect: str = "gull-2", **choices: object) -> Gains:
    given: dict[str, object] = {"after": parting, "declared": parting, "with_power": False, **choices}
    return compare_gains(scores, suspect, TARGETED, **given)  # type: ignore[arg-type]


def test_a_jump_in_targeted_skills_is_consistent_never_caused(world: World, parting: datetime.date) -> None:
    found = judge(world(1.5), parting)
    assert found.verdict == "consistent with"
    assert found.p_value == pytest.approx(
        max(found.p_skills or 0, found.p_placebo or 0, found.p_adjusted or 0, found.p_added or 0)
    )
    assert found.p_value >= found.floor  # type: ignore[operator]
    assert found.low < 1.5 < found.high  # type: ignore[operator]
    assert found.points > 5  # type: ignore[operator]
    assert [skill.skill for skill in found.skills if skill.targeted] == ["coding", "agentic"]
    assert found.families[0].role == "suspect"
    text = " ".join((found.sentence, *found.warnings, *found.limits))
    assert "They do not show its cause" in text
    assert "never what caused them" in text


def test_of_many_rows_that_say_nothing_the_number_is_told(world: World, parting: datetime.date) -> None:
    told = [tuple(f"line {n}: no number" for n in range(rows)) for rows in (10, 12)]
    few, many = (judge(dataclasses.replace(world(), set_aside=rows), parting).warnings for rows in told)
    assert few[-10:] == told[0]
    assert many[-11:] == (*told[1][:10], "and 2 more rows whose score is no number from 0 up")


def test_no_jump_is_inconclusive_and_a_fall_speaks_against(world: World, parting: datetime.date) -> None:
    assert judge(world(0.0), parting).verdict == "inconclusive"
    assert judge(world(-1.5), parting).verdict == "speaks against"


def test_skills_that_were_not_declared_cost_power_and_the_interval(world: World, parting: datetime.date) -> None:
    late = datetime.date(2026, 1, 1)
    for declared in (None, late):
        found = judge(world(0.7), parting, declared=declared)
        assert found.low is None
        assert found.p_value >= found.p_searched  # type: ignore[operator]
        assert "--declared" in found.warnings[0]
        assert "after the fact" in found.sentence
    traffic = judge(world(0.7), parting, declared=None, from_traffic=True)
    assert traffic.declared == "by the traffic"
    assert traffic.low is not None


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"peers": 7}, "Peers: 7 other families"),
        ({"benchmarks": 1, "skills": ("coding", "reasoning", "chat", "maths", "agentic")}, ""),
        ({"skills": ("coding", "agentic", "chat", "maths")}, "Untargeted skills: 2, 3 are needed"),
        ({"jump": 4.0}, "Peers that grew like the suspect"),
        ({"drift": 1.5}, "Parallel trends"),
        ({"level": 5.0}, "saturated before"),
    ],
)
def test_designs_that_cannot_carry_it_are_refused(
    world: World, parting: datetime.date, choices: dict[str, object], says: str
) -> None:
    found = judge(world(1.5, **choices), parting)
    if not says:
        assert any("one benchmark only" in text for text in found.warnings)
        return
    assert (found.verdict, found.p_value) == ("cannot judge", None)
    assert any(says in text for text in found.missing), found.missing
    assert says in found.sentence


def test_one_targeted_benchmark_is_too_few(world: World, parting: datetime.date) -> None:
    found = compare_gains(
        world(1.5, benchmarks=1), "gull-2", ["coding"], after=parting, declared=parting, with_power=False
    )
    assert any("one only" in text for text in found.missing)


def test_no_before_or_no_after_is_said(world: World, parting: datetime.date) -> None:
    assert "after the date" in judge(world(), parting, suspect="gull-1").missing[0]
    assert "--after" in judge(world(), parting, after=None).missing[0]


def test_without_an_earlier_version_trends_are_said_to_be_untested(world: World, parting: datetime.date) -> None:
    scores = world(1.5)
    found = judge(dataclasses.replace(scores, models=tuple(m for m in scores.models if m.name != "gull-0")), parting)
    assert found.p_earlier is None
    assert any("parallel trends could not be tested" in text for text in found.warnings)


def test_few_skills_allow_no_verdict_and_the_floor_says_so(world: World, parting: datetime.date) -> None:
    found = judge(world(2.0, skills=("coding", "agentic", "chat", "maths", "grading")), parting, with_power=True)
    assert found.verdict == "inconclusive"
    assert found.floor == pytest.approx(0.1)
    assert "whatever the scores" in found.sentence
    assert {power for _, power in found.power} == {0.0}


def test_power_grows_with_the_effect(world: World, parting: datetime.date) -> None:
    power = [share for _, share in judge(world(), parting, with_power=True).power]
    assert power == sorted(power)
    assert power[0] < 0.5 < power[-1]


def test_noise_of_measuring_is_told_where_it_is_known(world: World, parting: datetime.date) -> None:
    scores = world(1.5)
    assert judge(scores, parting).noise is None
    models = tuple(dataclasses.replace(m, errors=dict.fromkeys(m.shares, 0.02)) for m in scores.models)
    assert 0 < judge(dataclasses.replace(scores, models=models), parting).noise < 0.3  # type: ignore[operator]


def test_a_skill_that_is_not_there_is_named(world: World, parting: datetime.date) -> None:
    with pytest.raises(BadSettings, match="'poetry'"):
        compare_gains(world(), "gull-2", ["poetry"], after=parting)
    with pytest.raises(BadSettings, match="no skill"):
        compare_gains(world(), "gull-2", [], after=parting)
