from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.signals.windows import Prompts, WindowTest
from stillwatch.signals.windows.statistic import WEIGHTS
from stillwatch.signals.windows.window_test import strength


def test_p_values_of_honest_windows_are_uniform(prompts: Any) -> None:
    found = []
    for seed in range(60):
        test = WindowTest(prompts(300, 2 * seed), draws=39, seed=seed)
        verdict = test.judge(prompts(100, 2 * seed + 1))
        assert verdict is not None
        found.append(verdict.p_value)
    # 60 uniform p-values: fewer than 4 or more than 20 at or below 0.2 happen once in 1,000 times.
    assert 4 <= np.sum(np.array(found) <= 0.2) <= 21
    assert min(found) >= 1 / 40


@pytest.mark.parametrize(("size", "shared"), [(800, False), (300, False), (800, True)])
def test_a_mixed_window_is_found(prompts: Any, size: int, shared: bool) -> None:
    hostile = prompts(20, 9, first=16000, length=6.0)
    window = Prompts.join([prompts(180, 7), hostile])
    test = WindowTest(prompts(size, 1), draws=99, shared=shared)
    verdict = test.judge(window)
    assert verdict is not None
    assert verdict.p_value == 0.01
    assert verdict.prompts == 200
    assert len(test.compared(200)) == size - 200 * shared


def test_the_same_seed_gives_the_same_verdict(prompts: Any) -> None:
    window = prompts(100, 3)
    one, other = (WindowTest(prompts(500, 1), draws=49, seed=5).judge(window) for _ in range(2))
    assert one is not None and other is not None
    assert (one.p_value, one.statistic, one.parts.tolist()) == (other.p_value, other.statistic, other.parts.tolist())


def test_too_few_prompts_cannot_be_judged(prompts: Any) -> None:
    assert WindowTest(prompts(500, 1), draws=9).judge(prompts(49, 2)) is None
    with pytest.raises(BadSettings, match="49 prompts"):
        WindowTest(prompts(49, 1))


def test_strength_treats_the_found_row_as_one_of_the_null() -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((30, 8))
    ranks = []
    for place in range(30):
        own, others, parts = strength(rows[[place]], np.delete(rows, place, axis=0))
        assert own[0] == pytest.approx((np.maximum(parts[0], 0) ** 2 * WEIGHTS).sum())
        ranks.append(int(np.sum(others[0] >= own[0])))
    assert sorted(ranks) == list(range(30))  # every row has a rank of its own: exact by construction
