from __future__ import annotations

from itertools import combinations

import pytest

from stillwatch.bench.cases import ATTACKERS, CASES, choose
from stillwatch.errors import BadSettings
from stillwatch.simulate import SCENARIOS


def test_every_attacker_is_a_scenario_and_every_scenario_is_measured() -> None:
    assert set(ATTACKERS) == {name for name, plan in SCENARIOS.items() if plan.operations and not plan.preset}
    assert {case.scenario for case in choose(("find",))} == set(ATTACKERS)


def test_no_two_worlds_share_their_innocents() -> None:
    seeds = [range(case.seed(0), case.seed(case.worlds)) for case in CASES.values()]
    assert not any(set(one) & set(other) for one, other in combinations(seeds, 2))


def test_cases_are_chosen_by_name_question_or_attacker() -> None:
    assert {case.question for case in choose(())} == {"find", "quiet", "time"}
    assert [case.name for case in choose(("budget",))] == ["budget"]
    assert {case.name for case in choose(("cells",))} == {f"find-cells-{d}" for d in ("mid", "hard")}
    assert [case.name for case in choose(("find-loud", "loud", "quiet"))] == ["find-loud", "quiet"]
    with pytest.raises(BadSettings, match="'finf'"):
        choose(("finf",))
