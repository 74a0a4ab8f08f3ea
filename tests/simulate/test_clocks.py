from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput
from stillwatch.simulate.clocks import KINDS, Clocks
from stillwatch.simulate.places import COUNTRIES

HOUR_US = 3_600_000_000


def _hours(clocks: Clocks, clock: int, day: int = 0) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    times = clocks.draw(np.random.default_rng(1), np.full(20_000, clock), day)
    assert times.min() >= 0
    assert times.max() < 24 * HOUR_US
    return np.bincount(times // HOUR_US, minlength=24)


def test_an_office_works_by_its_own_time_and_rests_on_sunday() -> None:
    clocks = Clocks(first_weekday=0)
    tokyo = [country.code for country in COUNTRIES].index("JP")
    office = KINDS.index("office")
    clock = int(clocks.of(np.array([tokyo]), np.array([office]))[0])
    hours = _hours(clocks, clock)
    assert hours[[0, 1, 2]].sum() > 10 * hours[[15, 16, 17]].sum()  # 9 to 12 in Tokyo against midnight to 3
    assert clocks.weight[clock, 6] < 0.3 * clocks.weight[clock, 1]


def test_the_flat_clock_is_flat() -> None:
    clocks = Clocks(0)
    hours = _hours(clocks, clocks.flat)
    assert ((hours - 20_000 / 24) ** 2 / (20_000 / 24)).sum() < 60  # chi-square, 23 degrees of freedom
    assert clocks.weight[clocks.flat] == pytest.approx(1.0)


def test_days_weigh_one_on_average() -> None:
    assert Clocks(3).weight.mean(axis=1) == pytest.approx(1.0)


def test_traces_of_tenants_become_clocks(tmp_path: Path) -> None:
    rows = {"model": ["m", "m", "m"], "client": [1, 1, 2], "t_s": [6_000, 86_400 + 6_000, 600], "rate": [3.0, 1.0, 2.0]}
    pq.write_table(pa.table(rows), tmp_path / "rates.parquet")
    clocks = Clocks(0, tmp_path)
    assert len(clocks.traces) == 2
    first = int(clocks.traces[0])
    assert clocks.weight[first, 0] == pytest.approx(3 * clocks.weight[first, 1])
    assert clocks.weight[first, 5] == 0.0
    times = clocks.draw(np.random.default_rng(1), np.full(50, first), 0)
    assert set((times // 600_000_000).tolist()) == {10}


def test_a_broken_trace_names_the_file(tmp_path: Path) -> None:
    rows = {"model": ["m"], "client": ["not a number"], "t_s": [0], "rate": [1.0]}
    pq.write_table(pa.table(rows), tmp_path / "rates.parquet")
    with pytest.raises(BadInput, match=r"rates\.parquet"):
        Clocks(0, tmp_path)
