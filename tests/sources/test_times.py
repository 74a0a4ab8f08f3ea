from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sources.times import EARLIEST, LATEST, microseconds, time_array, within

NOON = 1_772_452_800_000_000  # 2026-03-02 12:00:00


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T12:00:00Z", "2026-03-02 12:00:00", "2026-03-02T14:00:00+02:00", "2026-03-02T12:00:00.000000999Z",
        "2026-03-02 12:00:00 UTC", "20260302T120000Z", " 2026-03-02T12:00Z ", "1772452800", "1772452800.0", 1772452800,
        1772452800000, 1772452800000000, 1772452800000000000, 1772452800.0, "1772452800000", "1772452800000000000",
        "1.7724528e9", datetime(2026, 3, 2, 12),  # noqa: DTZ001 - meant
        datetime(2026, 3, 2, 13, tzinfo=timezone(timedelta(hours=1))),
    ],
)  # fmt: skip
def test_every_way_to_write_noon(value) -> None:
    assert microseconds(value) == NOON


@pytest.mark.parametrize(
    "value",
    [
        None, "", "yesterday", "2026-13-01", 0, -1, True, 10**30, -(10**30), float("nan"), float("inf"), 1e300, [], {},
        "9" * 500, "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", b"2026-01-01", "٢٠٢٦", "0001-01-01T00:00:00+14:00",
    ],
)  # fmt: skip
def test_what_is_no_time_of_a_request(value) -> None:
    assert microseconds(value) is None


@given(st.integers(EARLIEST, LATEST - 1))
@settings(max_examples=200, deadline=None)
def test_text_numbers_and_objects_agree(moment: int) -> None:
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    text = stamp.isoformat()
    assert microseconds(stamp) == microseconds(text) == microseconds(moment) == microseconds(moment * 1000) == moment
    assert time_array([text, None]).cast(pa.int64()).to_pylist() == [moment, None]


def test_a_column_of_mixed_shapes_reads_as_one_by_one() -> None:
    values = [
        "2026-03-02T12:00:00Z",
        "1772452800",
        None,
        "2026-03-02 12:00:00",
        "no",
        "",
        "2026-03-02T12:00:00.1234567Z",
    ]
    expected = [microseconds(value) for value in values]
    assert time_array(values).cast(pa.int64()).to_pylist() == expected
    assert time_array([1772452800, 1772452800000, 0]).cast(pa.int64()).to_pylist() == [NOON, NOON, None]
    assert time_array(["2026-03-02T12:00:00Z", 1772452800, {}]).cast(pa.int64()).to_pylist() == [NOON, NOON, None]


def test_columns_of_one_shape_without_zone_and_out_of_century() -> None:
    assert time_array(["2026-03-02 12:00:00"] * 3).cast(pa.int64()).to_pylist() == [NOON] * 3
    assert time_array(["1970-01-01T00:00:00Z", "2026-03-02T12:00:00Z"]).null_count == 1
    far = pa.array([0, NOON, LATEST], pa.timestamp("us", "UTC"))
    assert within(far).cast(pa.int64()).to_pylist() == [None, NOON, None]
