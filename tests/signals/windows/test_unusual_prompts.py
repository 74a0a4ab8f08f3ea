from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.measure import keep_partials
from stillwatch.signals.windows import UnusualPrompts
from stillwatch.signals.windows.unusual_prompts import CELLS, PRIOR, SKILLS
from stillwatch.testing import check_signal

SIGNAL = UnusualPrompts()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def values(world: Any, rows: list[dict[str, Any]]) -> dict[str, float | None]:
    with world(rows, {"g": [1, 2]}) as engine:
        keep_partials(engine, SIGNAL)
        rows = engine.fetch(SIGNAL.unit_sql("units")).to_pylist()
        return {row["kind"] + row["unit_id"]: row["value"] for row in rows}


def asked(account: int, *topics: int) -> list[dict[str, Any]]:
    return [{"account": account, "skill": "coding", "topic": topic} for topic in topics]


def test_pairs_of_different_accounts_over_the_crowds_share(world: Any) -> None:
    crowd = asked(3, 7) + asked(4, 9, 9, 9)  # one vote each, however much it asks
    floor = PRIOR / (CELLS * SKILLS)
    # 4 ordered pairs between the two accounts, 2 x (1 x 2) of them in cell 7, which has one vote of two.
    found = values(world, asked(1, 7) + asked(2, 7, 7) + crowd)["groupg"]
    assert found == pytest.approx((2 + PRIOR) / (1 + floor))
    apart = values(world, asked(1, 7) + asked(2, 8, 8) + crowd)
    assert apart["groupg"] == 0


def test_an_accounts_own_narrowness_does_not_count(world: Any) -> None:
    crowd = [row for account in range(10, 74) for row in asked(account, account % 64)]
    narrow = values(world, asked(1, *[3] * 30) + asked(2, *[5] * 30) + crowd)["groupg"]
    shared = values(world, asked(1, *[3] * 30) + asked(2, *[3] * 30) + crowd)["groupg"]
    assert narrow == 0
    assert shared is not None
    assert shared > 20


def test_a_single_account_is_not_measured(world: Any) -> None:
    found = values(world, asked(1, 3) + asked(2, 3) + asked(3, 3))
    lone = [value for name, value in found.items() if name.startswith("account")]
    assert lone
    assert set(lone) == {None}


def test_topics_that_differ_beyond_the_cells_meet(world: Any) -> None:
    crowd = asked(3, 7)
    one = values(world, asked(1, 7) + asked(2, 7 + CELLS) + crowd)["groupg"]
    assert one == pytest.approx(values(world, asked(1, 7) + asked(2, 7) + crowd)["groupg"])
