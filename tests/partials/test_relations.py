"""What the relations hold, by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.partials.relations import DAILY, LARGE, SMALL, replace_daily, replace_filled, replace_recurring
from stillwatch.schema import LAKE

Make = Callable[..., DuckDBEngine]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def log(lake: Make, ask: Ask) -> DuckDBEngine:
    return lake(
        [
            ask(1, 1.0, org_id="o", country="DE", stack=7, band_0=100, prompt_hash=50, ip_network=9),
            ask(1, 2.0, org_id="o", country="AT", stack=7, band_0=100, prompt_hash=50),
            ask(1, 30.0, stack=8, band_0=101, prompt_hash=51, ip_network=9),
            ask(2, 3.0, stack=7, band_0=101, prompt_hash=52, ip_network=4),
            ask(3, 3.5, band_0=102, prompt_hash=53),
        ]
    )


def rows(engine: DuckDBEngine, name: str, order: str) -> list[dict[str, Any]]:
    return engine.fetch(f"SELECT * FROM {name} ORDER BY {order}").to_pylist()


def test_days_are_counted_by_account_and_organisation(log: DuckDBEngine) -> None:
    found = [
        (row["account_key"], row["day_start"] % 24, row["org_id"], row["country"], row["exchanges"], row["tasks"])
        for row in rows(log, "account_days", "account_key, day_start")
    ]
    assert found == [
        (1, 0, "o", "AT", 2, 2),
        (1, 0, None, None, 1, 1),
        (2, 0, None, None, 1, 1),
        (3, 0, None, None, 1, 1),
    ]


def test_days_are_counted_by_model_with_the_tokens_that_can_be_priced(lake: Make, ask: Ask) -> None:
    log = lake(
        [
            ask(1, 1.0, model="m", input_tokens=5, output_tokens=7, reasoning_tokens=2, prompt_hash=1),
            ask(1, 2.0, model="m", output_tokens=100, end_user_id="u"),
            ask(1, 3.0, model="n"),
        ]
    )
    columns = ("exchanges", "prompts", "with_end_user", "input_tokens", "output_tokens", "paid_tokens", "token_rows")
    found = {row["model"]: tuple(row[name] for name in columns) for row in rows(log, "account_days", "model")}
    assert found == {"m": (2, 1, 1, 5, 109, 7, 2), "n": (1, 0, 0, None, 0, 0, 0)}


def test_totals_are_an_accounts_days_added_up(log: DuckDBEngine) -> None:
    columns = ("account_key", "account_id", "org_id", "country", "exchanges", "tasks")
    found = [tuple(row[name] for name in columns) for row in rows(log, "account_totals", "account_key")]
    assert found == [(1, "a1", "o", "AT", 3, 3), (2, "a2", None, None, 1, 1), (3, "a3", None, None, 1, 1)]
    assert all(row["last_us"] > row["first_us"] for row in rows(log, "account_totals", "account_key")[:1])


def test_retries_of_single_days_are_those_of_the_log(lake: Make, ask: Ask) -> None:
    """A body refused before midnight and sent again after it, one of many accounts, one that nobody refused."""
    log = [
        ask(1, 5.0, body_hash=1, status=429), ask(2, 5.01, body_hash=1, status=200), ask(3, 30.0, body_hash=1),
        ask(1, 23.99, body_hash=2, status=503), ask(2, 24.01, body_hash=2, status=200),
        *(ask(account, 6.0 + account, body_hash=3, status=429) for account in range(1, 6)),
        ask(1, 7.0, body_hash=4, status=200), ask(2, 7.01, body_hash=4, status=200),
        ask(1, 8.0, body_hash=5, status=429), ask(1, 8.01, body_hash=5, status=200),
        ask(1, 9.0, status=429), ask(2, 9.01, status=200),
    ]  # fmt: skip
    whole = rows(lake(log), "retries", "body_hash, ts_us")
    assert [(row["body_hash"], row["account_key"], row["refused"]) for row in whole] == [
        (1, 1, 1), (1, 2, 0), (2, 1, 1), (2, 2, 0),
    ]  # fmt: skip
    by_day = [[one for one in log if (one["hour"] // 24 == log[2]["hour"] // 24) == later] for later in (False, True)]
    found = [row for day in by_day for row in rows(lake(day), "retries", "body_hash, ts_us")]
    assert sorted(found, key=str) == sorted(whole, key=str)


def test_a_network_that_is_not_told_is_counted_too(log: DuckDBEngine) -> None:
    place = SMALL.index("ip_network")
    found = log.fetch(
        f"SELECT account_key, value, exchanges FROM account_values WHERE place = {place} ORDER BY account_key, value"
    ).to_pylist()
    assert [tuple(row.values()) for row in found] == [(1, 9, 2), (1, None, 1), (2, 4, 1), (3, None, 1)]
    assert [tuple(row.values()) for row in rows(log, "seen_ip_network", "account_key")] == [(1, 9, 2), (2, 4, 1)]


def test_what_one_account_alone_has_is_not_shared(log: DuckDBEngine) -> None:
    assert [tuple(row.values()) for row in rows(log, "shared_band_0", "account_key")] == [(1, 101), (2, 101)]
    assert rows(log, "shared_body_hash", "account_key") == []


def test_a_prompt_asked_again_by_the_same_account_is_repeated(log: DuckDBEngine) -> None:
    assert rows(log, "repeated_prompts", "prompt_hash") == [{"prompt_hash": 50, "askings": 2}]


def test_tables_take_the_place_of_views_with_the_same_rows(log: DuckDBEngine) -> None:
    names = [*DAILY, "account_totals", "repeated_prompts"]
    names += [f"shared_{name}" for name in LARGE] + [f"seen_{column}" for column in SMALL]

    def everything() -> dict[str, list[str]]:
        return {name: sorted(map(str, log.fetch(f"SELECT * FROM {name}").to_pylist())) for name in names}

    before = everything()
    replace_daily(log)
    for name in LARGE:
        log.register(f"recurring_{name}", log.fetch(f"SELECT account_key, value, 1 AS times FROM shared_{name}"))
    log.register("recurring_prompt_hash", log.fetch("SELECT account_key, value, times FROM recurring_prompts"))
    replace_recurring(log)
    assert everything() == before
    assert log.scalar("SELECT count(*) FROM recurring_prompts") == 5


def test_counts_may_be_known_beforehand(log: DuckDBEngine) -> None:
    before = log.fetch("SELECT * FROM filled").to_pylist()[0]
    assert (before["all_rows"], before["org_id"], before["band_0"], before["band_1"]) == (5, 2, 5, 0)
    replace_filled(log, 5, {name: count for name, count in before.items() if name in LAKE})
    assert log.fetch("SELECT * FROM filled").to_pylist()[0] == before
    assert isinstance(log.fetch("SELECT * FROM filled"), pa.Table)
