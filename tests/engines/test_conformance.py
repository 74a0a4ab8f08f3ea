"""Each step of a scan gives the same rows on every engine, and the scan the same campaigns with the same members.

Nothing is listed here: an engine is written down while a scan runs, query by query, so a new query is compared the day
it is first asked. The clusters are real, with two workers each; see conftest.py for what runs where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from stillwatch import links, pipeline, signals
from stillwatch.config import Settings
from stillwatch.engines import Engine, load_query, open_engine
from stillwatch.engines.columns import plain_table
from stillwatch.engines.spark import SparkEngine
from stillwatch.findings import Memory, Toolkit
from stillwatch.signals.single_turn_dataset import SingleTurnDataset

pytestmark = pytest.mark.acceptance
SOURCE = Path(pipeline.__file__).parent
# Sums of floats come in another order on each engine; whole numbers and texts must be equal.
RELATIVE = 1e-9


@dataclass
class Written:
    """An engine that keeps what each of its steps gave: (verb, name, SQL) and the rows."""

    engine: Engine
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[pa.Table] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.engine.name

    def _note(self, verb: str, name: str, sql: str, rows: pa.Table) -> None:
        self.steps.append((verb, name, sql))
        self.rows.append(rows)

    def register(self, name: str, source: pa.Table | Sequence[Path]) -> None:
        self.engine.register(name, source)
        brought = plain_table(source) if isinstance(source, pa.Table) else pa.table({"files": [len(source)]})
        self._note("register", name, "", brought)

    def view(self, name: str, sql: str) -> None:
        self.engine.view(name, sql)
        self._note("view", name, sql, pa.table({}))

    def materialise(self, name: str, sql: str) -> int:
        rows = self.engine.materialise(name, sql)
        kept = _kept(self.engine, name)
        assert kept.num_rows == rows
        self._note("materialise", name, sql, kept)
        return rows

    def fetch(self, sql: str) -> pa.Table:
        rows = self.engine.fetch(sql)
        self._note("fetch", "", sql, rows)
        return rows

    def scalar(self, sql: str) -> object:
        value = self.engine.scalar(sql)
        self._note("scalar", "", sql, pa.table({"value": [value]}))
        return value


def _kept(engine: Engine, name: str) -> pa.Table:
    if not isinstance(engine, SparkEngine):
        return plain_table(engine.fetch(f"SELECT * FROM {name}"))
    folder, _ = engine._kept[name]
    files = sorted(folder.glob("*.parquet"))
    if not files:  # Sail writes none where there are no rows
        return engine.fetch(f"SELECT * FROM {name}")
    return plain_table(pa.concat_tables(map(pq.read_table, files)))  # a job only to look would double the time


def scan(lake: Path, out: Path, settings: Settings, **more: Any) -> Written:
    """What a scan asks of its engine, step by step."""
    kept: list[Written] = []

    @contextmanager
    def opened(settings: Settings) -> Iterator[Written]:
        with open_engine(settings) as engine:
            kept.append(Written(engine))
            yield kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "open_engine", opened)
        pipeline.scan([lake], out, settings=settings, **more)
    return kept[0]


def _lake(folder: Path, settings: Settings, scenario: str, days: int) -> Path:
    """The lake of a small world: every query costs a cluster as much as on a large one."""
    from stillwatch.ingest import ingest
    from stillwatch.simulate import simulate

    made = simulate(folder / "world", scenario=scenario, accounts=600, days=days, seed=5)
    ingest([made.path], folder / "lake", forget_text=True, settings=settings)
    return folder / "lake"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    """The lake of a world with a ring."""
    return _lake(tmp_path_factory.mktemp("conformance"), settings, "hydra", 4)


@pytest.fixture(scope="module")
def here(world: Path, settings: Settings) -> Written:
    """A scan in this process: what every other engine is held against. Its results lie beside the lake, in `here`."""
    return scan(world, world.parent / "here", settings)


@dataclass
class Later:
    """A world of other attackers, looked at again: partial results by day, toolkits, a reviewer's dismissal."""

    lake: Path
    more: dict[str, Any]
    here: Written


KERNEL = ("kernel", "principal", "members")


