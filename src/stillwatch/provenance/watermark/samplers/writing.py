"""Marked answers from a local Hugging Face model: what `stillwatch watermark embed` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.samplers.metadata import MarkMetadata, metadata_of
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.samplers.prompts import Prompt
from stillwatch.provenance.watermark.samplers.transformers import InLastPlace, MarkLogitsProcessor
from stillwatch.provenance.watermark.schemes import scheme_named

__all__ = ["Answer", "LocalModel", "Sampling", "open_model", "write_answers"]

_BATCH = 16


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of the output: as `watermark detect` reads it. `mark` is absent from an answer left plain."""

    id: str | int
    account: str | None = None
    prompt: str | None = None
    prompt_tokens: list[int]
    text: str | None = None
    tokens: list[int]
    mark: MarkMetadata | None = None


@dataclass(frozen=True)
class Sampling:
    """`top_k` 0 and `top_p` 1 rule out nothing."""

    max_tokens: int = 256
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class LocalModel:
    """`tokenizer` is None where the folder has none: then prompts come as tokens."""

    model: Any
    tokenizer: Any | None


def open_model(folder: Path) -> LocalModel:
    """From a folder on this machine; nothing is downloaded, and no code of the folder is run."""
    if not (folder / "config.json").is_file():
        raise BadInput(f"{folder}: is not a folder of a Hugging Face model (no config.json).")
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        has = any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json"))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True) if has else None
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise BadInput(f"{folder}: transformers cannot open this model ({type(error).__name__}: {error}).") from None
    return LocalModel(model.eval(), tokenizer)


def write_answers(
    local: LocalModel,
    prompts: Sequence[Prompt],
    name: KeyName,
    key: bytes,
    *,
    policy: Policy,
    sampling: Sampling,
    plain_share: float = 0.0,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[Answer]:
    """One answer a prompt, in order; the same seed gives the same answers. `plain_share` of them, drawn by the seed,
    are left unmarked."""
    asked = [_tokens(local, prompt, number) for number, prompt in enumerate(prompts, 1)]
    vocabulary = local.model.get_input_embeddings().num_embeddings
    if (highest := max(max(tokens) for tokens in asked)) >= vocabulary:
        raise BadInput(f"a prompt has token {highest}; the model's vocabulary ends before {vocabulary}.")
    plain = np.random.default_rng(sampling.seed).random(len(asked)) < plain_share
    torch.manual_seed(sampling.seed)
    for begin in range(0, len(asked), _BATCH):
        if progress is not None:
            progress(f"answering {begin:,} of {len(asked):,}", begin / len(asked))
        members = range(begin, min(begin + _BATCH, len(asked)))
        keys = [None if plain[i] else key for i in members]
        lengths = [len(asked[i]) for i in members]
        marks = MarkLogitsProcessor(
            scheme_named(name.scheme), keys, policy.delta, prompt_lengths=lengths,
            low_entropy=policy.low_entropy, once=policy.once, top=policy.top,
        )  # fmt: skip
        written = _generate(local, [asked[i] for i in members], marks, sampling)
        for row, (i, tokens) in enumerate(zip(members, written, strict=True)):
            under = sum(bool(done[row]) for done in marks.history[: len(tokens)])
            yield Answer(
                id=given if (given := prompts[i].id) is not None else i + 1,
                account=prompts[i].account,
                prompt=prompts[i].prompt,
                prompt_tokens=asked[i],
                text=local.tokenizer.decode(tokens, skip_special_tokens=True) if local.tokenizer else None,
                tokens=tokens,
                mark=None if plain[i] else metadata_of(name, policy, marked=under, tokens=len(tokens)),
            )


def _tokens(local: LocalModel, prompt: Prompt, number: int) -> list[int]:
    if prompt.prompt_tokens:
        return list(prompt.prompt_tokens)
    if local.tokenizer is None:
        raise BadSettings("the model's folder has no tokenizer.json: give prompts as `prompt_tokens`.")
    tokens: list[int] = local.tokenizer(prompt.prompt)["input_ids"]
    if not tokens:
        raise BadInput(f"prompt {number:,}: the tokenizer makes no token of it.")
    return tokens


def _generate(
    local: LocalModel, prompts: list[list[int]], marks: MarkLogitsProcessor, sampling: Sampling
) -> list[list[int]]:
    longest = max(map(len, prompts))
    ends = _ends(local.model.generation_config.eos_token_id)
    pad = min(ends, default=0)
    tokens = torch.tensor([[pad] * (longest - len(one)) + one for one in prompts])
    attention = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in prompts])
    with torch.inference_mode():
        made: NDArray[np.int64] = local.model.generate(
            tokens.to(local.model.device),
            attention_mask=attention.to(local.model.device),
            do_sample=True,
            max_new_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            pad_token_id=pad,
            watermarking_config=InLastPlace(marks),
        ).cpu().numpy()[:, longest:]  # fmt: skip
    return [_until(row.tolist(), ends) for row in made]


def _ends(token: int | list[int] | None) -> set[int]:
    return set() if token is None else {token} if isinstance(token, int) else set(token)


def _until(tokens: list[int], ends: set[int]) -> list[int]:
    return tokens[: next((i for i, token in enumerate(tokens) if token in ends), len(tokens))]
