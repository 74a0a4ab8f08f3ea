from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.tails import Tail

from .conftest import Serving

VOCABULARY, LONGEST, SLOTS = 300, 256, 8


@dataclass(frozen=True)
class LogitsContext:
    """As in vLLM 0.33."""

    expanded_idx_mapping: torch.Tensor
    idx_mapping: torch.Tensor
    idx_mapping_np: NDArray[np.int32]
    expanded_local_pos: torch.Tensor
    input_ids: torch.Tensor
    pos: torch.Tensor
    seq_lens_upper_bound_np: NDArray[np.int32]


class Runner:
    """The model runner's part: slots, their history, and a batch that is laid out anew at each step."""

    def __init__(self, processor: Any) -> None:
        self.history = torch.zeros((SLOTS, LONGEST), dtype=torch.int32)
        self.prompts = torch.zeros(SLOTS, dtype=torch.int32)
        self.filled = torch.zeros(SLOTS, dtype=torch.int32)
        self.lengths: dict[int, int] = {}
        self.states = SimpleNamespace(
            device=torch.device("cpu"), max_num_reqs=SLOTS, vocab_size=VOCABULARY,
            all_token_ids=SimpleNamespace(gpu=self.history),
            prompt_len=SimpleNamespace(gpu=self.prompts, np=self.prompts.numpy()),
            prefill_len=SimpleNamespace(gpu=self.filled, np=self.filled.numpy()),
        )  # fmt: skip
        self.processor = processor(None, self.states)

    def add(self, slot: int, prompt: list[int], parameters: Any, written: tuple[int, ...] = ()) -> bool:
        """`written`: a request that was put off and comes back."""
        text = [*prompt, *written]
        self.history[slot] = 0
        self.history[slot, : len(text)] = torch.tensor(text)
        self.prompts[slot] = len(prompt)
        self.filled[slot] = self.lengths[slot] = len(text)
        return bool(self.processor.add_request(slot, parameters))

    def written(self, slot: int) -> tuple[list[int], list[int]]:
        text, prompt = self.history[slot, : self.lengths[slot]].tolist(), int(self.prompts[slot])
        return text[:prompt], text[prompt:]

    def context(self, slots: list[int], drafts: list[list[int]] | None = None) -> LogitsContext:
        drafts = drafts or [[] for _ in slots]
        rows = [(s, j, ([int(self.history[s, self.lengths[s] - 1]), *d])[j])
                for s, d in zip(slots, drafts, strict=True) for j in range(len(d) + 1)]  # fmt: skip
        return LogitsContext(
            torch.tensor([s for s, _, _ in rows], dtype=torch.int32),
            torch.tensor(slots, dtype=torch.int32),
            np.array(slots, np.int32),
            torch.tensor([j for _, j, _ in rows], dtype=torch.int32),
            torch.tensor([token for _, _, token in rows], dtype=torch.int32),
            torch.tensor([self.lengths[s] - 1 + j for s, j, _ in rows]),
            np.array([self.lengths[s] for s in slots], np.int32),
        )

    def step(self, slots: list[int], logits: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
        self.processor.apply_staged_writes()
        after: torch.Tensor = self.processor.apply(logits.clone(), self.context(slots))
        drawn = (after.double() + torch.from_numpy(random.gumbel(size=after.shape))).argmax(-1)
        for slot, token in zip(slots, drawn.tolist(), strict=True):
            self.history[slot, self.lengths[slot]] = token
            self.lengths[slot] += 1
        return after


@pytest.fixture
def runner(vllm: Callable[[str], Any]) -> Callable[[], Runner]:
    return lambda: Runner(vllm("vllm_runner").MarkLogitsProcessor)


def log10_p(written: tuple[list[int], list[int]], scheme_name: str, key: bytes) -> float:
    scheme, (prompt, output) = scheme_named(scheme_name), written
    pairs = distinct_pairs(Texts.of([prompt + output], [len(prompt)]), scheme.width)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


def test_every_slot_is_marked_with_its_own_key(
    runner: Callable[[], Runner], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("kgw", "gumbel")
    made = runner()
    random = np.random.default_rng(8)
    of = {3: "kgw:gamma=0.25,width=1", 0: "kgw:gamma=0.25,width=2", 5: "gumbel:width=1", 6: "gumbel:width=2"}
    for slot, name in of.items():
        assert made.add(slot, [9, 8, 7], parameters(keys.names[name].id, temperature=0.9, top_k=150, top_p=0.99))
    assert not made.add(1, [9, 8, 7], parameters())
    for _ in range(140):
        slots = random.permutation([*of, 1]).tolist()
        logits = torch.from_numpy(random.normal(0, 2.0, (5, VOCABULARY)).astype(np.float32))
        after = made.step(slots, logits, random)
        assert torch.equal(after[slots.index(1)], logits[slots.index(1)])
    for slot, name in of.items():
        assert log10_p(made.written(slot), name, keys.key(name)) < -6
        assert log10_p(made.written(1), name, keys.key(name)) > -3
    assert log10_p(made.written(3), "gumbel:width=1", keys.key("gumbel:width=1")) > -3


def test_a_slot_that_is_used_again_forgets(
    runner: Callable[[], Runner], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("gumbel")
    made, random, flat = runner(), np.random.default_rng(2), torch.zeros(1, VOCABULARY)
    mark = parameters(keys.names["gumbel:width=1"].id)
    made.add(2, [4, 4, 4], mark)
    first = made.step([2], flat, random)
    made.history[2, made.lengths[2] - 1] = 4
    assert torch.equal(made.step([2], flat, random), flat)  # The answer had this context before.
    made.add(2, [4, 4, 4], mark)
    assert torch.equal(made.step([2], flat, random), first)
    made.add(2, [4, 4, 4], parameters())
    assert torch.equal(made.step([2], flat, random), flat)


def test_a_request_that_was_put_off_remembers_its_contexts(
    runner: Callable[[], Runner], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("gumbel")
    made, random, flat = runner(), np.random.default_rng(2), torch.zeros(1, VOCABULARY)
    mark = parameters(keys.names["gumbel:width=2"].id)
    for written, repeats in (((5, 6, 1, 2), True), ((5, 6, 5, 2), False), ((5, 6, 7, 5, 6), True), ((), False)):
        made.add(2, [1, 2], mark, written)
        assert torch.equal(made.step([2], flat, random), flat) == repeats


def test_draft_tokens_are_the_context_of_the_rows_behind_them(
    runner: Callable[[], Runner], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("kgw")
    mark = parameters(keys.names["kgw:gamma=0.25,width=2"].id)
    made = runner()
    made.add(0, [1, 2, 3], parameters())
    made.add(4, [1, 2, 3], mark)
    made.processor.apply_staged_writes()
    drafted = made.processor.apply(torch.zeros(5, VOCABULARY), made.context([0, 4], [[8], [30, 31]]))
    assert not drafted[:2].any()
    for row, text in ((2, [1, 2, 3]), (3, [1, 2, 3, 30]), (4, [1, 2, 3, 30, 31])):
        plain = runner()
        plain.add(4, text, mark)
        plain.processor.apply_staged_writes()
        assert torch.equal(plain.processor.apply(torch.zeros(1, VOCABULARY), plain.context([4]))[0], drafted[row])
        assert drafted[row].any()


def test_the_bias_is_what_remains_of_it_after_temperature(
    runner: Callable[[], Runner], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("kgw")
    made = runner()
    for slot, temperature in enumerate((0.5, 2.0, 0.0)):
        made.add(slot, [1, 2], parameters(keys.names["kgw:gamma=0.25,width=1"].id, temperature=temperature))
    made.processor.apply_staged_writes()
    after = made.processor.apply(torch.zeros(3, VOCABULARY), made.context([0, 1, 2]))
    assert after.amax(-1).tolist() == [1.0, 4.0, 2.0]


def test_a_wrong_key_is_refused_at_the_door(
    vllm: Callable[[str], Any], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    serving("gumbel")
    validate = vllm("vllm_runner").MarkLogitsProcessor.validate_params
    validate(parameters())
    with pytest.raises(ValueError, match="no key of this id"):
        validate(parameters("f" * 16))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_the_real_interface() -> None:
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor

    from stillwatch.provenance.watermark.samplers.vllm_runner import MarkLogitsProcessor

    assert issubclass(MarkLogitsProcessor, LogitsProcessor)
    assert not MarkLogitsProcessor.__abstractmethods__
