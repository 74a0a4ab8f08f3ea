from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals.windows import Prompts, WindowTest, by_account, by_prompt


@given(st.integers(0, 10**6), st.integers(0, 40))
@settings(max_examples=8, deadline=None)
def test_shares_add_up_to_the_statistic(prompts: Any, seed: int, hostile: int) -> None:
    window = Prompts.join([prompts(100 - hostile, seed + 1), prompts(hostile, seed + 2, first=16000)])
    test = WindowTest(prompts(400, seed), draws=29)
    verdict = test.judge(window)
    assert verdict is not None
    added = by_prompt(window, test.compared(100), verdict)
    assert added.sum() == pytest.approx(verdict.statistic, abs=1e-6)


@pytest.mark.parametrize("shared", [False, True])
def test_the_attackers_accounts_come_first(prompts: Any, shared: bool) -> None:
    hostile = prompts(20, 9, first=16000, length=6.0)
    hostile.ids[:, 0] = 31_000
    window = Prompts.join([prompts(180, 7), hostile])
    test = WindowTest(prompts(800, 1), draws=99, shared=shared)
    verdict = test.judge(window)
    assert verdict is not None
    owners = np.append(np.arange(180) % 18, 100 + np.arange(20) % 2).astype(np.int64)
    keys, sums = by_account(by_prompt(window, test.compared(200), verdict), owners)
    assert set(keys[:2].tolist()) == {100, 101}
    assert sums[:2].sum() > 0.5 * verdict.statistic


def test_accounts_are_ordered_with_ties_by_key() -> None:
    keys, sums = by_account(np.array([1.0, 2.0, 1.0, -1.0]), np.array([7, 3, 5, 9]))
    assert keys.tolist() == [3, 5, 7, 9]
    assert sums.tolist() == [2.0, 1.0, 1.0, -1.0]
