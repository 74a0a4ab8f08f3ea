"""The exchanges that are put aside for the signals: everybody's who is measured, and as few others' as pays."""

from __future__ import annotations

from typing import Any

import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.signals import SIGNALS, drawn, measure
from stillwatch.signals import units as drawing
from stillwatch.signals.drawn import draw_exchanges, named_columns


def accounts(engine: DuckDBEngine) -> list[int]:
    rows = engine.fetch("SELECT account_key FROM signal_drawn ORDER BY account_key").to_pylist()
    return [row["account_key"] for row in rows]


def test_exchanges_of_nobody_who_is_measured_are_left_out(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 50)
    with world([{"account": account} for account in range(240)], {"g": [239]}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert accounts(engine) == [*range(0, 239, 8), 239]


def test_where_most_are_measured_nobody_is_left_out(world: Any) -> None:
    with world([{"account": account} for account in range(20)], {"g": [19]}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert accounts(engine) == list(range(20))


def test_of_a_large_unit_some_accounts_are_looked_at(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 50)
    monkeypatch.setattr(drawn, "MOST_MEMBERS", 10)
    ring, small = list(range(1000, 1040)), [2001, 2003, 2005]
    rows = [{"account": account} for account in (*range(240), *ring, *small)]
    with world(rows, {"ring": ring, "small": small}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert accounts(engine) == [*range(0, 240, 8), *ring[::4], *small]
        left = engine.fetch("SELECT account_key FROM units_drawn WHERE unit_id = 'ring' ORDER BY account_key")
        assert left["account_key"].to_pylist() == ring[::4]
        whole = engine.fetch("SELECT account_key FROM signal_whole")["account_key"].to_pylist()
        assert {*ring, *small} <= set(whole)


def test_signals_that_share_partials_look_at_the_same_accounts() -> None:
    by_table: dict[str, set[bool]] = {}
    for signal in SIGNALS:
        by_table.setdefault(signal.table, set()).add(signal.whole)
    assert all(len(choices) == 1 for choices in by_table.values())


def test_supporting_signals_see_one_day_in_four_of_a_large_log(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"account": account, "at": 24 * day} for account in range(20) for day in range(9)]
    with world(rows, {"g": [19]}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert engine.scalar("SELECT count(*) FROM signal_drawn_few") == 180
        monkeypatch.setattr(measure, "LARGE_LOG", 1)
        draw_exchanges(engine, SIGNALS)
        hours = engine.fetch("SELECT hour FROM signal_drawn_few GROUP BY hour")["hour"].to_pylist()
        assert 2 <= len(hours) <= 3 and all(hour // 24 % 4 == 0 for hour in hours)
        assert engine.scalar("SELECT count(*) FROM signal_drawn") == 180


def test_only_columns_that_a_query_names_are_kept(world: Any) -> None:
    columns = named_columns(SIGNALS)
    assert {"account_key", "exchange_id", "ts_us", "prompt_hash", "status"} <= set(columns)
    assert {"prompt_text", "content", "user_agent"}.isdisjoint(columns)
