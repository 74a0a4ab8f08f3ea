from __future__ import annotations

import json
from collections.abc import Callable

import pytest

Ask = Callable[[str], list[tuple[object, ...]]]


def test_a_history_is_json_that_ends_in_the_prompt(ask: Ask) -> None:
    rows = ask("SELECT messages, prompt, turns FROM exchanges WHERE messages IS NOT NULL LIMIT 400")
    assert len(rows) == 400
    for messages, prompt, turns in rows:
        parsed = json.loads(str(messages))
        assert parsed[-1] == {"role": "user", "content": prompt}
        assert [message["role"] for message in parsed[::2]] == ["user"] * int(str(turns))


def test_the_second_turn_quotes_the_first(ask: Ask) -> None:
    rows = ask(
        "SELECT a.prompt, b.messages FROM exchanges a JOIN exchanges b USING (session_id) "
        "WHERE a.turns = 1 AND b.turns = 2 LIMIT 200"
    )
    assert len(rows) == 200
    assert all(json.loads(str(messages))[0]["content"] == first for first, messages in rows)


def test_handed_over_bodies_are_the_same_letter_for_letter(ask: Ask) -> None:
    rows = ask(
        "WITH r AS (SELECT e.*, campaign FROM exchanges e JOIN truth USING (account_id)) "
        "SELECT count(*) FROM r x JOIN r y ON x.prompt = y.prompt AND x.system_prompt IS NOT DISTINCT FROM "
        "y.system_prompt AND x.model = y.model AND x.account_id <> y.account_id AND x.campaign = y.campaign "
        "WHERE x.status = 429 AND y.ts > x.ts AND y.ts < x.ts + INTERVAL 9 SECOND"
    )
    assert int(str(rows[0][0])) >= 5


def test_runners_repeat_a_few_prompts_and_people_do_not(ask: Ask) -> None:
    rows = dict(
        ask(
            "SELECT role, count(DISTINCT prompt) / count(*) FROM exchanges JOIN truth USING (account_id) "
            "WHERE role IN ('benchmark', 'household', 'batch') GROUP BY role"
        )
    )
    assert float(str(rows["benchmark"])) < 0.5
    assert float(str(rows["household"])) > 0.9


def test_a_class_writes_its_own_drafts_under_one_assignment(ask: Ask) -> None:
    rows = ask(
        "SELECT count(DISTINCT left(lower(prompt), 60)), count(DISTINCT prompt) FROM exchanges "
        "JOIN truth USING (account_id) WHERE role = 'classroom' AND lower(prompt) LIKE 'i am a student of%'"
    )
    assert rows[0][0] == 1
    assert int(str(rows[0][1])) > 30


def test_the_ring_elicits_reasoning_and_the_crowd_does_not(ask: Ask) -> None:
    asks = "regexp_matches(lower(coalesce(system_prompt, '') || prompt), 'reasoning|thought|step by step')"
    rows = dict(
        ask(
            f"SELECT role, avg(({asks})::INT) FROM exchanges JOIN truth USING (account_id) "
            "WHERE role IN ('campaign', 'household') GROUP BY role"
        )
    )
    assert 0.6 < float(str(rows["campaign"])) < 0.95
    assert float(str(rows["household"])) < 0.02


@pytest.mark.parametrize("role", ["household", "campaign", "batch"])
def test_prompts_are_of_real_length(ask: Ask, role: str) -> None:
    rows = ask(
        f"SELECT avg(length(prompt)), min(length(prompt)) FROM exchanges JOIN truth USING (account_id) "
        f"WHERE role = '{role}'"
    )
    assert 250 < float(str(rows[0][0])) < 1_200
    assert int(str(rows[0][1])) > 5
