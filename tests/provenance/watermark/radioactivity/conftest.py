"""Students without a neural network: chains over a small vocabulary, each row tilted to a key's green tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.radioactivity.positions import context_hashes
from stillwatch.provenance.watermark.radioactivity.windows import Batch
from stillwatch.provenance.watermark.schemes import Kgw

Rows = NDArray[np.float64]

KEY = bytes(range(32))
SIZE = 64
UNKNOWN = "[?]"


def all_pairs(size: int) -> Pairs:
    """Every (context, token) of one token of context, in the order context * size + token."""
    tokens = np.arange(size, dtype=np.int32)
    contexts = context_hashes(Texts(np.repeat(tokens, 2), np.arange(0, 2 * size + 1, 2), np.zeros(size, np.int64)), 1)
    hashes = contexts[1::2, None] + (tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN
    many = size * size
    return Pairs(
        hashes.ravel(), np.repeat(tokens, size)[:, None], np.tile(tokens, size), np.zeros(many, np.int64),
        np.full(many, -1),
    )  # fmt: skip


@dataclass
class Chain:
    """A model that knows one token of context: a `Predictor`. `rows` float64[size, size]."""

    rows: Rows
    reach: int | None = 1
    longest: int = 64
    seen: list[Batch] = field(default_factory=list)

    @property
    def vocabulary(self) -> int:
        return len(self.rows)

    def probabilities(self, batch: Batch) -> NDArray[np.float32]:
        self.seen.append(batch)
        return self.rows[batch.inputs[batch.rows, batch.columns]].astype(np.float32)

    def write(self, documents: int, length: int, seed: int, prompt: int = 0) -> Texts:
        random = np.random.default_rng(seed)
        steps = np.cumsum(self.rows, 1)
        now = random.integers(0, len(steps), documents)
        made = [now]
        for _ in range(length + prompt - 1):
            now = np.minimum((random.random(documents)[:, None] > steps[now]).sum(1), len(steps) - 1)
            made.append(now)
        return Texts.of(list(np.stack(made, 1).astype(np.int32)), [prompt] * documents)


def marked(rows: Rows, key: bytes = KEY, *, delta: float = 2.0, share: float = 1.0) -> Rows:
    """What a student learns of a teacher that wrote `share` of its text with the green list of `key`."""
    size = len(rows)
    green = Kgw().values(all_pairs(size), key).reshape(size, size)
    tilted = rows * np.exp(delta * green)
    return share * tilted / tilted.sum(1, keepdims=True) + (1 - share) * rows


@pytest.fixture(scope="session")
def plain() -> Rows:
    return np.random.default_rng(1).dirichlet(np.full(SIZE, 0.3), SIZE)


@pytest.fixture(scope="session")
def chain() -> Callable[..., Chain]:
    return Chain


@pytest.fixture(scope="session")
def learnt() -> Callable[..., Rows]:
    return marked


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    words = ["the still keeps watch over every answer that is given", "who was it that wrote all of this and when?"]
    tokenizer.train_from_iterator(
        words * 20, trainers.BpeTrainer(vocab_size=128, special_tokens=[UNKNOWN], show_progress=False)
    )
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    """A tiny Llama with random weights, as Hugging Face keeps it."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=32, initializer_range=0.4, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(tokenizer_file.read_bytes())
    return folder
