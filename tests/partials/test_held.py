"""Every exchange stands in the bucket of its value, under its account, as often as it was seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.partials.held import BUCKETS, Held, write_held

INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(st.sampled_from([1, -5, 2**62]), st.one_of(st.none(), INT64, st.integers(0, 3))))


def day(rows: list[tuple[int, int | None]], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    keys, values = ([row[place] for row in rows] for place in (0, 1))
    write_held(pa.table({"account_key": pa.array(keys, pa.int64()), "a": pa.array(values, pa.int64())}), folder)
    return folder


def seen(held: Held) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for bucket in range(BUCKETS):
        for key, value, times in zip(*held.bucket("a", bucket), strict=True):
            found[int(key), int(value)] += int(times)
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_nothing_is_lost_or_made_up(tmp_path_factory: object, days: list[list[tuple[int, int | None]]]) -> None:
    folder = tmp_path_factory.mktemp("held")  # type: ignore[attr-defined]
    held = Held([day(rows, folder / str(place)) for place, rows in enumerate(days)])
    assert seen(held) == Counter(row for rows in days for row in rows if row[1] is not None)


def test_a_value_lies_in_the_same_bucket_on_every_day(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 500).tolist()
    rows = [(account, value) for account, value in enumerate(values)]
    held = Held([day(rows, tmp_path / "one"), day(rows[::-1], tmp_path / "two")])
    buckets = [held.bucket("a", bucket)[1] for bucket in range(BUCKETS)]
    assert all(set(Counter(bucket.tolist()).values()) == {2} for bucket in buckets if len(bucket))
    assert sum(len(bucket) > 0 for bucket in buckets) > BUCKETS / 2


def test_what_one_account_repeats_is_counted_and_not_written_again(tmp_path: Path) -> None:
    """A million health checks of one account a day must not be a million rows of every later scan."""
    held = Held([day([(7, 3)] * 10_000 + [(8, 3), (8, 4), (8, 3)], tmp_path / "day")])
    rows = [row for bucket in range(BUCKETS) for row in zip(*held.bucket("a", bucket), strict=True)]
    assert sorted(rows) == [(7, 3, 10_000), (8, 3, 2), (8, 4, 1)]


def test_no_days_hold_nothing() -> None:
    assert [len(part) for part in Held([]).bucket("a", 0)] == [0, 0, 0]
