from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.schema import EXCHANGES
from stillwatch.sources import plan, read
from stillwatch.sources.formats import source_named
from stillwatch.sources.parquet import read_row_groups

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MICRO = 1_772_452_800_000_000


def _columns(**columns) -> pa.Table:
    length = len(next(iter(columns.values()))) if columns else 2
    return pa.table({"ts": pa.array([MICRO] * length), "account_id": ["a"] * length, **columns})


@pytest.mark.parametrize(
    "times",
    [
        pa.array([MICRO] * 2), pa.array([MICRO / 1e6] * 2), pa.array(["2026-03-02T12:00:00Z"] * 2),
        pa.array([MICRO] * 2).cast(pa.timestamp("us")),
        pa.array([MICRO * 1000 + 1] * 2).cast(pa.timestamp("ns", "UTC")),
        pa.array([MICRO // 10**6] * 2).cast(pa.timestamp("s", "Europe/Berlin")),
        pa.array(["1772452800"] * 2).dictionary_encode(),
    ],
)  # fmt: skip
def test_times_of_every_type(tmp_path, rows_of, times) -> None:
    pq.write_table(pa.table({"ts": times, "account_id": ["a", "b"]}), tmp_path / "x.parquet")
    rows, rejected = rows_of(tmp_path / "x.parquet")
    assert [row["ts"] for row in rows] == [NOON, NOON] and not rejected


def test_columns_of_other_types_are_cast_and_bad_values_cost_their_row_only(tmp_path, rows_of) -> None:
    table = _columns(
        turns=pa.array([1, 2, 70_000]), temperature=["0.5", "x", "1"], input_tokens=[Decimal(5)] * 3,
        prompt=pa.array(["p"] * 3, pa.large_string()), model=pa.array(["m"] * 3).dictionary_encode(),
        messages=[[{"role": "user", "content": "p"}]] * 3, logit_bias=pa.array([[1]] * 3, pa.list_(pa.int32())),
        key_id=["sk-live-0123456789abcdef"] * 3, stream=[1, 0, 1], unknown=[1, 2, 3],
    )  # fmt: skip
    pq.write_table(table, tmp_path / "x.parquet")
    rows, rejected = rows_of(tmp_path / "x.parquet")
    (row,) = rows
    assert (row["turns"], row["temperature"], row["input_tokens"], row["prompt"]) == (1, 0.5, 5, "p")
    assert (row["messages"], row["logit_bias"], row["stream"]) == ('[{"role":"user","content":"p"}]', [1], True)
    assert "sk-live" not in row["key_id"]
    assert [(item.place, item.reason) for item in rejected] == [
        ("row group 0 row 1", "temperature is not a number"), ("row group 0 row 2", "turns does not fit int16"),
    ]  # fmt: skip
    assert all(b"sk-live" not in item.raw and b'"account_id":"a"' in item.raw for item in rejected)


def test_text_that_is_not_utf_8_costs_its_row_only(tmp_path, rows_of) -> None:
    bad = pa.array([b"good", b"\xff\xfe", None], pa.binary()).view(pa.string())
    pq.write_table(_columns(prompt=bad), tmp_path / "x.parquet")
    rows, rejected = rows_of(tmp_path / "x.parquet")
    assert [row.get("prompt") for row in rows] == ["good", None]
    assert [(item.place, item.reason) for item in rejected] == [("row group 0 row 1", "prompt is not valid UTF-8")]


def test_missing_accounts_times_and_ids(tmp_path, rows_of) -> None:
    table = pa.table({"ts": [MICRO, None, MICRO, 5], "account_id": ["a", "a", None, "a"]})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=2)
    rows, rejected = rows_of(tmp_path / "x.parquet")
    assert len(rows) == 1 and rows[0]["exchange_id"].endswith("-0-0")
    assert [item.place for item in rejected] == ["row group 0 row 1", "row group 1 row 0", "row group 1 row 1"]


def test_batches_are_exactly_in_the_schema_and_row_groups_share_the_file(tmp_path) -> None:
    pq.write_table(_columns(n=list(range(100))), tmp_path / "x.parquet", row_group_size=9)
    numbers = []
    for chunk in plan([tmp_path / "x.parquet"], chunk_bytes=400).chunks:
        for batch in read(chunk):
            assert batch.table.schema == EXCHANGES.arrow
            numbers += batch.table.column("n").to_pylist()
    assert numbers == list(range(100))


def test_a_damaged_row_group_is_told_and_the_others_are_read(tmp_path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(_columns(prompt=[f"{i}" * 50 for i in range(300)]), path, row_group_size=100, compression="zstd",
                   write_page_checksum=True)  # fmt: skip
    (chunk,) = plan([path]).chunks
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(1).column(2)
        place = column.dictionary_page_offset or column.data_page_offset
        length = column.total_compressed_size
    raw = bytearray(path.read_bytes())
    raw[place + 20 : place + length] = b"\xff" * (length - 20)
    path.write_bytes(raw)
    batches = list(read_row_groups(chunk, source_named("stillwatch")))
    assert sum(batch.table.num_rows for batch in batches) == 200
    (rejected,) = (item for batch in batches for item in batch.rejected)
    assert rejected.place == "row group 1 row 0" and "rows 0 to 99 cannot be read" in rejected.reason
