"""Small lakes by hand: rows from dicts, everything that is not said stays NULL. And one small world with a ring."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.partials.relations import register_views
from stillwatch.schema import ACCOUNTS, CONTRACTS, LAKE, MODELS

Row = dict[str, Any]


# The same examples on every run: a failure is the change's, not the day's. `--hypothesis-profile=explore` goes further.
examples.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.register_profile("explore", deadline=None)
examples.load_profile("repeatable")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their parameter: some hold a clock (gzip), and every worker must collect the same names."""
    return argname if isinstance(val, bytes) else None


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
    """The views that every room reads."""
    keyed = pa.schema([*ACCOUNTS.arrow, pa.field("account_key", pa.int64()), pa.field("signup_network", pa.int64())])
    for name, rows, schema in (
        ("exchanges", exchanges, LAKE.arrow),
        ("accounts", accounts, keyed),
        ("models", models, MODELS.arrow),
        ("contracts", contracts, CONTRACTS.arrow),
    ):
        full = [dict.fromkeys(schema.names) | row for row in rows]
        engine.register(name, pa.Table.from_pylist(full, schema=schema))
    register_views(engine)


class Page(HTMLParser):
    """A page as a reader's program takes it: elements in order, attributes, words; what was opened and not closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, raw: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.strays: list[str] = []
        self.feed(raw)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.strays.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.attributes if known == name]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="session")
def parse_page() -> Callable[[str], Page]:
    """`parse_page(html)` is the page's `elements`, `attributes`, `values(name)`, `text`, and what is badly closed."""
    return Page


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


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One thread, little memory, and a hash key of its own: what is ingested twice has the same hashes twice."""
    key = tmp_path_factory.mktemp("secret") / "hash.key"
    key.write_text("a key for tests, and for tests only")
    return Settings(threads=1, memory="1GB", hash_key_file=key)


@pytest.fixture(scope="session")
def ring_world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demonstration world: 2,000 accounts, a ring of 60, 7 days. Only to be read."""
    from stillwatch.simulate import simulate

    return simulate(tmp_path_factory.mktemp("ring") / "world", scenario="hydra", accounts=2_000, days=7, seed=5)


@pytest.fixture(scope="session")
def ring(ring_world: Any) -> frozenset[str]:
    """The ring's accounts, by the truth."""
    rows = pq.read_table(ring_world.truth_path / "accounts.parquet").to_pylist()
    return frozenset(row["account_id"] for row in rows if row["campaign"] is not None)


@pytest.fixture(scope="session")
def ring_lake(ring_world: Any, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of that world, without its text. Only to be read."""
    from stillwatch.ingest import ingest

    lake = tmp_path_factory.mktemp("ring") / "lake"
    ingest([ring_world.path], lake, forget_text=True, settings=settings)
    return lake


@pytest.fixture(scope="session")
def ring_scan(ring_lake: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a scan of that lake wrote. Only to be read."""
    from stillwatch.pipeline import scan

    out = tmp_path_factory.mktemp("ring") / "scan"
    scan([ring_lake], out, settings=settings)
    return out


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Torch in one thread: tiny models gain nothing from a second one, and the same sums come out in the same order."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment on marks at a hundredth of its size, seed 5: too small to show a mark, whole in all its parts.
    Only to be read. Workers of one run share it: the second one finds it done."""
    from stillwatch.bench.marks import run_experiment

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "toy"
    with (shared / "toy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_experiment(folder, [5], scale=0.01, processes=1)
    return folder
