"""Every value that occurs twice is found, few others are, and the files hold whole rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.partials.recurring import Recurring, find_recurring

INT64 = st.integers(-(2**63), 2**63 - 1)


def chunked(values: list[int | None]) -> pa.ChunkedArray:
    middle = len(values) // 2
    return pa.chunked_array([pa.array(part, pa.int64()) for part in (values[:middle], values[middle:])])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), INT64, st.integers(0, 5))))
def test_no_value_that_occurs_twice_is_missed(values: list[int | None]) -> None:
    counters = Recurring(len(values))
    counters.note(chunked(values))
    found = counters.twice(chunked(values))
    counts = Counter(values)
    assert len(found) == len(values)
    for value, flag in zip(values, found, strict=True):
        if value is None:
            assert not flag
        elif counts[value] > 1:
            assert flag


def test_few_others_pass() -> None:
    values = np.random.default_rng(3).permutation(200_000).astype(np.int64) * 7_919
    counters = Recurring(len(values))
    counters.note(pa.chunked_array([values]))
    assert counters.twice(pa.chunked_array([values])).mean() < 0.15


def test_counts_stay_where_they_are_at_two() -> None:
    """A value of very many rows must not run over into its neighbours' counters."""
    counters = Recurring(64)
    counters.note(pa.chunked_array([np.full(10_000, 5, np.int64)]))
    others = pa.chunked_array([np.arange(6, 3_000, dtype=np.int64)])
    slot_mates = counters.twice(others).sum()
    assert counters.twice(pa.chunked_array([np.array([5], np.int64)])).all()
    assert slot_mates < 3_000 / 128  # of 512 counters one is at two


def test_files_hold_the_rows_that_recur_over_days(tmp_path: Path) -> None:
    days = [
        pa.table({"account_key": [1, 2, 3], "a": pa.array([10, 20, None], pa.int64()), "b": [1, 2, 3]}),
        pa.table({"account_key": [4, 5], "a": pa.array([20, 30], pa.int64()), "b": [4, 5]}),
    ]
    found = find_recurring(lambda: iter(days), ("a", "b"), 5, tmp_path, threads=2)
    assert [path.parent for path in found["a"]] == [tmp_path] * 2
    rows = pa.concat_tables([pq.read_table(path) for path in found["a"]]).to_pylist()
    assert {"account_key": 2, "value": 20} in rows
    assert {"account_key": 4, "value": 20} in rows
    assert all(row["value"] is not None for row in rows)
    assert sum(pq.read_metadata(path).num_rows for path in found["b"]) <= 2
