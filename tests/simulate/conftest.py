"""One small world for all tests that only read it, and a draft for those that make cohorts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.simulate import World, simulate
from stillwatch.simulate.addresses import Network
from stillwatch.simulate.clocks import Clocks
from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.grammar import load_grammar
from stillwatch.simulate.places import settle
from stillwatch.simulate.stacks import Parameters, Stacks


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The demonstration world: 2,000 accounts, 7 days, one hydra ring."""
    return simulate(tmp_path_factory.mktemp("demo") / "world", scenario="hydra", accounts=2_000, days=7, seed=5)


@pytest.fixture(scope="session")
def ask(world: World) -> Callable[[str], list[tuple[object, ...]]]:
    """Run SQL over the views exchanges, accounts and truth of the world."""
    return _asking(world)


@pytest.fixture(scope="session")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world of several campaigns, each of which hides in its own way."""
    plan = "cover+reseller+replay+poison+cells+resample+residential"
    return simulate(tmp_path_factory.mktemp("hiding") / "world", scenario=plan, accounts=1_500, days=2, seed=6)


@pytest.fixture(scope="session")
def ask_hiding(hiding: World) -> Callable[[str], list[tuple[object, ...]]]:
    """The same for the world of those that hide, and the view end_users."""
    return _asking(hiding)


def _asking(world: World) -> Callable[[str], list[tuple[object, ...]]]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        f"CREATE VIEW exchanges AS SELECT * FROM "
        f"read_parquet('{world.path}/exchanges/*/*.parquet', hive_partitioning = false)"
    )
    connection.execute(f"CREATE VIEW accounts AS SELECT * FROM '{world.path}/accounts.parquet'")
    connection.execute(f"CREATE VIEW truth AS SELECT * FROM '{world.truth_path}/accounts.parquet'")
    connection.execute(f"CREATE VIEW end_users AS SELECT * FROM '{world.truth_path}/end_users.parquet'")
    return lambda sql: connection.execute(sql).fetchall()


@pytest.fixture
def draft() -> Draft:
    return _make_draft(seed=3)


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    return _make_draft


def _make_draft(seed: int, people: int = 2_000, days: int = 7) -> Draft:
    rng = np.random.default_rng(seed)
    geography = settle(rng)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    return Draft(
        rng=rng,
        geography=geography,
        network=Network(rng, geography, people),
        stacks=Stacks(rng),
        parameters=Parameters(rng),
        clocks=Clocks(0),
        grammar=load_grammar(),
        start=start,
        days=days,
        people=people,
        mean=3.0,
        release=int(start.timestamp()) * 1_000_000 + 2 * DAY_US,
    )


@pytest.fixture(scope="session")
def shelf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up folder of prompts with the columns of a real one."""
    folder = tmp_path_factory.mktemp("shelves") / "prompts"
    folder.mkdir()
    for label, sources in (
        ("distillation", (("alpha", "coding"), ("beta", "reasoning"), ("gamma", "meta_generation"))),
        ("benign", (("delta", "chat"), ("epsilon", "coding"))),
        ("hard_negative", (("zeta", "benchmark"), ("eta", "batch_nlp"), ("theta", "agentic"), ("iota", "grading"))),
    ):
        rows = [
            {"text": f"{name} asks number {number}", "source": name, "label": label, "task": task, "group": number // 9}
            for name, task in sources
            for number in range(400)
        ]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{label}.parquet")
    return folder
