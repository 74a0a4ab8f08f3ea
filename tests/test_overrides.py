"""Tables that stand in for the lake's own for one scan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.errors import BadInput, BadLake
from stillwatch.ingest import ingest
from stillwatch.lake import Lake
from stillwatch.overrides import override_tables

KNOWN = "SELECT account_id, plan FROM accounts ORDER BY account_id"
JOINED = (
    "SELECT CAST(count(*) AS BIGINT) AS n FROM accounts AS a "
    "JOIN (SELECT account_key FROM exchanges GROUP BY account_key) AS e ON e.account_key = a.account_key"
)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(params=[True, False], ids=["text forgotten", "text kept"])
def lake(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Lake:
    """Ten exchanges of two accounts, with an account table and a contract of its own."""
    log = tmp_path / "log"
    log.mkdir()
    rows = [{"ts": f"2026-03-02T00:00:{n:02d}Z", "exchange_id": f"e{n}", "account_id": f"a{n % 2}"} for n in range(10)]
    write(log / "exchanges.jsonl", *rows)
    write(log / "accounts.jsonl", {"account_id": "a0", "plan": "free"}, {"account_id": "a1", "plan": "paid"})
    write(log / "contracts.jsonl", {"org_id": "acme", "kind": "enterprise"})
    ingest([log], tmp_path / "lake", forget_text=request.param, settings=settings)
    return Lake.open(tmp_path / "lake")


@pytest.fixture
def overridden(lake: Lake, settings: Settings) -> Callable[..., Any]:
    @contextmanager
    def make(**tables: Path) -> Iterator[DuckDBEngine]:
        with DuckDBEngine(memory="1GB", threads=1) as engine:
            lake.register(engine)
            override_tables(engine, lake, settings, **tables)
            yield engine

    return make


def files(lake: Lake) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(lake.root.rglob("*")) if path.is_file()}


def test_without_a_table_the_lakes_own_stands(overridden: Callable[..., Any]) -> None:
    with overridden() as engine:
        assert engine.fetch(KNOWN).to_pylist() == [
            {"account_id": "a0", "plan": "free"},
            {"account_id": "a1", "plan": "paid"},
        ]


def test_accounts_given_replace_all_others_and_join_by_the_lakes_hash(
    overridden: Callable[..., Any], lake: Lake, tmp_path: Path
) -> None:
    before = files(lake)
    given = tmp_path / "given.csv"
    given.write_text("account_id,plan,signup_ip\na1,enterprise,192.0.2.7\nstranger,free,\n")
    with overridden(accounts=given) as engine:
        assert engine.fetch(KNOWN).to_pylist() == [
            {"account_id": "a1", "plan": "enterprise"},
            {"account_id": "stranger", "plan": "free"},
        ]
        assert engine.scalar(JOINED) == 1
        networks = engine.fetch("SELECT signup_network FROM accounts ORDER BY account_id")["signup_network"]
        assert [network is None for network in networks.to_pylist()] == [False, True]
    assert files(lake) == before


def test_contracts_and_models_are_replaced_even_by_none(overridden: Callable[..., Any], tmp_path: Path) -> None:
    none = tmp_path / "contracts.csv"
    none.write_text("org_id,kind\n")
    prices = write(tmp_path / "prices.jsonl", {"model": "m", "released_at": "2026-03-01T00:00:00Z", "input_price": 2})
    with overridden(contracts=none, models=prices) as engine:
        assert engine.scalar("SELECT CAST(count(*) AS BIGINT) AS n FROM contracts") == 0
        (model,) = engine.fetch("SELECT model, input_price, output_price FROM models").to_pylist()
        assert model == {"model": "m", "input_price": 2.0, "output_price": None}
        assert engine.scalar(JOINED) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("accounts", "plan\nfree\n", "has no column 'account_id'"),
        ("contracts", "org_id,kind\nacme,\n", "row 1"),
        ("models", "model,input_price\nm,cheap\n", "row 1"),
    ],
)
def test_a_table_that_is_none_is_named(
    overridden: Callable[..., Any], tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / f"my {name}.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=f"my {name}.csv") as error, overridden(**{name: path}):
        pass
    assert said in str(error.value)


def test_another_hash_key_is_refused_where_hashes_would_not_match(lake: Lake, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_text("another key, just as long as it must be")
    given = write(tmp_path / "given.jsonl", {"account_id": "a1"})
    # Only a lake that forgets text is keyed.
    refused = pytest.raises(BadLake, match="another hash key") if lake.forget_text else nullcontext()
    with DuckDBEngine(memory="1GB", threads=1) as engine, refused:
        lake.register(engine)
        override_tables(engine, lake, Settings(hash_key_file=other), accounts=given)
        assert engine.scalar(JOINED) == 1
