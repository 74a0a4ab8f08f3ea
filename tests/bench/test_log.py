from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.bench.cases import CASES
from stillwatch.bench.log import HOUR_US, Log, make_log
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.lake import Lake


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return make_log(replace(CASES["time-hydra-mid"], days=3, onset=1), 5, 500, tmp_path, Settings(threads=1), None)


@pytest.fixture
def start(log: Log) -> Iterator[int]:
    (campaign,) = log.world.campaigns
    assert campaign.first is not None
    yield round(campaign.first.timestamp() * 1e6)


def _held(log: Log) -> tuple[int, int, int]:
    with DuckDBEngine(threads=1) as engine:
        Lake.open(log.lake).register(engine)
        sql = "SELECT CAST(count(*) AS BIGINT) AS n, min(ts_us) AS lo, max(ts_us) AS hi FROM exchanges"
        row = engine.fetch(sql).to_pylist()[0]
    return row["n"], row["lo"], row["hi"]


def test_cuts_add_up_to_the_whole_world(log: Log, start: int) -> None:
    rows = []
    for cut in (start + 3 * HOUR_US, start + 30 * HOUR_US):
        log.advance(cut)
        count, _, last = _held(log)
        assert last < cut
        rows.append(count)
    log.advance()
    assert rows[0] < rows[1] < _held(log)[0] == log.world.exchanges


def test_a_cut_knows_nothing_of_what_comes_later(log: Log, start: int) -> None:
    cut = start + HOUR_US
    log.advance(cut)
    known = {name: pq.read_table(path) for name, path in log.tables().items()}
    created = known["accounts"]["created_at"].cast("int64").to_pylist()
    assert 0 < len(created) < log.world.accounts
    assert max(created) < cut
    assert all(time < cut for time in known["accounts"]["banned_at"].cast("int64").to_pylist() if time)
    assert known["models"].num_rows == 2
    read = log.scan().facts["read"]
    assert 0 < read["accounts"] == read["accounts_known"]
    log.advance()
    assert {name: pq.read_table(path).num_rows for name, path in log.tables().items()} == {
        name: pq.read_table(log.world.path / f"{name}.parquet").num_rows for name in known
    }
