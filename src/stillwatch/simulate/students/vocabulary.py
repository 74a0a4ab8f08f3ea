"""The toy models' tokenizer: byte-level BPE trained on both texts, the same for teacher and students."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["END", "VOCABULARY", "encoded", "learn_tokenizer"]

VOCABULARY = 2048
END = "<|end|>"


def learn_tokenizer(texts: Iterable[str], size: int = VOCABULARY) -> Tokenizer:
    """A tokenizer of `size` tokens; `END` is token 0 and closes each paragraph. Deterministic."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END], initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encoded(tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.int64]:
    """All texts as one run of tokens, each closed by `END`."""
    end = tokenizer.token_to_id(END)
    parts = [np.asarray([*one.ids, end], np.int64) for one in tokenizer.encode_batch(texts)]
    return np.concatenate(parts)
