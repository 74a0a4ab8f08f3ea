from pathlib import Path

import pytest

from stillwatch.engines import DuckDBEngine, Engine, load_query


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "room_with_queries"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "plain.sql").write_text("SELECT 1 AS one", encoding="utf-8")
    (folder / "filled.sql").write_text("SELECT '→' AS arrow, {column} FROM {table}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "room_with_queries"


def test_a_query_lies_beside_its_room(package: str) -> None:
    assert load_query(package, "plain") == "SELECT 1 AS one"


def test_parameters_are_filled_in(package: str) -> None:
    assert load_query(package, "filled", table="t", column="c") == "SELECT '→' AS arrow, c FROM t"
    with pytest.raises(KeyError):
        load_query(package, "filled", table="t")


def test_a_query_that_is_missing_is_an_error(package: str) -> None:
    with pytest.raises(FileNotFoundError):
        load_query(package, "absent")


def test_duckdb_is_an_engine() -> None:
    with DuckDBEngine() as engine:
        assert isinstance(engine, Engine)
