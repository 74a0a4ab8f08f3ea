from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stillwatch.signals import SIGNALS, combine, drawn, judge_all
from stillwatch.signals import units as drawing
from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.evidence import log_e
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.release_pivot import ReleasePivot
from stillwatch.testing import honest_log, small_world

ASKS = ReasoningElicitation()
# Measured against the honest tenants or the strata of the log, and so against those that were drawn: rhythm of a
# country, hand-overs whose holders are counted, cells of the crowd, peers of a size.
RELATIVE = {"SW112", "SW116", "SW117", "SW120", "SW130"}


def scores(account: int, score: int, times: int = 20) -> list[dict[str, Any]]:
    return [{"account": account, "asks_reasoning": score} for _ in range(times)]


def crowd(tenants: int) -> list[dict[str, Any]]:
    """Tenants 1, 2, 3 … with mean scores of 1, 2, 3 … per mille."""
    return [row for account in range(1, tenants + 1) for row in scores(account, account)]


def test_the_p_value_is_a_rank_among_tenants(world: Any) -> None:
    rows = crowd(60) + scores(900, 58) + scores(901, 58)
    with world(rows, {"g": [900, 901]}) as engine:
        judgement = judge_all(engine, ["g"], signals=[ASKS])[0]
    assert judgement.value == pytest.approx(0.058)
    assert judgement.base == pytest.approx(0.0305)
    assert judgement.tenants == 60
    assert judgement.p_value == pytest.approx((1 + 3) / (1 + 60))  # 58 itself, 59 and 60
    assert judgement.weight == pytest.approx(float(log_e(4 / 61)))
    assert judgement.kind == "reasoning"
    assert "6%" in judgement.text
    assert judgement.text.endswith("3 of 60 tenants lie as far out.")
    assert len(judgement.examples) == 5


def test_another_group_is_a_tenant_unless_it_is_mostly_the_same(world: Any) -> None:
    rows = crowd(60) + [row for account in range(900, 910) for row in scores(account, 500)]
    groups = {"all": list(range(900, 910)), "part": [900, 901, 902], "half": [900, 901, 60, 59]}
    with world(rows, groups) as engine:
        found = {one.group_id: one for one in judge_all(engine, list(groups), signals=[ASKS])}
    # 58 accounts are in no group. "part" lies within "all", and mostly within "half": it cannot be their tenant.
    assert [found[name].tenants for name in ("all", "part", "half")] == [59, 60, 59]
    assert found["all"].p_value == pytest.approx(1 / 60)
    assert found["part"].p_value == pytest.approx((1 + 1) / 61)


def test_forty_nine_tenants_are_too_few(world: Any) -> None:
    for tenants, blind in ((49, True), (50, False)):
        with world(crowd(tenants) + scores(900, 500), {"g": [900]}) as engine:
            judgement = judge_all(engine, ["g"], signals=[ASKS])[0]
        assert (judgement.weight is None) == blind
    with world(crowd(49) + scores(900, 500), {"g": [900]}) as engine:
        judgement = judge_all(engine, ["g"], signals=[ASKS])[0]
    assert judgement.text == "Cannot judge: 49 honest tenants to compare with, 50 are needed."


def test_a_blind_judgement_says_why(world: Any) -> None:
    with world(crowd(60) + scores(900, 500, 19) + [{"account": 901}], {"few": [900], "none": [901]}) as engine:
        found = judge_all(engine, ["few", "none", "unheard-of"], signals=[ASKS, EvenLoad()])
    assert {one.value for one in found} == {one.weight for one in found} == {one.p_value for one in found} == {None}
    assert [one.text for one in found] == [
        "Cannot judge: 19 exchanges, 20 are needed.",
        "Cannot judge: 1 accounts, 8 are needed.",
        "Cannot judge: none of the group's exchanges carry what it needs.",
        "Cannot judge: 1 accounts, 8 are needed.",
        "Cannot judge: none of the group's exchanges carry what it needs.",
        "Cannot judge: none of the group's exchanges carry what it needs.",
    ]
    with world(crowd(60), {"g": [1]}) as engine:
        judgement = judge_all(engine, ["g"], signals=[ReleasePivot()])[0]
    assert judgement.text == "Cannot judge: this log holds nothing that it measures."


def test_evidence_against_shows_no_examples(world: Any) -> None:
    with world(crowd(60) + scores(900, 1), {"g": [900]}) as engine:
        judgement = judge_all(engine, ["g"], signals=[ASKS])[0]
    assert judgement.weight == pytest.approx(math.log(0.5), abs=1e-3)
    assert judgement.examples == ()


def harvest(log: pa.Table, keys: list[int]) -> pa.Table:
    """The same log with these accounts' requests turned into a data set of reasoning traces."""
    ours = pc.is_in(log.column("account_key"), pa.array(keys))
    rows = log.num_rows
    changed = {
        "asks_reasoning": pa.array([880] * rows, pa.int16()),
        "turns": pa.array([1] * rows, pa.int16()),
        "session_id": pa.array([f"alone-{row}" for row in range(rows)]),
        "parameters": pa.array([5] * rows),
        "max_tokens": pa.array([4096] * rows),
        "prompt_hash": pa.array(range(rows)),
        "skeleton": pa.array([990 + row % 3 for row in range(rows)]),
        "skill": pa.array(["reasoning"] * rows),
        "topic": pa.array([row * 97 % 4096 for row in range(rows)], pa.int32()),
    }
    for name, column in changed.items():
        log = log.set_column(log.schema.get_field_index(name), name, pc.if_else(ours, column, log.column(name)))
    return log


