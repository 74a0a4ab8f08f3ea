"""The architecture of teacher and students: a Llama of two layers and 0.4 million parameters, saved like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

__all__ = ["WINDOW", "Size", "small_model"]

WINDOW = 64
"""Tokens that a model sees at once."""


@dataclass(frozen=True)
class Size:
    """How large a model is. The default trains on two cores in a minute or two."""

    width: int = 96
    layers: int = 2
    heads: int = 4


def small_model(vocabulary: int, seed: int, size: Size | None = None) -> LlamaForCausalLM:
    """An untrained model, its weights drawn from `seed` alone."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    own = size or Size()
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=own.width,
        intermediate_size=own.width * 8 // 3,
        num_hidden_layers=own.layers,
        num_attention_heads=own.heads,
        max_position_embeddings=WINDOW,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)
