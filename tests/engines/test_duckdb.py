from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.engines import DuckDBEngine


def test_a_table_is_read_viewed_kept_and_fetched() -> None:
    with DuckDBEngine(threads=1) as engine:
        engine.register("rows", pa.table({"k": [1, 1, 2], "v": [10, 20, 30]}))
        engine.view("sums", "SELECT k, sum(v) AS total FROM rows GROUP BY k")
        assert engine.materialise("kept", "SELECT k, CAST(total AS BIGINT) AS total FROM sums") == 2
        assert engine.fetch("SELECT k, total FROM kept ORDER BY k").to_pylist() == [
            {"k": 1, "total": 30},
            {"k": 2, "total": 30},
        ]
        assert engine.scalar("SELECT max(v) AS n FROM rows") == 30
        assert engine.scalar("SELECT k FROM rows WHERE k > 5") is None


def test_files_are_read_under_one_name_whatever_they_are_called(tmp_path: Path) -> None:
    paths = [tmp_path / "day=2026-01-01" / "it's.parquet", tmp_path / "b.parquet"]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"n": [number]}), path)
    with DuckDBEngine() as engine:
        engine.register("files", paths)
        found = engine.fetch("SELECT n FROM files ORDER BY n")
        assert found.column_names == ["n"], "folders add no column"
        assert found["n"].to_pylist() == [0, 1]


def test_a_name_can_be_given_again() -> None:
    with DuckDBEngine() as engine:
        for value in (1, 2):
            engine.register("rows", pa.table({"n": [value]}))
            engine.materialise("kept", "SELECT n FROM rows")
            engine.view("seen", "SELECT n FROM rows")
            assert engine.scalar("SELECT n FROM kept") == engine.scalar("SELECT n FROM seen") == value


def test_a_name_can_become_another_kind() -> None:
    with DuckDBEngine() as engine:
        engine.register("rows", pa.table({"n": [1]}))
        engine.view("over", "SELECT n FROM rows")
        assert engine.materialise("rows", "SELECT n + 1 AS n FROM rows") == 1
        assert engine.scalar("SELECT n FROM over") == 2
        engine.view("rows", "SELECT 3 AS n")
        assert engine.scalar("SELECT n FROM over") == 3
        engine.materialise("rows", "SELECT 4 AS n")
        engine.register("rows", pa.table({"n": [5]}))
        assert engine.scalar("SELECT n FROM over") == 5


def test_moments_are_utc() -> None:
    with DuckDBEngine() as engine:
        assert (
            engine.scalar("SELECT CAST(TIMESTAMPTZ '2026-03-01 23:30:00-02' AS VARCHAR) AS t")
            == "2026-03-02 01:30:00+00"
        )


def test_memory_spill_and_network_are_bounded(tmp_path: Path) -> None:
    with DuckDBEngine(memory="200MB", spill="1GB", threads=1, scratch=tmp_path) as engine:
        settings = {
            name: engine.scalar(f"SELECT current_setting('{name}') AS s")
            for name in ("threads", "max_temp_directory_size", "temp_directory", "autoinstall_known_extensions")
        }
        assert settings["threads"] == 1
        assert settings["max_temp_directory_size"] == "953.6 MiB"
        assert str(settings["temp_directory"]).startswith(str(tmp_path))
        assert settings["autoinstall_known_extensions"] is False


def test_the_spill_folder_goes_with_the_engine(tmp_path: Path) -> None:
    engine = DuckDBEngine(scratch=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_it_goes_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error), DuckDBEngine(scratch=tmp_path) as engine:
        engine.fetch("SELECT nothing")
    assert list(tmp_path.iterdir()) == []
