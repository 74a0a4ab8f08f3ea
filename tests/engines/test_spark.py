from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.engines import Engine, spark
from stillwatch.engines.spark import SparkEngine
from stillwatch.errors import BadEngine


@pytest.fixture
def cluster(sail: str, scratch: Path) -> Iterator[SparkEngine]:
    with SparkEngine(sail, scratch=scratch) as engine:
        yield engine


def test_a_table_is_read_viewed_kept_and_fetched(cluster: SparkEngine) -> None:
    assert isinstance(cluster, Engine)
    cluster.register("rows", pa.table({"k": [1, 1, 2], "v": [10, 20, 30]}))
    cluster.view("sums", "SELECT k, sum(v) AS total FROM rows GROUP BY k")
    assert cluster.materialise("kept", "SELECT k, CAST(total AS BIGINT) AS total FROM sums") == 2
    found = cluster.fetch("SELECT k, total FROM kept ORDER BY k")
    assert found == pa.table({"k": [1, 2], "total": [30, 30]})
    assert cluster.scalar("SELECT max(v) AS n FROM rows") == 30
    assert cluster.scalar("SELECT k FROM rows WHERE k > 5") is None


def test_a_relation_without_rows_keeps_its_columns(cluster: SparkEngine) -> None:
    cluster.register("rows", pa.table({"k": pa.array([], pa.int64()), "name": pa.array([], pa.string())}))
    assert cluster.materialise("kept", "SELECT k, name FROM rows") == 0
    assert cluster.fetch("SELECT k, name FROM kept").schema == pa.schema([("k", pa.int64()), ("name", pa.string())])


def test_files_are_read_under_one_name_whatever_they_are_called(cluster: SparkEngine, tmp_path: Path) -> None:
    paths = [tmp_path / "day=2026-01-01" / "it's.parquet", tmp_path / "a b é.parquet"]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"n": [number]}), path)
    cluster.register("files", paths)
    found = cluster.fetch("SELECT * FROM files ORDER BY n")
    assert found == pa.table({"n": [0, 1]}), "folders add no column"


@pytest.mark.parametrize("name", ["a*", "b?", "c[1]", "d{1,2}", "e%20"])
def test_a_path_that_a_cluster_would_misread_is_refused(cluster: SparkEngine, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    with pytest.raises(BadEngine, match="Rename the folder"):
        cluster.register("files", [path])


def test_views_follow_the_names_that_they_read(cluster: SparkEngine) -> None:
    cluster.register("rows", pa.table({"n": [1]}))
    cluster.materialise("kept", "SELECT n FROM rows")
    cluster.view("seen", "SELECT n FROM kept")
    cluster.view("over", "SELECT n + 1 AS n FROM seen")
    assert cluster.scalar("SELECT n FROM over") == 2
    cluster.materialise("kept", "SELECT n + 10 AS n FROM rows")
    assert cluster.scalar("SELECT n FROM over") == 12
    cluster.view("seen", "SELECT n + 100 AS n FROM kept")
    assert cluster.scalar("SELECT n FROM over") == 112
    cluster.register("seen", pa.table({"n": [5]}))
    assert cluster.scalar("SELECT n FROM over") == 6
    cluster.materialise("seen", "SELECT n + n AS n FROM seen")
    assert cluster.scalar("SELECT n FROM over") == 11


def test_what_is_kept_is_not_computed_again_and_goes_when_replaced(cluster: SparkEngine, scratch: Path) -> None:
    cluster.register("rows", pa.table({"n": [1, 2]}))
    cluster.materialise("kept", "SELECT n FROM rows")
    cluster.register("rows", pa.table({"n": [7, 8, 9]}))
    assert cluster.fetch("SELECT n FROM kept ORDER BY n")["n"].to_pylist() == [1, 2]
    cluster.materialise("kept", "SELECT n + n AS n FROM kept")
    assert cluster.fetch("SELECT n FROM kept ORDER BY n")["n"].to_pylist() == [2, 4]
    (folder,) = scratch.iterdir()
    assert len(list(folder.glob("kept-*"))) == 1
    assert len(list(folder.glob("rows-*"))) == 1


def test_moments_are_utc_and_types_are_duckdbs(cluster: SparkEngine) -> None:
    moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    cluster.register("rows", pa.table({"at": [moment], "n": pa.array([3], pa.int16()), "f": [True]}))
    found = cluster.fetch("SELECT at, n, f, CAST(at AS VARCHAR) AS t, sum(CAST(n AS BIGINT)) OVER () AS s FROM rows")
    assert found.to_pylist() == [{"at": moment, "n": 3, "f": True, "t": "2026-03-02 01:30:00", "s": 3}]
    assert found.schema.types == [
        pa.timestamp("us", tz="UTC"), pa.int16(), pa.bool_(), pa.string(), pa.int64(),
    ]  # fmt: skip


def test_a_fault_is_ours_and_shows_no_value(cluster: SparkEngine) -> None:
    cluster.register("rows", pa.table({"t": ["hunter2"]}))
    for sql in ("SELECT CAST(t AS BIGINT) AS n FROM rows", "SELECT hunter2 AS n FROM rows", "SELECT n FROM nowhere"):
        with pytest.raises(BadEngine, match="failed at fetching rows") as raised:
            cluster.fetch(sql)
        assert "hunter2" not in str(raised.value)
    with pytest.raises(BadEngine, match="failed at making kept"):
        cluster.materialise("kept", "SELECT CAST(t AS BIGINT) AS n FROM rows")
    assert cluster.scalar("SELECT t FROM rows") == "hunter2", "the engine goes on"


def test_scratch_is_bounded(sail: str, scratch: Path) -> None:
    rows = pa.table({"n": pa.array([i * 2654435761 % 2**31 for i in range(400_000)], pa.int64())})
    with (
        pytest.raises(BadEngine, match="`spill`"),
        SparkEngine(sail, scratch=scratch, spill="1MB") as engine,
    ):
        engine.register("rows", rows)
    assert list(scratch.iterdir()) == []


def test_scratch_that_the_workers_see_elsewhere_is_found_out(
    sail: str, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = spark._url
    monkeypatch.setattr(spark, "_url", lambda path: plain(tmp_path / "elsewhere" / path.name))
    with pytest.raises(BadEngine, match="`scratch`"):
        SparkEngine(sail, scratch=scratch)
    assert list(scratch.iterdir()) == []


def test_scratch_where_nobody_may_write(sail: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadEngine, match="folder to write in"):
        SparkEngine(sail, scratch=tmp_path / "file")
