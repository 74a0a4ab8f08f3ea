from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.bench import kernel
from stillwatch.engines import DuckDBEngine
from stillwatch.schema import CONTENT_BYTES


def _log(words: np.ndarray, account: np.ndarray) -> pa.Table:
    content = [row.astype("<u2").tobytes() for row in words]
    return pa.table(
        {
            "account_key": account,
            "exchange_key": np.arange(len(account)),
            "content": pa.array(content, pa.binary(CONTENT_BYTES)),
        }
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("REFERENCE", 300), ("POOLED", 100), ("ACCOUNTS", 10), ("NULLS", 100), ("DIMENSIONS", 16)):
        monkeypatch.setattr(kernel, name, value)


def test_it_hears_other_words_and_not_the_same(small: None) -> None:
    random = np.random.default_rng(2)
    account = np.repeat(np.arange(40), 50)
    words = random.integers(1, 400, size=(len(account), CONTENT_BYTES // 2))
    guilty = np.arange(5)
    strange = np.isin(account, guilty)
    words[strange] = random.integers(300, 700, size=(int(strange.sum()), CONTENT_BYTES // 2))
    with DuckDBEngine(threads=1) as engine:
        engine.register("exchanges", _log(words, account))
        found = kernel.kernel_alarms(engine, guilty, 1)
        assert found["campaign"] == {"alarms": 5, "accounts": 5}
        assert found["honest"]["accounts"] == 10
        assert found["honest"]["alarms"] <= 3
        assert found["pooled"]["windows"] == kernel.TIMES
        assert kernel.kernel_alarms(engine, guilty, 1) == found


def test_a_log_too_small_for_a_reference_gives_nothing(small: None) -> None:
    with DuckDBEngine(threads=1) as engine:
        engine.register("exchanges", _log(np.ones((400, CONTENT_BYTES // 2), np.int64), np.arange(400) % 8))
        assert kernel.kernel_alarms(engine, np.array([0]), 1) == {}
