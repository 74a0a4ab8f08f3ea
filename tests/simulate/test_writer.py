from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadSettings
from stillwatch.schema import ACCOUNTS, CONTRACTS, EXCHANGES, MODELS
from stillwatch.simulate import World
from stillwatch.simulate.writer import claim

Ask = Callable[[str], list[tuple[object, ...]]]


def test_every_file_has_exactly_the_columns_of_its_table(world: World) -> None:
    days = sorted((world.path / "exchanges").iterdir())
    assert [day.name for day in days] == [f"day=2026-03-0{number}" for number in range(2, 9)]
    for path in sorted(world.path.glob("exchanges/*/*.parquet")):
        assert pq.read_schema(path).equals(EXCHANGES.arrow)
    for table in (ACCOUNTS, MODELS, CONTRACTS):
        assert pq.read_schema(world.path / f"{table.name}.parquet").equals(table.arrow)
    assert {entry.name for entry in world.path.iterdir()} == {
        "exchanges", "accounts.parquet", "models.parquet", "contracts.parquet",
    }  # fmt: skip


def test_each_day_holds_its_own_rows_in_the_order_of_time(world: World) -> None:
    for path in sorted(world.path.glob("exchanges/*/*.parquet")):
        stamps = pq.ParquetFile(path).read(columns=["ts"]).column("ts").to_pylist()
        assert stamps == sorted(stamps)
        assert {stamp.date().isoformat() for stamp in stamps} == {path.parent.name.removeprefix("day=")}


def test_no_text_is_empty_where_it_should_be_null(ask: Ask) -> None:
    for table, columns in (("exchanges", EXCHANGES), ("accounts", ACCOUNTS)):
        for column in columns.columns:
            if str(column.type) == "string":
                assert ask(f"SELECT count(*) FROM {table} WHERE {column.name} = ''") == [(0,)]


def test_one_model_is_released_inside_the_window_and_never_used_before(world: World, ask: Ask) -> None:
    models = pq.read_table(world.path / "models.parquet").to_pylist()
    inside = [row for row in models if row["released_at"].year == 2026 and row["released_at"].month == 3]
    assert len(inside) == 1
    instant = int(inside[0]["released_at"].timestamp() * 1e6)
    assert ask(f"SELECT min(epoch_us(ts)) >= {instant} FROM exchanges WHERE model = '{inside[0]['model']}'") == [
        (True,)
    ]
    assert all(row["output_price"] > row["input_price"] > 0 for row in models)


def test_contracts_name_organisations_of_the_log(world: World, ask: Ask) -> None:
    contracts = pq.read_table(world.path / "contracts.parquet").to_pylist()
    kinds = {row["kind"] for row in contracts}
    assert kinds == {"enterprise", "reseller", "evaluation", "research", "distillation-licence"}
    known = {row[0] for row in ask("SELECT DISTINCT org_id FROM accounts WHERE org_id IS NOT NULL")}
    assert {row["org_id"] for row in contracts} < known  # the undeclared reseller has an organisation, no contract


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    claim(tmp_path / "new" / "deep")
    claim(tmp_path / "new" / "deep")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadSettings):
            claim(folder)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"
