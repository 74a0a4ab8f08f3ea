from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from stillwatch.provenance.watermark.prf import context_hash, halves
from stillwatch.provenance.watermark.samplers.device import (
    draw_on_device,
    entropy_on_device,
    favour_green_on_device,
    hash_on_device,
    truncated,
)
from stillwatch.provenance.watermark.samplers.entropy import entropies
from stillwatch.provenance.watermark.samplers.green_list import favour_green
from stillwatch.provenance.watermark.samplers.gumbel import draw, keep_drawn
from stillwatch.provenance.watermark.schemes.kgw import green_below

ROWS, SIZE = 8, 17_000


@pytest.fixture
def given() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """scores with rows of no entropy and of none finite, contexts, may, keys: over several strips of columns."""
    random = np.random.default_rng(9)
    scores = random.normal(0, 3, (ROWS, SIZE)).astype(np.float32)
    scores[:6, random.random(SIZE) < 0.9] = -np.inf
    scores[1, 17], scores[2] = 60.0, -np.inf
    contexts, keys = random.integers(0, 2**64, ROWS, np.uint64), random.integers(0, 2**64, (ROWS, 2), np.uint64)
    return scores, contexts, np.arange(ROWS) != 5, keys


def tensors(*arrays: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(a.view(np.int64) if a.dtype == np.uint64 else a.copy()) for a in arrays]


@pytest.mark.parametrize("gamma", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("low_entropy", [0.0, 0.1])
def test_the_same_green_list(given: tuple[np.ndarray, ...], gamma: float, low_entropy: float) -> None:
    scores, contexts, may, keys = given
    on_device, c, m, k = tensors(*given)
    done = favour_green(scores, contexts, may, keys, green_below(gamma), np.float32(2), low_entropy)
    marked = favour_green_on_device(on_device, c, m, k, int(green_below(gamma)), 2.0, low_entropy)
    assert (marked.numpy() == done)[np.arange(ROWS) != 2].all()
    np.testing.assert_array_equal(on_device.numpy(), scores)


@pytest.mark.parametrize("top", [0, 64])
def test_the_same_draw(given: tuple[np.ndarray, ...], top: int) -> None:
    scores, contexts, may, keys = given
    on_device, c, m, k = tensors(*given)
    drawn = draw(scores, contexts, may, keys, 0.1, top)
    keep_drawn(scores, drawn)
    assert draw_on_device(on_device, c, m, k, 0.1, top).tolist() == (drawn >= 0).tolist()
    np.testing.assert_array_equal(on_device.numpy(), scores)


def test_the_same_hash_and_entropy(given: tuple[np.ndarray, ...]) -> None:
    windows = np.random.default_rng(1).integers(-1, 200_000, (30, 4))
    expected = [int(context_hash(row, 4, 4)) for row in windows]
    assert hash_on_device(torch.from_numpy(windows)).numpy().view(np.uint64).tolist() == expected
    rows = given[0][3:]
    np.testing.assert_allclose(entropy_on_device(torch.from_numpy(rows)).numpy(), entropies(rows), atol=1e-3)
    assert halves(bytes(32)) == (0, 0)


def test_truncation_is_top_k_then_top_p_after_min_p() -> None:
    scores = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.06, 0.04]])).repeat(6, 1)
    cases = [(0, 1.0, 0.0), (2, 1.0, 0.0), (0, 0.5, 0.0), (0, 1.0, 0.2), (3, 0.7, 0.0), (1, 0.01, 0.9)]
    top_k, top_p, min_p = (torch.tensor(column) for column in zip(*cases, strict=True))
    kept = torch.isfinite(truncated(scores, top_k, top_p.float(), min_p.float())).sum(-1)
    assert kept.tolist() == [5, 2, 2, 3, 2, 1]
    assert truncated(scores, None, None, None) is scores
    left = truncated(scores, top_k, None, None)[1].numpy()
    np.testing.assert_allclose(softmax(left)[:2], [4 / 7, 3 / 7], rtol=1e-5)
