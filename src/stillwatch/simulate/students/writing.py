"""Answers: a model writes on from prompts, each token drawn at a temperature, through a sampler's hands or plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.simulate.students.model import WINDOW

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

__all__ = ["PROMPT", "Processor", "write"]

PROMPT = 8
"""Tokens of a prompt; an answer fills the rest of the window."""

BATCH = 512

Processor = Callable[[Any, Any], Any]
"""(token ids so far, logits already divided by the temperature) to logits: as Hugging Face's logits processors."""


def write(
    model: LlamaForCausalLM,
    prompts: NDArray[np.int64],
    *,
    temperature: float,
    seed: int,
    processor: Processor | None = None,
) -> NDArray[np.int64]:
    """One answer a prompt: `prompts` int64[n, PROMPT] to windows int64[n, WINDOW], prompt included."""
    import torch
    from transformers import DynamicCache

    generator = torch.Generator().manual_seed(seed)
    written = []
    with torch.inference_mode():
        for begin in range(0, len(prompts), BATCH):
            tokens = torch.from_numpy(prompts[begin : begin + BATCH])
            cache, fresh = DynamicCache(config=model.config), tokens
            while tokens.shape[1] < WINDOW:
                out = model(input_ids=fresh, past_key_values=cache, use_cache=True, logits_to_keep=1)
                scores = out.logits[:, -1].float() / temperature
                if processor is not None:
                    scores = processor(tokens, scores)
                fresh = torch.multinomial(torch.softmax(scores, -1), 1, generator=generator)
                tokens = torch.cat([tokens, fresh], 1)
            written.append(tokens.numpy())
    return np.concatenate(written)
