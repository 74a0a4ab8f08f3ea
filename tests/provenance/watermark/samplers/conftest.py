"""A register of keys with a master, the environment that names both, a model of random weights, and doubles of vLLM
0.33's two interfaces."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stillwatch.provenance.watermark.keys.master import read_master
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.keys.register import add_keys
from stillwatch.provenance.watermark.samplers.keyring import Keyring

SCHEMES = ("kgw:gamma=0.25,width=1", "kgw:gamma=0.25,width=2", "gumbel:width=1", "gumbel:width=2")


@dataclass
class Serving:
    """Names of keys by scheme, and the ring that serves them."""

    ring: Keyring
    register: Path
    names: dict[str, KeyName]
    master: str

    def key(self, scheme: str) -> bytes:
        from stillwatch.provenance.watermark.keys.derivation import derive

        return derive(read_master(self.master), self.names[scheme])


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Serving]:
    """`serving("kgw", "gumbel")`: a register with keys of these kinds, named in the environment."""
    monkeypatch.setenv("A_MASTER", bytes(range(7, 39)).hex())

    def make(*kinds: str) -> Serving:
        names = {
            scheme: KeyName(provider="us", scheme=scheme, epoch="2026-11", cohort="c", account=scheme[:3] + scheme[-1])
            for scheme in SCHEMES
            if scheme.partition(":")[0] in kinds
        }
        path = tmp_path / "register.jsonl"
        add_keys(path, names.values(), datetime(2026, 11, 1, tzinfo=UTC))
        monkeypatch.setenv("STILLWATCH_MARK_MASTER", "env:A_MASTER")
        monkeypatch.setenv("STILLWATCH_MARK_REGISTER", str(path))
        return Serving(Keyring(path, "env:A_MASTER"), path, names, "env:A_MASTER")

    return make


class MoveDirectionality(Enum):
    UNIDIRECTIONAL = auto()
    SWAP = auto()


@dataclass(frozen=True)
class BatchUpdate:
    batch_size: int
    removed: list[int]
    added: list[tuple[int, Any, list[int] | None, list[int]]]
    moved: list[tuple[int, int, MoveDirectionality]]


class V1Processor:
    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        return None

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        raise NotImplementedError


class RunnerProcessor:
    def __init__(self, vllm_config: Any, req_states: Any) -> None:
        pass


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """`vllm("vllm_v1")` imports that module of ours over doubles of vLLM's names, whether vLLM is installed or not."""
    v1, runner = "vllm.v1.sample.logits_processor", "vllm.v1.worker.gpu.sample.logits_processor"
    doubles = {v1: V1Processor, runner: RunnerProcessor}
    for name in {".".join(path.split(".")[:n]) for path in doubles for n in range(1, 7)}:
        module = ModuleType(name)
        if name in doubles:
            module.__dict__.update(LogitsProcessor=doubles[name], MoveDirectionality=MoveDirectionality)
        monkeypatch.setitem(sys.modules, name, module)

    def load(name: str) -> Any:
        full = f"stillwatch.provenance.watermark.samplers.{name}"
        monkeypatch.delitem(sys.modules, full, raising=False)
        module = importlib.import_module(full)
        del sys.modules[full]  # Not by monkeypatch, which would put it back where the real vLLM's is looked for.
        return module

    return load


@pytest.fixture
def parameters() -> Callable[..., Any]:
    """vLLM's SamplingParams as far as a processor reads them, with its defaults."""

    def make(key: str | None = None, **given: Any) -> Any:
        extra = {"stillwatch_key": key} if key is not None else None
        values = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "extra_args": extra}
        return SimpleNamespace(**{**values, **given})

    return make


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face model of 64,000 random weights with a tokenizer of 320 tokens; token 0 ends an answer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("model")
    words = Tokenizer(models.BPE())
    words.pre_tokenizer, words.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    words.train_from_iterator(["the quick brown fox jumps over the lazy dog and other small words"] * 3, trainer)
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>").save_pretrained(folder)  # noqa: S106
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=320, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=128, initializer_range=0.3, bos_token_id=None, eos_token_id=0, pad_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
