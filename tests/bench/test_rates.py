from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.bench.rates import TOP, account_rates, caught, threshold
from stillwatch.engines import DuckDBEngine


def test_rates_are_a_day_and_by_side() -> None:
    keys = np.repeat([1, 2, 3], [10, 20, 400])
    log = pa.table(
        {
            "account_key": keys,
            "output_tokens": pa.array(np.where(keys == 3, None, 7), pa.int32()),
            "asks_reasoning": pa.array(np.where(keys == 3, 900, 100), pa.int16()),
        }
    )
    with DuckDBEngine(threads=1) as engine:
        engine.register("exchanges", log)
        found = account_rates(engine, np.array([3]), 10.0)
    assert found["requests"]["honest_top"] == [2.0, 1.0]
    assert set(found["requests"]["campaign"]) == {40.0}
    assert (found["output_tokens"]["campaign"][0], found["output_tokens"]["honest_top"]) == (0.0, [14.0, 7.0])
    assert found["asks_reasoning"]["honest_99"] == 0.0


def test_the_threshold_is_passed_as_often_as_allowed() -> None:
    worlds = [[9.0, 5.0, 1.0], [7.0, 3.0, 2.0]]
    for allowed in range(6):
        cut = threshold(worlds, allowed)
        assert sum(value > cut for world in worlds for value in world) == allowed  # type: ignore[operator]
    assert threshold(worlds, 6) is None
    assert threshold([], 1) is None
    assert threshold([[float(v) for v in range(TOP + 90, 90, -1)], [5.0]], TOP + 0.5) is None


def test_who_is_caught_is_read_off_the_percentiles() -> None:
    grid = [float(v) for v in np.percentile(np.arange(1000), np.linspace(0, 100, 101))]
    assert caught(grid, 749.5) == pytest.approx(0.25, abs=0.01)
    assert (caught(grid, -1.0), caught(grid, 5000.0), caught([], 1.0)) == (1.0, 0.0, 0.0)
