"""`python bench/watermark_vectors.py --peers DIR`: makes the vectors that pin our wire-compatible schemes.

Written by the engines' own code (see watermark_upstream.py for where to get it) and by the transformers that is
installed: tests/provenance/watermark/schemes/vectors/{vllm,sglang,huggingface}.json hold tokens, contexts,
uniforms, green masks and g-values, and a short text drawn by each engine's own sampler from random logits. Seeds
are fixed: a second run gives the same files, unless upstream has changed its wire.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers.generation.logits_process import SynthIDTextWatermarkLogitsProcessor, WatermarkLogitsProcessor

from watermark_upstream import SGLANG, VLLM, Upstream

OUT = Path(__file__).parent.parent / "tests" / "provenance" / "watermark" / "schemes" / "vectors"
VOCABULARY = 128
LENGTH = 240
PROMPT = [7, 11, 13, 17, 19, 23]


def source(seed: int) -> Callable[[], torch.Tensor]:
    """Random logits, anew for each token; of some 3.5 nats."""
    random = np.random.default_rng(seed)
    return lambda: torch.tensor(random.normal(0, 1.5, (1, VOCABULARY)), dtype=torch.float32)


def vllm(upstream: Any) -> dict[str, Any]:
    random = np.random.default_rng(1)
    cases = []
    for key, width in ((0, 1), (42, 2), (2**64 - 1, 4), (0x0123456789ABCDEF, 4), (2**63 + 5, 5), (99, 9)):
        contexts = random.integers(0, 128_256, (6, width))
        contexts[0, : width - 1] = -1
        tokens = random.integers(0, 128_256, 6)
        uniforms = upstream.PhiloxPRF(key).uniform(torch.tensor(contexts), torch.tensor(tokens[:, None]))
        cases.append(
            {
                "key": key,
                "width": width,
                "contexts": contexts.tolist(),
                "tokens": tokens.tolist(),
                "uniforms": uniforms[:, 0].tolist(),
            }
        )
    texts = []
    for algorithm in ("gumbel", "dual_key_gumbel"):
        torch.manual_seed(2)
        marker = {
            "gumbel": lambda: upstream.GumbelWatermarker(20260101),
            "dual_key_gumbel": lambda: upstream.DualKeyGumbelWatermarker(20260101),
        }[algorithm]()
        logits, written, seen = source(3), [-1] * 4, set[tuple[int, ...]]()
        for _ in range(LENGTH):
            context = tuple(written[-4:])
            drawn = marker.sample(
                logits(),
                torch.tensor([context]),
                lambda scores: torch.multinomial(torch.softmax(scores, -1), 1)[:, 0],
                torch.tensor([context in seen]),
            )
            seen.add(context)
            written.append(int(drawn.token_ids[0]))
        detector = {
            "gumbel": lambda: upstream.GumbelWatermarkDetector(20260101),
            "dual_key_gumbel": lambda: upstream.DualKeyGumbelWatermarkDetector(20260101),
        }[algorithm]()
        found = detector.detect(written[4:])
        text = {"algorithm": algorithm, "key": 20260101, "width": 4, "tokens": written[4:]}
        texts.append(text | {"score": found.score, "scored": found.num_scored_tokens})
    keys = [upstream.derive_watermark_key(20260101, name) for name in (b"key_a", b"key_b")]
    return {"package": f"vllm=={VLLM}", "uniforms": cases, "derived": keys, "texts": texts}


def sglang(detector: Any, core: Any) -> dict[str, Any]:
    random = np.random.default_rng(4)
    cases = []
    for key in ("0", "ffffffffffffffff", "0123456789abcdef", "0xBEEF"):
        for width in (1, 4, 7):
            context = random.integers(0, 128_256, width).tolist()
            token, number = int(random.integers(0, 128_256)), detector.parse_watermark_key(key)
            hashed = detector.hash_context(context)
            word = detector.watermark_hash(number, hashed, token)
            coin = detector.position_coin(number, number ^ 77, hashed)
            case = {"key": key, "context": context, "token": token, "context_hash": hashed, "word": word, "coin": coin}
            cases.append(case | {"key_b": f"{(number ^ 77) & (2**64 - 1):x}"})
    texts = []
    for key_b in (None, "f00dfeed"):
        torch.manual_seed(5)
        logits, written, seen = source(6), list(PROMPT), set[int]()
        keys = [detector.parse_watermark_key(key) for key in ("5eed0123456789ab", key_b or "0")]
        for _ in range(LENGTH):
            context = torch.tensor([written[-4:]])
            hashed = core._hash_contexts(context, torch.tensor([4]))
            chances = torch.softmax(logits(), -1)
            if int(hashed) in seen:
                drawn = int(torch.multinomial(chances, 1))
            else:
                second = (torch.tensor([keys[1]]), torch.tensor([int(0.4 * 2**32)])) if key_b else ()
                drawn = int(core.select_watermark_tokens_torch(chances, hashed, torch.tensor([keys[0]]), *second))
            seen.add(int(hashed))
            written.append(drawn)
        own = detector.WatermarkDetector("5eed0123456789ab", key_b=key_b, mixing_probability=0.4)
        found = own.detect_tokens(written[len(PROMPT) :], prompt_token_ids=PROMPT).combined
        text = {"key": "5eed0123456789ab", "key_b": key_b, "mixing": 0.4, "prompt": PROMPT}
        tokens = written[len(PROMPT) :]
        texts.append(text | {"tokens": tokens, "score": found.score, "scored": found.num_contexts})
    return {"package": f"sglang=={SGLANG}", "hashes": cases, "texts": texts}


def huggingface() -> dict[str, Any]:
    random = np.random.default_rng(7)
    lists = []
    for vocabulary, key, seeding, width in (
        (VOCABULARY, 15485863, "lefthash", 1),
        (32_000, 2**62 + 12345, "lefthash", 1),
        (VOCABULARY, 15485863, "selfhash", 4),
        (5_000, 2**61 + 99, "selfhash", 3),
    ):
        processor = WatermarkLogitsProcessor(vocabulary, "cpu", 0.25, 2.0, key, seeding, width)
        before = width - (seeding == "selfhash")
        contexts = random.integers(1, vocabulary, (24, before))
        tokens = random.integers(0, vocabulary, 24)
        green = []
        for context, token in zip(contexts.tolist(), tokens.tolist(), strict=True):
            sequence = torch.tensor([*context, token] if seeding == "selfhash" else context)
            green.append(int(token in processor._get_greenlist_ids(sequence)))
        case = {"vocabulary": vocabulary, "hashing_key": key, "seeding": seeding, "context_width": width}
        lists.append(case | {"contexts": contexts.tolist(), "tokens": tokens.tolist(), "green": green})
    keys = [654, 400, 836, 123, 340, 443, 597, 160, 57, 2**40 + 7]
    synthid = SynthIDTextWatermarkLogitsProcessor(5, keys, 65536, 0, 1024, torch.device("cpu"))
    tokens = random.integers(0, 128_256, 30)
    g_values = synthid.compute_g_values(torch.tensor(tokens[None]))[0].tolist()
    made = {"keys": keys, "ngram": 5, "tokens": tokens.tolist(), "g_values": g_values}
    return {"package": f"transformers=={transformers.__version__}", "green_lists": lists, "synthid": made}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peers", type=Path, required=True)
    upstream = Upstream(arguments.parse_args().peers)
    OUT.mkdir(parents=True, exist_ok=True)
    made = {"huggingface": huggingface()}
    if upstream.vllm:
        made["vllm"] = vllm(upstream.vllm)
    if upstream.sglang:
        made["sglang"] = sglang(upstream.sglang, upstream.sglang_core)
    for name, vectors in made.items():
        head = {"made_by": "bench/watermark_vectors.py, by the package's own code", **vectors}
        (OUT / f"{name}.json").write_text(json.dumps(head, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{name}: {(OUT / f'{name}.json').stat().st_size:,} bytes, {vectors['package']}")


if __name__ == "__main__":
    main()
