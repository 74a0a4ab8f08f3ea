from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys import add_keys, change_state
from stillwatch.provenance.watermark.keys.policy import (
    ENGINES,
    Decision,
    MarkingPolicy,
    assign,
    assignments,
    decided,
    volume_advice,
)
from stillwatch.provenance.watermark.schemes import scheme_named

POLICY = MarkingPolicy(provider="p", epoch="2026-11")


def test_a_campaign_gets_keys_of_its_own_from_the_day_it_is_marked(tmp_path: Path, at: datetime) -> None:
    decisions = {"a": Decision(account="a", cohort="C-1", marked_since=at), "b": Decision(account="b", cohort="C-1")}
    register = add_keys(tmp_path / "r", POLICY.names(decisions.values()), at)
    before = assign(POLICY, register, decisions, "a", at - timedelta(seconds=1))
    stranger = assign(POLICY, register, decisions, "somebody else", at)
    assert before == stranger
    assert (before.level, before.cohort, before.account, before.delta) == ("cohort", "ordinary", "", None)
    assert (before.scheme, before.width) == ("gumbel:width=4", 4)
    marked = assign(POLICY, register, decisions, "a", at)
    assert (marked.level, marked.cohort, marked.account, marked.delta) == ("account", "C-1", "a", 4.0)
    assert (marked.scheme, marked.width) == ("kgw:gamma=0.25,width=1", 1)
    assert len({marked.key_id, before.key_id, assign(POLICY, register, decisions, "b", at).key_id}) == 3


def test_the_table_has_everybody_first_and_only_those_marked_by_now(tmp_path: Path, at: datetime) -> None:
    later = Decision(account="a", cohort="C-1", marked_since=at + timedelta(days=1))
    decisions = [later, Decision(account="c", cohort="C-2"), Decision(account="b", cohort="C-2")]
    register = add_keys(tmp_path / "r", POLICY.names(decisions), at)
    assert [one.account for one in assignments(POLICY, register, decisions, at)] == ["", "b", "c"]
    everyone = assignments(POLICY, register, decisions, at + timedelta(days=2))
    assert [one.account for one in everyone] == ["", "a", "b", "c"]
    assert all(register.by_id[one.key_id].name.account == one.account for one in everyone)


def test_an_account_in_two_campaigns_is_the_firsts(at: datetime) -> None:
    def at_day(cohort: str, day: int | None) -> Decision:
        return Decision(account="a", cohort=cohort, marked_since=None if day is None else at + timedelta(days=day))

    assert decided([at_day("C-2", 1), at_day("C-1", 2)])["a"].cohort == "C-2"
    assert decided([at_day("C-2", 1), at_day("C-1", 1)])["a"].cohort == "C-1"
    assert decided([at_day("C-1", 1), at_day("C-9", None)])["a"].cohort == "C-9"


@pytest.mark.parametrize("state", ["retired", "leaked", "destroyed"])
def test_a_key_that_may_not_mark_is_never_assigned(tmp_path: Path, at: datetime, state: str) -> None:
    register = add_keys(tmp_path / "r", POLICY.names([]), at)
    change_state(tmp_path / "r", [register.names[0].id], state, at)  # type: ignore[arg-type]
    register = add_keys(tmp_path / "r", [], at)
    with pytest.raises(BadSettings, match=f"is {state} and marks no more"):
        assign(POLICY, register, {}, "a", at)
    with pytest.raises(BadSettings, match="has no key"):
        assign(msgspec.structs.replace(POLICY, epoch="2026-12"), register, {}, "a", at)


def test_every_engine_has_schemes_under_their_full_names() -> None:
    for engine, schemes in ENGINES.items():
        policy = MarkingPolicy.for_engine(engine, provider="p", epoch="e")
        assert (policy.ordinary_scheme, policy.campaign_scheme) == schemes
        ordinary, campaign = map(scheme_named, schemes)
        assert (ordinary.name, campaign.name) == schemes and ordinary.width > campaign.width == 1
    with pytest.raises(BadSettings, match="there are: own, sglang, vllm"):
        MarkingPolicy.for_engine("other", provider="p", epoch="e")


@pytest.mark.parametrize(
    ("tokens", "said"), [(26_999, "too few"), (27_000, "are few"), (133_999, "are few"), (134_000, "may be enough")]
)
def test_advice_on_volume_tells_what_was_measured(tokens: int, said: str) -> None:
    assert said in volume_advice(tokens)
    assert "27k marked tokens gave only 1e-5, 134k gave 1e-40" in volume_advice(tokens)
