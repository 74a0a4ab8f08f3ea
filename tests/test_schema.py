import pyarrow as pa
import pytest

from stillwatch.schema import ACCOUNTS, CONTRACTS, EXCHANGES, LAKE, MODELS, TEXT_COLUMNS, Table

TABLES = (EXCHANGES, LAKE, ACCOUNTS, MODELS, CONTRACTS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_have_one_name_a_type_and_a_meaning(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert [column.name for column in table.columns if not column.meaning] == []
    assert table.arrow.names == list(table.names)


def test_no_hash_is_unsigned() -> None:
    assert [c.name for table in TABLES for c in table.columns if pa.types.is_unsigned_integer(c.type)] == []


def test_what_makes_a_row_usable() -> None:
    assert EXCHANGES.required == ("ts", "exchange_id", "account_id")
    assert {"ts_us", "hour", "account_key", "exchange_key"} <= set(LAKE.required)
    assert ACCOUNTS.required == ("account_id",)


def test_conform_fills_what_is_missing_and_drops_what_is_not_ours() -> None:
    rows = MODELS.conform(pa.table({"extra": [1], "model": ["m"], "input_price": [3]}))
    assert rows.schema == MODELS.arrow
    assert rows.to_pylist() == [{"model": "m", "released_at": None, "input_price": 3.0, "output_price": None}]


def test_conform_refuses_what_would_lose_something() -> None:
    with pytest.raises(pa.ArrowInvalid):
        EXCHANGES.conform(pa.table({"turns": pa.array([70_000], pa.int64())}))


def test_conform_keeps_a_table_without_rows() -> None:
    assert LAKE.conform(LAKE.arrow.empty_table()).num_rows == 0


def test_a_column_is_found_by_its_name() -> None:
    assert EXCHANGES["ts"].required
    assert "ts" in EXCHANGES
    assert "nothing" not in EXCHANGES
    with pytest.raises(KeyError, match="nothing"):
        EXCHANGES["nothing"]


def test_text_is_in_both_tables_and_never_required() -> None:
    for name in TEXT_COLUMNS:
        assert not EXCHANGES[name].required
        assert name in LAKE or f"{name}_text" in LAKE


def test_what_both_tables_carry_has_the_same_type() -> None:
    shared = [name for name in LAKE.names if name in EXCHANGES]
    assert "model" in shared
    assert [name for name in shared if LAKE[name].type != EXCHANGES[name].type] == []
