"""Five signals read one pass: each finds there what its own exchange query would have told it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.signals import SIGNALS
from stillwatch.signals.asked import COUNTED, Asked
from stillwatch.signals.measure import keep_partials

ASKING = [signal for signal in SIGNALS if isinstance(signal, Asked)]


def rows(seed: int) -> list[dict[str, Any]]:
    """Requests with known and unknown scores, repeated prompts, and sweeps of token biases."""
    random = np.random.default_rng(seed)

    def score() -> int | None:
        return None if random.random() < 0.2 else int(random.integers(0, 1001))

    return [
        {
            "account": int(random.integers(0, 6)),
            "at": float(random.random() * 60),
            "prompt_hash": None if random.random() < 0.1 else int(random.integers(0, 40)),
            "asks_reasoning": score(),
            "asks_grading": score(),
            "asks_generation": score(),
            "logit_bias_size": 3 if (swept := random.random() < 0.3) else None,
            "logit_bias_hash": int(random.integers(0, 9)) if swept else None,
        }
        for _ in range(400)
    ]


def test_each_of_the_five_sums_has_its_signal() -> None:
    assert sorted(signal.counted for signal in ASKING) == sorted(COUNTED)
    assert {signal.table for signal in ASKING} == {"signal_asked"}


@pytest.mark.parametrize("seed", range(3))
def test_the_shared_pass_is_the_sum_of_each_exchange_query(world: Any, seed: int) -> None:
    sums = (
        "SELECT account_key, CAST(sum(trials) AS BIGINT) AS trials, CAST(sum(hits) AS BIGINT) AS hits "
        "FROM ({}) AS own GROUP BY account_key ORDER BY account_key"
    )
    with world(rows(seed)) as engine:
        for signal in ASKING:
            assert keep_partials(engine, signal)
            own = engine.fetch(sums.format(signal.exchange_sql()))
            shared = engine.fetch(f"SELECT account_key, trials, hits FROM {signal.partials} AS p ORDER BY account_key")
            assert shared.to_pylist() == own.to_pylist(), signal
