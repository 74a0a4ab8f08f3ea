"""Exactly the values that occur twice are found, and the files hold their rows over all days."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.partials.held import Held, write_held
from stillwatch.partials.recurring import find_recurring, recurring_rows

INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(st.integers(1, 40), st.one_of(INT64, st.integers(0, 5)), st.integers(1, 3)), max_size=200)


@pytest.mark.parametrize("alone", [True, False])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_exactly_what_recurs_is_found(alone: bool, rows: list[tuple[int, int, int]]) -> None:
    columns = [
        np.array([row[place] for row in rows], kind) for place, kind in enumerate((np.int64, np.int64, np.int32))
    ]
    found = list(zip(*(part.tolist() for part in recurring_rows(*columns, alone)), strict=True))
    times: Counter[tuple[int, int]] = Counter()
    keys, askings = defaultdict(set), Counter[int]()
    for key, value, n in rows:
        times[key, value] += n
        keys[value].add(key)
        askings[value] += n
    wanted = {value for value in keys if len(keys[value]) > 1 or (alone and askings[value] > 1)}
    assert sorted(found) == sorted((key, value, n) for (key, value), n in times.items() if value in wanted)
    values = [value for _, value, _ in found]
    assert len(set(values)) == sum(a != b for a, b in zip(values, [None, *values], strict=False)), "values are apart"


def test_many_different_values_leave_nothing() -> None:
    values = np.random.default_rng(3).permutation(200_000).astype(np.int64) * 7_919
    found = recurring_rows(np.ones_like(values), values, np.ones(len(values), np.int32), True)
    assert [len(part) for part in found] == [0, 0, 0]


def test_a_value_that_very_many_have_is_grouped_once() -> None:
    keys = np.random.default_rng(3).permutation(np.repeat(np.arange(30_000), 3))
    found, values, times = recurring_rows(keys, np.full(len(keys), 5), np.ones(len(keys), np.int32), False)
    assert sorted(found.tolist()) == list(range(30_000))
    assert set(values.tolist()) == {5} and set(times.tolist()) == {3}


def test_files_hold_the_rows_that_recur_over_days(tmp_path: Path) -> None:
    days = [
        {"account_key": [1, 2, 3, 3], "a": pa.array([10, 20, None, 30], pa.int64()), "b": [1, 2, 3, 3]},
        {"account_key": [4, 5, 2], "a": pa.array([20, 40, 20], pa.int64()), "b": [4, 5, 6]},
    ]
    folders = [tmp_path / "monday", tmp_path / "tuesday"]
    for rows, folder in zip(days, folders, strict=True):
        folder.mkdir()
        write_held(pa.table(rows), folder)

    def found(alone: bool) -> dict[str, list[tuple[int, ...]]]:
        files = find_recurring(Held(folders), ("a", "b"), tmp_path, alone=alone, threads=2)
        tables = {column: pa.concat_tables(map(pq.read_table, paths)) for column, paths in files.items()}
        return {column: sorted(tuple(row.values()) for row in rows.to_pylist()) for column, rows in tables.items()}

    assert found(alone=False) == {"a": [(2, 20, 2), (4, 20, 1)], "b": []}
    assert found(alone=True) == {"a": [(2, 20, 2), (4, 20, 1)], "b": [(3, 3, 2)]}
