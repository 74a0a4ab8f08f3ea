from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from stillwatch.campaigns.facts import collect_facts

Make = Callable[..., object]
START = datetime(2026, 3, 2, tzinfo=UTC)


def test_sizes_span_and_cost_are_counted(facts: Make, ask: Make) -> None:
    rows = [
        ask(1, 0, input_tokens=100, output_tokens=900, reasoning_tokens=50, model="m", skill="coding"),
        ask(1, 24, input_tokens=100, output_tokens=900, model="m", skill="coding"),
        ask(2, 48, input_tokens=None, output_tokens=None, model="free", skill="chat"),
        ask(3, 1, input_tokens=10**6, output_tokens=1, model="m"),  # of no group
    ]
    found = facts([1, 2], rows, [], [{"model": "m", "input_price": 1.0, "output_price": 10.0}])
    assert found.exchanges == 3
    assert (found.first_seen, found.last_seen) == (START, START + timedelta(hours=48))
    assert found.days == pytest.approx(2.0)
    assert found.row["input_tokens"] == 200 and found.row["output_tokens"] == 1850
    assert found.row["dollars"] == pytest.approx((200 * 1.0 + 1800 * 10.0) / 1e6)
    assert found.skills == [("coding", 2), ("chat", 1)]
    assert found.daily == [("2026-03-02", 1), ("2026-03-03", 1), ("2026-03-04", 1)]


def test_what_the_log_lacks_is_none_and_not_zero(facts: Make, ask: Make) -> None:
    found = facts([1], [ask(1, 0), ask(1, 1)])
    assert found.prompts is None and found.systems is None and found.networks is None and found.end_users is None
    assert found.commonest("email_domain") is None
    assert found.spread("payment_bin") is None
    assert found.signup_days() is None and found.fading() is None
    assert found.row["token_rows"] == 0 and found.row["priced"] == 0


def test_prompts_that_strangers_send_too_are_public(facts: Make, ask: Make) -> None:
    rows = [ask(1, n, prompt_hash=n % 4) for n in range(8)] + [ask(2, 0, prompt_hash=99)]
    rows += [ask(stranger, n, prompt_hash=n) for stranger in (7, 8) for n in range(2)]
    found = facts([1, 2], rows)
    assert found.prompts["distinct_values"] == 5 and found.prompts["n"] == 9
    assert found.prompts["public"] == 4  # prompts 0 and 1, sent twice each, are known to two strangers
    assert found.prompts["strangers"] == 2


def test_prompts_asked_once_need_not_stand_among_the_recurring(lake: Make, ask: Make) -> None:
    rows = [ask(1, n, prompt_hash=n % 5) for n in range(7)] + [ask(2, 0, prompt_hash=99), ask(2, 1)]
    rows += [ask(stranger, n, prompt_hash=n) for stranger in (7, 8) for n in range(2)] + [ask(3, 0, prompt_hash=98)]
    engine = lake(rows)
    members = pa.table({"group_id": ["A", "A", "B", "C"], "account_key": [1, 2, 3, 4]})
    everything = {group: fact.prompts for group, fact in collect_facts(engine, members).items()}
    recurring = engine.fetch("SELECT account_key, value, times FROM recurring_prompts WHERE value IN (0, 1)")
    engine.register("recurring_prompts", recurring)
    assert {group: fact.prompts for group, fact in collect_facts(engine, members).items()} == everything
    assert everything["A"] == {"distinct_values": 6, "n": 8, "top": 2, "public": 4, "strangers": 2}
    assert everything["B"] == {"distinct_values": 1, "n": 1, "top": 1, "public": 0, "strangers": 0}


def test_commonest_networks_and_end_users(facts: Make, ask: Make) -> None:
    rows = [ask(1, n, ip_network=n % 3, end_user_id=f"u{n}" if n < 2 else None) for n in range(7)]
    found = facts([1, 2], [*rows, ask(2, 0, ip_network=2), ask(5, 0, ip_network=1)])
    assert found.networks == {"distinct_values": 3, "n": 8, "top": 3}
    assert found.end_users["distinct_values"] == 2 and found.row["with_end_user"] == 2


def test_shares_of_members(facts: Make, ask: Make, person: Make) -> None:
    people = [
        person(n, email_domain="x.test" if n < 3 else None, created_at=START + timedelta(days=n)) for n in range(6)
    ]
    found = facts(range(6), [ask(n, n) for n in range(6)], people)
    assert found.commonest("email_domain") == ("x.test", 0.5)
    assert found.signup_days() == pytest.approx(4.0)


def test_every_group_gets_its_own(lake: Make, ask: Make) -> None:
    engine = lake([ask(1, 0), ask(2, 1), ask(2, 2)])
    found = collect_facts(engine, pa.table({"group_id": ["A", "B"], "account_key": [1, 2]}))
    assert {name: facts.exchanges for name, facts in found.items()} == {"A": 1, "B": 2}
