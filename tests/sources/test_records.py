from __future__ import annotations

import pyarrow as pa
import pytest

from stillwatch.sources.records import column_values, table_records

MICRO = 1_772_452_800_000_000
BAD = pa.array([b"good", b"\xff\xfe", None], pa.binary()).view(pa.string())


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (pa.array([MICRO * 1000 + 1], pa.int64()).cast(pa.timestamp("ns")), [MICRO]),
        (pa.array([MICRO // 10**6, None], pa.int64()).cast(pa.timestamp("s", "UTC")), [MICRO, None]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
        (BAD, ["good", b"\xff\xfe", None]),
        (pa.array([10**7, 0], pa.int32()).cast(pa.date32()), [None, __import__("datetime").date(1970, 1, 1)]),
        (pa.array([[1], None]), [[1], None]),
    ],
)
def test_every_value_or_none(array, values) -> None:
    assert column_values(pa.chunked_array([array])) == values


def test_rows_are_records() -> None:
    assert table_records(pa.table({"a": [1, 2], "b": ["x", None]})) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert table_records(pa.table({"a": pa.array([], pa.int8())})) == []
