from __future__ import annotations

import numpy as np
import torch

from stillwatch.simulate.students.model import WINDOW, Size, small_model
from stillwatch.simulate.students.training import train, tuned, windows_of

SMALL = Size(width=16, layers=1, heads=2)
WINDOWS = np.tile(np.arange(1, 9), (64, WINDOW // 8)).astype(np.int64)


def weights(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([one.detach().ravel() for one in model.parameters()])


def test_the_loss_falls_and_the_model_is_left_ready_to_answer() -> None:
    model = small_model(16, 1, SMALL)
    losses = train(model, WINDOWS, epochs=12, rate=2e-2, seed=1)
    assert len(losses) == 24
    assert losses[0] > 2.0
    assert losses[-1] < losses[0] / 3
    assert not model.training


def test_the_seed_is_the_order() -> None:
    windows = np.random.default_rng(3).integers(1, 16, (96, WINDOW))
    first, second, other = (
        weights(tuned(small_model(16, 1, SMALL), windows, epochs=1, rate=1e-2, seed=seed)) for seed in (4, 4, 5)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_a_student_leaves_its_base_as_it_was() -> None:
    base = small_model(16, 1, SMALL)
    before = weights(base).clone()
    student = tuned(base, WINDOWS, epochs=1, rate=1e-2, seed=1)
    assert torch.equal(weights(base), before)
    assert not torch.equal(weights(student), before)


def test_less_than_a_batch_is_a_step_too() -> None:
    assert len(train(small_model(16, 1, SMALL), WINDOWS[:3], epochs=0.5, rate=1e-3, seed=1)) == 1


def test_windows_drop_what_is_left_at_the_end() -> None:
    made = windows_of(np.arange(2 * WINDOW + 5))
    assert made.shape == (2, WINDOW)
    assert made[1, 0] == WINDOW
    assert windows_of(np.arange(WINDOW - 1)).shape == (0, WINDOW)