def test_a_harvest_stands_out_and_random_handfuls_do_not() -> None:
    log = honest_log(accounts=400)
    keys = np.random.default_rng(3).permutation(np.unique(log.column("account_key").to_numpy())).tolist()
    groups = {"harvest": keys[:20], **{f"handful-{place}": keys[20 + 12 * place :][:12] for place in range(12)}}
    with small_world(harvest(log, keys[:20]), groups) as engine:
        judgements = judge_all(engine, list(groups))
    assert [(one.group_id, one.code) for one in judgements] == [
        (group, signal.code) for group in groups for signal in SIGNALS
    ]
    found = {group: combine([one for one in judgements if one.group_id == group])[0] for group in groups}
    ours = found.pop("harvest")
    assert ours is not None and ours > 1.5
    weights = [weight for weight in found.values() if weight is not None]
    assert len(weights) == 12
    assert max(weights) < ours
    assert np.mean(np.exp(weights)) < 3


def test_names_and_order_change_no_p_value() -> None:
    log = honest_log(accounts=150, days=6)
    keys = np.unique(log.column("account_key").to_numpy())[:15].tolist()
    with small_world(log, {"g": keys}) as engine:
        first = judge_all(engine, ["g"], signals=[one for one in SIGNALS if "account" in one.reference])
    renamed = log.take(np.random.default_rng(0).permutation(log.num_rows))
    place = renamed.schema.get_field_index("account_key")
    renamed = renamed.set_column(place, "account_key", pc.subtract(5, renamed.column("account_key")))
    with small_world(renamed, {"g": [5 - key for key in keys]}) as engine:
        second = judge_all(engine, ["g"], signals=[one for one in SIGNALS if "account" in one.reference])
    assert [(one.code, one.value, one.p_value) for one in first] == [
        (one.code, one.value, one.p_value) for one in second
    ]


def test_tenants_too_large_or_too_small_for_a_signal_take_no_part(world: Any) -> None:
    """Sixty companies of nine accounts, one of twenty, and one of three; the signal affords ten and needs eight."""

    class Affordable(EvenLoad):
        code = "SW908"
        largest_tenant = 10
        reference = ("org",)

    sizes = {**{f"org-{place}": 9 for place in range(60)}, "large": 20, "small": 3, "ours": 12}
    rows = [
        {"account": 100 * place + member, "org_id": org, "at": 24 * day + turn}
        for place, (org, size) in enumerate(sizes.items())
        for member in range(size)
        for day in range(2)
        for turn in range(5)
    ]
    ours = [100 * (len(sizes) - 1) + member for member in range(12)]
    with world(rows, {"g": ours}) as engine:
        wide, affordable = judge_all(engine, ["g"], signals=[EvenLoad(), Affordable()])
    assert affordable.tenants == 60
    assert wide.tenants > 61


def test_a_drawn_log_gives_every_unit_in_it_the_same_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out of a large log are tenants, never part of what one of them, or a group, did."""
    log = honest_log(480)
    keys = np.sort(pc.unique(log["account_key"]).to_numpy())
    group = keys[::24].tolist()
    settled = [signal for signal in SIGNALS if signal.code not in RELATIVE]
    with small_world(log, {"g": group}, released=True) as engine:
        whole = judge_all(engine, ["g"], signals=settled)
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 125)
    monkeypatch.setattr(drawing, "MOST_SHARED", 2)
    with small_world(log, {"g": group}, released=True) as engine:
        drawn = judge_all(engine, ["g"], signals=settled)
        left = engine.fetch("SELECT count(DISTINCT account_key) AS n FROM signal_drawn")["n"][0].as_py()
    assert left < len(keys) / 2
    measured = [(a, b) for a, b in zip(whole, drawn, strict=True) if a.value is not None and b.value is not None]
    assert len(measured) >= 12
    assert all(a.value == pytest.approx(b.value) and a.tenants > b.tenants for a, b in measured)


def test_a_large_group_is_measured_on_some_of_its_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or on all of them, where the signal is about pairs of accounts; never compared as if it were small."""
    log = honest_log(480)
    keys = np.sort(pc.unique(log["account_key"]).to_numpy())
    group = keys[:96].tolist()
    found = []
    for members, most in ((group, 10**6), ([key for key in group if key % 4 == 0], 10**6), (group, 24)):
        monkeypatch.setattr(drawn, "MOST_MEMBERS", most)
        with small_world(log, {"g": members}, released=True) as engine:
            found.append({one.code: one for one in judge_all(engine, ["g"], signals=SIGNALS)})
    alone = {signal.code for signal in SIGNALS if signal.code not in RELATIVE}
    whole = {signal.code for signal in SIGNALS if signal.whole}
    told = {code for code in alone if all(one[code].value is not None for one in found)}
    assert told & whole and len(told - whole) >= 8
    for code in told:
        same = found[0] if code in whole else found[1]
        assert found[2][code].value == pytest.approx(same[code].value), code


def test_a_confirmed_group_is_nobodys_tenant(world: Any) -> None:
    rows = crowd(60) + [row for account in (900, 901, 910, 911) for row in scores(account, 500)]
    groups = {"known": [900, 901], "new": [910, 911]}
    with world(rows, groups) as engine:
        before = {one.group_id: one for one in judge_all(engine, list(groups), signals=[ASKS])}
        after = {one.group_id: one for one in judge_all(engine, list(groups), signals=[ASKS], confirmed=["known"])}
    assert [before[name].p_value for name in groups] == pytest.approx([2 / 62, 2 / 62])
    assert after["new"].p_value == pytest.approx(1 / 61)
    assert after["known"].p_value == before["known"].p_value
