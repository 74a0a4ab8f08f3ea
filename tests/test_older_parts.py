"""Parts of before a column existed are read with parts that have it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.commits import Commit, Part
from stillwatch.engines import DuckDBEngine
from stillwatch.lake import PART_SCHEMA
from stillwatch.older_parts import ADDED, lacking, register_parts
from stillwatch.schema import LAKE


def commit(part: str, columns: list[str]) -> Commit:
    return Commit(
        chunk=part, sequence=1, source="log.jsonl", format="exchanges", size=10, extent=None, contains=(), rows=1,
        repeated=0, first_us=1, last_us=2, parts=(Part(name=part, day="2026-01-01", rows=1),),
        columns=dict.fromkeys(columns, 1), faults=(),
    )  # fmt: skip


def part(folder: Path, name: str, without: tuple[str, ...]) -> Path:
    row = dict.fromkeys(PART_SCHEMA.names) | {"exchange_id": name, "part_key": 1, "seed_set": 7, "reasoning_hash": 9}
    table = pa.Table.from_pylist([row], schema=PART_SCHEMA).drop_columns(list(without))
    pq.write_table(table, folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def test_only_parts_that_lack_a_column_are_named() -> None:
    names = list(LAKE.names)
    assert lacking([commit("new", names)]) == {}
    assert lacking([commit("old", [name for name in names if name not in ADDED]), commit("new", names)]) == {
        "old": ADDED
    }


def test_what_is_added_is_in_the_lake() -> None:
    assert set(ADDED) <= set(LAKE.names)


@pytest.mark.parametrize("names", [["old"], ["new"], ["old", "new"], ["new", "old", "older"], []])
def test_old_and_new_parts_are_one_relation(tmp_path: Path, names: list[str]) -> None:
    without = {"old": ("seed_set",), "older": ADDED, "new": ()}
    files = [part(tmp_path, name, without[name]) for name in names]
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        register_parts(engine, "whole", files, PART_SCHEMA, {name: gone for name, gone in without.items() if gone})
        columns = ", ".join(PART_SCHEMA.names)
        table = engine.fetch(f"SELECT {columns} FROM whole ORDER BY exchange_id")
        assert table.schema.field("seed_set").type == pa.int16()
        found = {row["exchange_id"]: (row["seed_set"], row["reasoning_hash"]) for row in table.to_pylist()}
    expected = {"old": (None, 9), "older": (None, None), "new": (7, 9)}
    assert found == {name: expected[name] for name in names}


def test_files_of_unlike_columns_can_be_compared_on_those_they_share(tmp_path: Path) -> None:
    files = [part(tmp_path, "a", ()), part(tmp_path, "b", ADDED)]
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        engine.register("lake_day", files)
        assert engine.scalar("SELECT CAST(count(part_key) AS BIGINT) AS n FROM lake_day") == 2
