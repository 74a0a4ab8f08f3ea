from __future__ import annotations

import numpy as np
import pytest

from stillwatch.signals.windows import KernelTest, kernel_of
from stillwatch.signals.windows.kernel_test import WIDTHS


def vectors(count: int, seed: int, shift: float = 0.0) -> np.ndarray:  # type: ignore[type-arg]
    found = np.random.default_rng(seed).standard_normal((count, 8))
    found[:, 0] += shift
    return found


def test_the_kernel_and_the_distance_are_the_papers() -> None:
    some = vectors(40, 1)
    unit = some / np.linalg.norm(some, axis=1, keepdims=True)
    apart = np.linalg.norm(unit[:, None] - unit[None], axis=2)
    median = np.median(apart[:30, :30][np.triu_indices(30, 1)])
    expected = sum(np.exp(-(apart**2) / (2 * (width * median) ** 2)) for width in WIDTHS)
    kernel = kernel_of(some, np.arange(30))
    assert kernel[~np.eye(40, dtype=bool)] == pytest.approx(expected[~np.eye(40, dtype=bool)], rel=1e-4)
    test = KernelTest(kernel, np.arange(30), size=10, draws=1, nulls=10)
    window = np.arange(30, 40)
    (draw,) = test._draws

    def mean(a: np.ndarray, b: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(np.mean([expected[i, j] for i in a for j in b if i != j]))

    distance = mean(window, window) + mean(draw, draw) - 2 * mean(window, draw)
    assert test.statistics([window])[0] == pytest.approx(distance, rel=1e-3)


def test_alarms_on_a_shifted_window_and_seldom_on_an_honest_one() -> None:
    everything = np.concatenate([vectors(800, 1), vectors(100, 2, shift=1.5)])
    kernel = kernel_of(everything, np.arange(500))
    test = KernelTest(kernel, np.arange(500), size=100, nulls=300)
    honest = [np.random.default_rng(k).permutation(np.arange(500, 800))[:100] for k in range(40)]
    assert test.alarms(honest).mean() <= 0.1
    mixed = [np.append(rows[:50], np.arange(800, 850)) for rows in honest]
    assert test.alarms(mixed).mean() >= 0.9


def test_vectors_that_are_all_alike_are_no_fault() -> None:
    test = KernelTest(kernel_of(np.ones((60, 4)), np.arange(40)), np.arange(40), size=10, nulls=100)
    assert np.isfinite(test.statistics([np.arange(50, 60)])).all()
