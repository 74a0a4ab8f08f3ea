"""Small lakes by hand: rows from dicts, everything that is not said stays NULL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.schema import ACCOUNTS, CONTRACTS, LAKE, MODELS

Row = dict[str, Any]
START = datetime(2026, 3, 2, tzinfo=UTC)


def exchange(account: int, hours: float, **columns: Any) -> Row:
    """One exchange of account `a<account>`, `hours` after the start of the log."""
    at = int((START + timedelta(hours=hours)).timestamp() * 1e6)
    given: Row = dict.fromkeys(LAKE.names)
    given |= {"ts_us": at, "hour": at // 3_600_000_000, "account_key": account, "account_id": f"a{account}"}
    return given | {"exchange_key": account * 10**9 + at % 10**9, "exchange_id": f"e{account}-{hours}"} | columns


def account(number: int, **columns: Any) -> Row:
    """One row of the account table."""
    return {"account_id": f"a{number}", "account_key": number, "signup_network": None} | columns


def register_lake(
    engine: DuckDBEngine,
    exchanges: Sequence[Row],
    accounts: Sequence[Row] = (),
    models: Sequence[Row] = (),
    contracts: Sequence[Row] = (),
) -> None:
    """The four views that every room reads."""
    keyed = pa.schema([*ACCOUNTS.arrow, pa.field("account_key", pa.int64()), pa.field("signup_network", pa.int64())])
    for name, rows, schema in (
        ("exchanges", exchanges, LAKE.arrow),
        ("accounts", accounts, keyed),
        ("models", models, MODELS.arrow),
        ("contracts", contracts, CONTRACTS.arrow),
    ):
        full = [dict.fromkeys(schema.names) | row for row in rows]
        engine.register(name, pa.Table.from_pylist(full, schema=schema))


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(memory="1GB", threads=1) as made:
        yield made


@pytest.fixture
def lake(engine: DuckDBEngine) -> Callable[..., DuckDBEngine]:
    """`lake(exchanges, accounts, models, contracts)` registers the views and returns the engine."""

    def make(*rows: Sequence[Row]) -> DuckDBEngine:
        register_lake(engine, *rows)
        return engine

    return make


@pytest.fixture
def ask() -> Callable[..., Row]:
    """`ask(account, hours, **columns)` is one exchange."""
    return exchange


@pytest.fixture
def person() -> Callable[..., Row]:
    """`person(number, **columns)` is one account."""
    return account
