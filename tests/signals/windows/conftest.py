"""Made-up prompts: sets of ids with the frequencies of words, and a length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.signals.windows import Prompts

IDS = 32


def make_prompts(count: int, seed: int = 0, *, first: int = 1, kinds: int = 3000, length: float = 4.0) -> Prompts:
    """Prompts of some 12 words and pairs each out of `kinds`, the first ones commonest, and of about e^length letters.

    `first` is the least id: prompts with ids from far on have words of their own.
    """
    random = np.random.default_rng(seed)
    words = first + np.minimum(random.pareto(0.6, (count, IDS // 2)) * 10, kinds).astype(np.int64)
    pairs = first + random.integers(0, 5 * kinds, (count, IDS // 2))
    ids = np.hstack([words, 32768 + pairs]).astype(np.uint16)
    for row in ids:
        row[np.setdiff1d(np.arange(IDS), np.unique(row, return_index=True)[1])] = 0
    ids[:, 12:16] = 0
    numbers = np.full((count, 5), np.nan)
    numbers[:, 0] = np.exp(random.normal(length, 0.6, count))
    numbers[:, 4] = random.gamma(1, 60, count)
    return Prompts(ids, numbers)


@pytest.fixture(scope="session")
def prompts() -> Callable[..., Prompts]:
    return make_prompts
