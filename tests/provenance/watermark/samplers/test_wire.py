"""The engines' own samplers beside ours. vLLM's and SGLang's texts are vectors, Hugging Face is asked itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers.generation.logits_process import SynthIDTextWatermarkLogitsProcessor, WatermarkLogitsProcessor

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.samplers.wire import WireWriter, probabilities
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import engine_setting, raw_key
from stillwatch.provenance.watermark.tails import Tail

torch.set_num_threads(1)
VECTORS = Path(__file__).parent.parent / "schemes" / "vectors"
KEY = bytes(range(100, 132))
VOCABULARY = 128


def made_by(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def log10_p(scheme: Scheme, texts: Texts, key: bytes) -> float:
    pairs = pairs_of(scheme, texts)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


@pytest.mark.parametrize(("engine", "which", "seed"), [("vllm", 0, 3), ("sglang", 0, 6), ("sglang", 1, 6)])
def test_the_token_is_the_engines(engine: str, which: int, seed: int) -> None:
    text = made_by(engine)["texts"][which]
    name = "vllm-gumbel" if engine == "vllm" else "sglang-gumbel"
    second = text.get("key_b")
    scheme = scheme_named(f"sglang-gumbel:dual=1,mixing={text['mixing']},width=4" if second else name)
    key = raw_key(name, str(text["key"]) + (f":{second}" if second else ""))
    prompt = text.get("prompt", [-1] * 4)
    tokens, random, seen = [*prompt, *text["tokens"]], np.random.default_rng(seed), set()
    for i in range(len(prompt), len(tokens)):
        logits, context = random.normal(0, 1.5, VOCABULARY).astype(np.float32), tuple(tokens[i - 4 : i])
        if context not in seen:
            support = np.argsort(-logits).astype(np.int32)  # in another order: a draw depends on ids alone
            chances = probabilities(scheme, logits[support], support, np.array(context, np.int32), key)
            assert support[np.argmax(chances)] == tokens[i]
        seen.add(context)


@pytest.mark.parametrize(("seeding", "context"), [("lefthash", 1), ("selfhash", 4)])
def test_green_lists_give_hugging_faces_probabilities(seeding: str, context: int) -> None:
    scheme = scheme_named(f"hf-kgw:vocabulary=500,seeding={seeding},context={context}")
    number = engine_setting(scheme.name, KEY)
    theirs = WatermarkLogitsProcessor(500, "cpu", 0.25, 2.5, number, seeding, context)
    random = np.random.default_rng(0)
    for _ in range(8):
        before, scores = random.integers(1, 500, 6), np.full(500, -np.inf, np.float32)
        support = np.sort(random.choice(500, 50, replace=False)).astype(np.int32)
        scores[support] = random.normal(0, 2, 50)
        marked = theirs(torch.tensor(before[None]), torch.tensor(scores[None]))
        window = before[6 - scheme.width :].astype(np.int32)
        ours = probabilities(scheme, scores[support], support, window, KEY, bias=2.5)
        assert np.abs(torch.softmax(marked, -1)[0].numpy()[support] - ours).max() < 1e-6


def test_synthid_on_the_support_gives_hugging_faces_probabilities() -> None:
    scheme, random = scheme_named("hf-synthid:depth=12"), np.random.default_rng(1)
    keys = engine_setting(scheme.name, KEY)
    theirs = SynthIDTextWatermarkLogitsProcessor(5, keys, 65536, 0, 1024, torch.device("cpu"))
    written: list[int] = []
    for _ in range(12):
        scores = np.full(2000, -np.inf, np.float32)
        support = np.sort(random.choice(2000, 40, replace=False)).astype(np.int32)
        scores[support] = random.normal(0, 2, 40)
        marked = theirs(torch.tensor([[9, 9, *written]]), torch.tensor(scores[None]))
        window = np.array(([-1] * 4 + written)[-4:], np.int32)
        ours = probabilities(scheme, scores[support], support, window, KEY)
        assert np.abs(torch.softmax(marked, -1)[0].numpy()[support] - ours).max() < 1e-6
        written.append(int(support[random.choice(40, p=ours)]))


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.LlamaConfig(vocab_size=300, bos_token_id=1, eos_token_id=None, pad_token_id=0, **sizes)
    return transformers.LlamaForCausalLM(config).eval()


def test_text_that_hugging_face_generated_is_found(model: Any) -> None:
    prompt = torch.tensor([[5, 6, 7, 8, 9]])
    kgw, synthid = scheme_named("hf-kgw:vocabulary=300"), scheme_named("hf-synthid:depth=20")
    settings = {
        kgw.name: transformers.WatermarkingConfig(hashing_key=engine_setting(kgw.name, KEY), bias=3.0),
        synthid.name: transformers.SynthIDTextWatermarkingConfig(5, engine_setting(synthid.name, KEY)),
    }
    for scheme in (kgw, synthid):
        torch.manual_seed(1)
        written = model.generate(prompt, do_sample=True, max_new_tokens=160, watermarking_config=settings[scheme.name])
        texts = Texts.of([written[0].tolist()], [5])
        assert log10_p(scheme, texts, KEY) < -12
        assert log10_p(scheme, texts, KEY[::-1]) > -3


def test_hugging_face_finds_what_we_wrote(model: Any) -> None:
    scheme = scheme_named("hf-kgw:vocabulary=300,seeding=selfhash")
    random = np.random.default_rng(2)
    writer = WireWriter(scheme, KEY, random, prompt=(3, 4, 5), bias=4.0)
    support = np.arange(300, dtype=np.int32)
    tokens = [writer.next(random.normal(size=300), support) for _ in range(120)]
    number = engine_setting(scheme.name, KEY)
    settings = {"hashing_key": number, "seeding_scheme": "selfhash", "context_width": 4}
    for off, found in ((0, True), (1, False)):
        config = transformers.WatermarkingConfig(**(settings | {"hashing_key": number + off}))
        detector = transformers.WatermarkDetector(model.config, "cpu", config, ignore_repeated_ngrams=True)
        assert bool(detector(torch.tensor([tokens]), z_threshold=4.5)[0]) is found


@pytest.mark.parametrize(
    "name", ["vllm-gumbel", "vllm-dual-gumbel", "sglang-gumbel:dual=1", "hf-kgw:vocabulary=64", "hf-synthid"]
)
def test_what_is_written_is_found_and_loops_end(name: str) -> None:
    scheme, random = scheme_named(name), np.random.default_rng(3)
    writer = WireWriter(scheme, KEY, random, prompt=(3, 4, 5, 6), bias=4.0)
    support = np.arange(64, dtype=np.int32)
    tokens = [writer.next(random.normal(0, 1.5, 64), support) for _ in range(250)]
    assert log10_p(scheme, Texts.of([[3, 4, 5, 6, *tokens]], [4]), KEY) < -10
    assert KEY.hex() not in repr(writer)
    assert str(list(KEY)) not in repr(writer)
    if not name.startswith("hf-kgw"):
        flat, stuck = np.zeros(2), WireWriter(scheme, KEY, random, prompt=(1, 1, 1, 1))
        loop = [stuck.next(flat, np.array([0, 1], np.int32)) for _ in range(200)]
        assert 40 < sum(loop) < 160  # each of the few contexts is marked once, then the draw is free


def test_our_own_schemes_are_drawn_elsewhere() -> None:
    with pytest.raises(BadSettings, match="no engine's scheme"):
        probabilities(scheme_named("kgw"), np.zeros(2), np.arange(2, dtype=np.int32), np.zeros(1, np.int32), KEY)
