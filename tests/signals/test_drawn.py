"""The exchanges that are put aside for the signals: everybody's who is measured, and as few others' as pays."""

from __future__ import annotations

from typing import Any

import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.signals import SIGNALS, drawn
from stillwatch.signals import units as drawing
from stillwatch.signals.drawn import draw_exchanges, named_columns


def accounts(engine: DuckDBEngine) -> list[int]:
    rows = engine.fetch("SELECT account_key FROM signal_drawn ORDER BY account_key").to_pylist()
    return [row["account_key"] for row in rows]


@pytest.mark.parametrize("large", [0, 10**9])
def test_exchanges_of_nobody_who_is_measured_are_left_out(
    world: Any, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 50)
    monkeypatch.setattr(drawn, "LARGE_LOG", large)  # put aside, or looked for
    with world([{"account": account} for account in range(240)], {"g": [239]}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert accounts(engine) == [*range(0, 239, 8), 239]


def test_where_most_are_measured_nobody_is_left_out(world: Any) -> None:
    with world([{"account": account} for account in range(20)], {"g": [19]}) as engine:
        draw_exchanges(engine, SIGNALS)
        assert accounts(engine) == list(range(20))


def test_only_columns_that_a_query_names_are_kept(world: Any) -> None:
    columns = named_columns(SIGNALS)
    assert {"account_key", "exchange_id", "ts_us", "prompt_hash", "status"} <= set(columns)
    assert {"prompt_text", "content", "user_agent"}.isdisjoint(columns)
