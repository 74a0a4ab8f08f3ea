from __future__ import annotations

from typing import Any

from stillwatch.signals.account_synchrony import AccountSynchrony
from stillwatch.signals.measure import keep_partials
from stillwatch.signals.round_robin import RoundRobin


def test_both_signals_read_one_table_of_exact_counts(world: Any) -> None:
    first, second = AccountSynchrony(), RoundRobin()
    assert first.table == second.table and first.account_sql() == second.account_sql()
    assert first.unit_sql("units") != second.unit_sql("units")
    rows = [{"account": account, "at": at} for account, at in ((1, 0.1), (1, 0.9), (1, 5.0), (2, 5.5))]
    with world(rows, {"g": [1, 2]}) as engine:
        built: dict[str, int] = {}
        assert keep_partials(engine, first, built) and keep_partials(engine, second, built)
        found = engine.fetch(f"SELECT exchanges FROM {first.table} ORDER BY account_key, hour").to_pylist()
    assert [row["exchanges"] for row in found] == [2, 1, 1]
