from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import torch

from stillwatch.provenance.watermark.keys.register import change_state
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.tails import Tail

from .conftest import BatchUpdate, MoveDirectionality, Serving

VOCABULARY, STEPS = 300, 140


def log10_p(prompt: list[int], output: list[int], scheme_name: str, key: bytes) -> float:
    scheme = scheme_named(scheme_name)
    pairs = distinct_pairs(Texts.of([prompt + output], [len(prompt)]), scheme.width)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


def sampled(logits: torch.Tensor, random: np.random.Generator) -> list[int]:
    noise = torch.from_numpy(random.gumbel(size=logits.shape))
    return (logits.double() + noise).argmax(-1).tolist()


@pytest.mark.parametrize("kind", ["kgw", "gumbel"])
def test_marks_follow_requests_through_the_batch(
    kind: str, vllm: Callable[[str], Any], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving(kind)
    one, two = keys.names
    module = vllm("vllm_v1")
    processor = module.MarkLogitsProcessor(None, torch.device("cpu"), False)
    assert processor.is_argmax_invariant() == (kind == "gumbel")
    random = np.random.default_rng(4)
    prompts = {name: random.integers(0, VOCABULARY, 5).tolist() for name in ("one", "two", "plain", "late")}
    outputs: dict[str, list[int]] = {name: [] for name in prompts}
    settings = {
        "one": parameters(keys.names[one].id, top_k=100),
        "two": parameters(keys.names[two].id, top_p=0.98),
        "plain": parameters(),
        "late": parameters(keys.names[one].id),
    }
    place = {0: "one", 1: "plain", 2: "two"}
    added = [(i, settings[name], prompts[name], outputs[name]) for i, name in place.items()]
    update: BatchUpdate | None = BatchUpdate(3, [], added, [])
    for step in range(STEPS):
        if step == 40:  # "plain" leaves, "two" moves into its place, and somebody comes in behind.
            place = {0: "one", 1: "two"}
            update = BatchUpdate(2, [1], [], [(2, 1, MoveDirectionality.UNIDIRECTIONAL)])
        if step == 60:
            place = {0: "late", 1: "two", 2: "one"}
            late = (2, settings["late"], prompts["late"], outputs["late"])
            update = BatchUpdate(3, [], [late], [(0, 2, MoveDirectionality.SWAP)])
        processor.update_state(update)
        update = None
        logits = torch.from_numpy(random.normal(0, 2.0, (len(place), VOCABULARY)).astype(np.float32))
        before = logits.clone()
        after = processor.apply(logits)
        for i, name in place.items():
            assert name != "plain" or torch.equal(after[i], before[i])
        for i, token in enumerate(sampled(after, random)):
            outputs[place[i]].append(token)
    mine, other = keys.key(one), keys.key(two)
    assert log10_p(prompts["one"], outputs["one"], one, mine) < -6
    assert log10_p(prompts["late"], outputs["late"], one, mine) < -4
    assert log10_p(prompts["two"], outputs["two"], two, other) < -6
    assert log10_p(prompts["one"], outputs["one"], one, other) > -3
    assert log10_p(prompts["plain"], outputs["plain"], one, mine) > -3


def test_a_draw_keeps_to_what_the_request_allows(
    vllm: Callable[[str], Any], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("gumbel")
    name = keys.names["gumbel:width=1"].id
    processor = vllm("vllm_v1").MarkLogitsProcessor(None, torch.device("cpu"), False)
    logits = torch.from_numpy(np.random.default_rng(1).normal(0, 0.1, (40, VOCABULARY)).astype(np.float32))
    likeliest = torch.topk(logits, 3, -1).indices
    added = [(i, parameters(name, top_k=3), [1, 2], [i]) for i in range(39)]
    added.append((39, parameters(name, temperature=0.0), [1, 2], [39]))
    processor.update_state(BatchUpdate(40, [], added, []))
    after = processor.apply(logits.clone())
    drawn = after.argmax(-1)
    assert bool((likeliest[:39] == drawn[:39, None]).any(-1).all())
    assert len(set((likeliest[:39] == drawn[:39, None]).float().argmax(-1).tolist())) == 3
    assert torch.equal(after[39], logits[39])  # Greedy: vLLM has the answer already.


def test_unknown_tokens_and_repeated_contexts_are_left_plain(
    vllm: Callable[[str], Any], serving: Callable[..., Serving], parameters: Callable[..., Any]
) -> None:
    keys = serving("gumbel")
    mark = parameters(keys.names["gumbel:width=2"].id)
    processor = vllm("vllm_v1").MarkLogitsProcessor(None, torch.device("cpu"), False)
    waiting, looping, short, resumed = [5, -1], [5, 6, 7], [], [8, 9, 1, 8, 9]
    added = [
        (0, mark, [1, 2], waiting),
        (1, mark, [1, 2], looping),
        (2, mark, None, short),
        (3, mark, [1, 2], resumed),
    ]
    processor.update_state(BatchUpdate(4, [], added, []))
    logits = torch.zeros(4, VOCABULARY)
    assert [bool(torch.isfinite(row).all()) for row in processor.apply(logits.clone())] == [True, False, True, True]
    looping += [5, 6]
    waiting[-1] = 3
    assert [bool(torch.isfinite(row).all()) for row in processor.apply(logits.clone())] == [False, True, True, True]


def test_a_wrong_key_is_refused_at_the_door_and_served_plain_behind_it(
    vllm: Callable[[str], Any],
    serving: Callable[..., Serving],
    parameters: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = serving("kgw")
    processor = vllm("vllm_v1").MarkLogitsProcessor
    name = keys.names["kgw:gamma=0.25,width=1"].id
    processor.validate_params(parameters())
    processor.validate_params(parameters(name))
    for wrong in ("0" * 16, name[:8], "", 7, ["a"]):
        with pytest.raises(ValueError, match="no key of this id"):
            processor.validate_params(parameters(wrong))
    with pytest.raises(ValueError, match="nats"):
        processor.validate_params(parameters(extra_args={"stillwatch_key": name, "stillwatch_delta": 1e9}))
    change_state(keys.register, [name], "retired", datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="retired"):
        processor.validate_params(parameters(name))
    built = processor(None, torch.device("cpu"), False)
    built.update_state(BatchUpdate(1, [], [(0, parameters(name), [1, 2], [])], []))
    logits = torch.zeros(1, VOCABULARY)
    assert torch.equal(built.apply(logits.clone()), logits)
    assert "served unmarked" in caplog.text
    serving("gumbel")
    with pytest.raises(ValueError, match="one kind an engine"):
        processor.validate_params(parameters(keys.names["kgw:gamma=0.25,width=2"].id))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_the_real_interface(serving: Callable[..., Serving]) -> None:
    from vllm.v1.sample.logits_processor import LogitsProcessor

    from stillwatch.provenance.watermark.samplers.vllm_v1 import MarkLogitsProcessor

    serving("kgw")
    assert issubclass(MarkLogitsProcessor, LogitsProcessor)
    assert not MarkLogitsProcessor.__abstractmethods__
    MarkLogitsProcessor(None, torch.device("cpu"), False)
