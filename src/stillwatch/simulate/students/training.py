"""Training: next-token loss over windows of a run of tokens, AdamW, one-cycle learning rate."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stillwatch.simulate.students.model import WINDOW

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

__all__ = ["train", "tuned", "windows_of"]

BATCH = 32
"""Windows a step."""


def train(model: LlamaForCausalLM, windows: NDArray[np.int64], *, epochs: float, rate: float, seed: int) -> list[float]:
    """Train in place on `windows`, int64[n, WINDOW], in an order drawn from `seed`. The loss of each step, in nats."""
    import torch
    from torch.nn.functional import cross_entropy

    generator = np.random.default_rng([seed, 7])
    steps = max(1, int(len(windows) * epochs / BATCH))
    order = np.concatenate([generator.permutation(len(windows)) for _ in range(int(np.ceil(epochs)) + 1)])
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps + 1, pct_start=0.1)
    losses = []
    model.train()
    for step in range(steps):
        batch = torch.from_numpy(windows[order[step * BATCH : (step + 1) * BATCH]])
        logits = model(input_ids=batch, use_cache=False).logits
        loss = cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    model.eval()
    return losses


def tuned(
    base: LlamaForCausalLM, windows: NDArray[np.int64], *, epochs: float, rate: float, seed: int
) -> LlamaForCausalLM:
    """A copy of `base`, trained further: a student. The base stays as it was."""
    student = copy.deepcopy(base)
    train(student, windows, epochs=epochs, rate=rate, seed=seed)
    return student


def windows_of(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """A run of tokens cut into windows; what is left at the end is dropped."""
    count = len(tokens) // WINDOW
    return tokens[: count * WINDOW].reshape(count, WINDOW)
