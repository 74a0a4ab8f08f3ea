"""What both vLLM interfaces do alike: mark some rows of an engine's logits, on whichever device these are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from stillwatch.provenance.watermark.samplers.device import draw_on_device, favour_green_on_device, truncated
from stillwatch.provenance.watermark.samplers.marker import Marker
from stillwatch.provenance.watermark.schemes.gumbel import Gumbel
from stillwatch.provenance.watermark.schemes.kgw import green_below

__all__ = ["ASKS_NOTHING", "GREEDY", "Sampling", "mark_rows"]

GREEDY = 1e-5
"""Temperatures below it are vLLM's for always taking the likeliest token."""

ASKS_NOTHING = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
"""A request's settings, as vLLM names them, that leave the distribution as it is."""


@dataclass(frozen=True)
class Sampling:
    """What the engine has yet to do to each row, a number a row; temperature 1 where it did that already. None: no row
    asks for it, which saves sorting the vocabulary."""

    temperature: torch.Tensor
    top_k: torch.Tensor | None = None
    top_p: torch.Tensor | None = None
    min_p: torch.Tensor | None = None

    @property
    def greedy(self) -> torch.Tensor:
        return self.temperature < GREEDY


def mark_rows(
    logits: torch.Tensor,
    rows: torch.Tensor,
    marker: Marker,
    keys: torch.Tensor,
    contexts: torch.Tensor,
    may: torch.Tensor,
    sampling: Sampling,
) -> None:
    """Marks logits[rows] in place. `keys` int64[rows, 2] and `contexts` int64[rows] hold unsigned bits.

    The mark acts on the distribution that will be sampled from, so a row is brought to its temperature first; green
    rows are brought back, and keep top-k and top-p for the engine. Gumbel truncates and draws: what the engine does
    afterwards changes nothing. Greedy rows have no chance to draw by; a green list biases them as at temperature 1.
    """
    heat = torch.where(sampling.greedy, 1.0, sampling.temperature).to(torch.float32)[:, None]
    before = logits[rows]
    scores = before.to(torch.float32) / heat
    if isinstance(marker.scheme, Gumbel):
        may = may & ~sampling.greedy
        scores = truncated(scores, sampling.top_k, sampling.top_p, sampling.min_p)
        done = _mark(scores, marker, keys, contexts, may)
        logits[rows] = torch.where(done[:, None], scores.to(logits.dtype), before)
    else:
        _mark(scores, marker, keys, contexts, may)
        logits[rows] = (scores * heat).to(logits.dtype)


def _mark(
    scores: torch.Tensor, marker: Marker, keys: torch.Tensor, contexts: torch.Tensor, may: torch.Tensor
) -> torch.Tensor:
    policy = marker.policy
    if scores.device.type == "cpu":
        done = marker.mark_after(
            scores.numpy(),
            contexts.numpy().view(np.uint64),
            may.numpy(),
            np.ascontiguousarray(keys.numpy()).view(np.uint64),
        )
        return torch.from_numpy(done)
    if isinstance(marker.scheme, Gumbel):
        return draw_on_device(scores, contexts, may, keys, policy.low_entropy, policy.top)
    below = int(green_below(marker.scheme.gamma))
    return favour_green_on_device(scores, contexts, may, keys, below, policy.delta, policy.low_entropy)