def ask_the_rest(engine: Engine, linking: links.Linking) -> None:
    """What a scan asks only where it finds something to ask about: asked here in any case."""
    lacking = signals.missing(engine, signals.SIGNALS)
    for signal in signals.SIGNALS:
        if not lacking[signal.code] and signal.exchange_sql() not in signal.account_sql():
            engine.fetch(signal.exchange_sql())
    engine.register("kernel_nodes", pa.table({name: pa.array(range(4), pa.int32()) for name in KERNEL}))
    engine.fetch(load_query("stillwatch.links", "kernel_links", rarest=100, most=200))
    engine.fetch(load_query("stillwatch.links", "openings"))
    engine.fetch(load_query("stillwatch.signals", "units_drawn"))
    engine.materialise("signal_accompanied", SingleTurnDataset().helper_sql("signal_accompanied"))
    for again in sorted({signal.again_sql() or "" for signal in signals.SIGNALS} - {""}):
        engine.fetch(again)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Later:
    lake = _lake(tmp_path_factory.mktemp("later"), settings, "reseller+replay+loud", 5)
    toolkits: list[Toolkit] = []
    first = pipeline.scan(
        [lake],
        lake.parent / "first",
        settings=settings,
        also=lambda engine, linking: toolkits.extend(t for kept in linking.toolkits.values() for t in kept),
    )
    members = first.members.group_by("campaign_id").aggregate([("account_id", "list")]).sort_by("campaign_id")
    memory = Memory(toolkits=tuple(toolkits), dismissed=(tuple(members["account_id_list"][0].as_py()),))
    more = {"partials": lake.parent / "partials", "memory": memory, "also": ask_the_rest}
    return Later(lake, more, scan(lake, lake.parent / "here", settings, **more))


def assert_same_rows(step: tuple[str, str, str], mine: pa.Table, theirs: pa.Table) -> None:
    verb, name, sql = step
    place = f"{verb} {name or sql[:200]}"
    assert theirs.column_names == mine.column_names, place
    assert theirs.schema.types == mine.schema.types, place
    assert theirs.num_rows == mine.num_rows, place
    floats = [column.name for column in mine.schema if pa.types.is_floating(column.type)]
    exact = [column for column in mine.column_names if column not in floats]
    if verb != "register" and not (verb == "fetch" and _ordered(sql)):
        order = [(column, "ascending") for column in (*exact, *floats)]
        mine, theirs = (table.sort_by(order) if order else table for table in (mine, theirs))
    assert theirs.select(exact).equals(mine.select(exact)), place
    for column in floats:
        expected, found = (table.column(column) for table in (mine, theirs))
        assert found.is_null().equals(expected.is_null()), f"{place}: {column}"
        np.testing.assert_allclose(
            found.to_numpy(), expected.to_numpy(), rtol=RELATIVE, atol=1e-12, err_msg=f"{place}: {column}"
        )


def _ordered(sql: str) -> bool:
    return sqlglot.parse_one(sql, read="duckdb").args.get("order") is not None


def assert_same_scan(mine: Written, theirs: Written) -> None:
    for step, found, rows, other in zip(mine.steps, theirs.steps, mine.rows, theirs.rows, strict=False):
        assert found == step
        assert_same_rows(step, rows, other)
    assert len(theirs.steps) == len(mine.steps)


def assert_same_campaigns(mine: Path, theirs: Path) -> None:
    found, expected = (json.loads((folder / "campaigns.json").read_text()) for folder in (theirs, mine))
    assert len(expected) >= 3, "a world without campaigns would show nothing"
    assert [(c["id"], c["status"]) for c in found] == [(c["id"], c["status"]) for c in expected]
    members = [pq.read_table(folder / "members.parquet") for folder in (mine, theirs)]
    assert_same_rows(("fetch", "members", "SELECT 1"), *members)


def test_sail_gives_the_same_rows_and_campaigns(
    here: Written, world: Path, sail: str, scratch: Path, settings: Settings
) -> None:
    out = world.parent / "sail"
    found = scan(world, out, settings.model_copy(update={"engine": sail, "scratch": scratch}))
    assert_same_scan(here, found)
    assert_same_campaigns(world.parent / "here", out)


def test_sail_gives_the_same_later(later: Later, sail: str, scratch: Path, settings: Settings) -> None:
    out = later.lake.parent / "sail"
    found = scan(later.lake, out, settings.model_copy(update={"engine": sail, "scratch": scratch}), **later.more)
    assert_same_scan(later.here, found)
    assert_same_campaigns(later.lake.parent / "here", out)


def test_spark_gives_the_same_rows_and_campaigns(
    here: Written, world: Path, spark: str, scratch: Path, settings: Settings
) -> None:
    out = world.parent / "spark"
    found = scan(world, out, settings.model_copy(update={"engine": spark, "scratch": scratch}))
    assert_same_scan(here, found)
    assert_same_campaigns(world.parent / "here", out)


# Baselines of `stillwatch bench detect`, which runs in this process only.
NOT_IN_A_SCAN = {"bench/account_rates.sql", "bench/content.sql", "bench/rare_pairs.sql", "bench/rare_traits.sql"}


def test_the_scans_ask_every_query(here: Written, later: Later) -> None:
    asked = [_plain(sql) for written in (here, later.here) for _, _, sql in written.steps]
    unasked = set()
    for path in sorted(SOURCE.rglob("*.sql")):
        parts = re.split(r"\\\{\w+\\\}", re.escape(_plain(path.read_text(encoding="utf-8"))))
        pattern = re.compile(".*?".join(parts), re.DOTALL)
        if not any(pattern.search(sql) for sql in asked):
            unasked.add(path.relative_to(SOURCE).as_posix())
    assert unasked == NOT_IN_A_SCAN, "a query that no scan asks: say here who asks it, or nobody compares it"


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
