"""`python bench/watermark_peers.py --peers DIR [--tokens 20000] [--keys 1000] [--only PART …] [--out FILE]`: our
detectors on the engines' wires, beside the engines' own, in one run. `--peers` is told in watermark_upstream.py;
what it lacks is left out. Writes results/watermark-peers.json.

Four parts. `compatible`: text that each engine's own sampler marked, found by us, and text of ours found by it.
`wrong_keys`: text of `--tokens` tokens under one key, scored under `--keys` others; exact tails for all. `speed`:
one key with deduplication, vocabularies of 32,000 and 128,256, and many keys at once. `synthid`: our support
beside Hugging Face's path.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from scipy.stats import gamma
from transformers.generation.logits_process import SynthIDTextWatermarkLogitsProcessor, WatermarkLogitsProcessor

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.samplers.wire import WireWriter, probabilities
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key, engine_setting, layer_keys, raw_key
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs
from stillwatch.provenance.watermark.tails import Tail
from watermark_upstream import SGLANG, TEXTSEAL, VLLM, Upstream

SEED, SUPPORT, SPREAD = 20261122, 64, 2.6  # some 2.2 nats a token
VOCABULARIES = (32_000, 128_256)
KEY = np.random.default_rng(SEED).bytes(32)
IDS = np.random.default_rng(SEED).choice(np.arange(1, 32_000), 2000, replace=False).astype(np.int32)
PARTS = ("compatible", "wrong_keys", "speed", "synthid")
SCHEMES = ("vllm-gumbel", "vllm-dual-gumbel", "sglang-gumbel", "hf-kgw:vocabulary=32000", "hf-synthid")


def log10_p(scheme: Scheme, texts: Texts, keys: list[bytes]) -> np.ndarray[Any, Any]:
    pairs = pairs_of(scheme, texts)
    weights = np.ones(len(pairs))
    return Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, keys))


def written(scheme: Scheme, count: int, seed: int, answer: int = 400) -> list[list[int]]:
    """Answers of some hundred tokens under KEY, each from a prompt of four, which stands before it."""
    random, answers = np.random.default_rng(seed), []
    for _ in range(0, count, answer):
        prompt = random.integers(1, 32_000, 4).tolist()
        writer = WireWriter(scheme, KEY, random, prompt=tuple(prompt))
        for _ in range(answer):
            support = IDS[random.choice(len(IDS), SUPPORT, replace=False)]
            writer.next(random.normal(0, SPREAD, SUPPORT), support)
        answers.append(prompt + writer.written)
    return answers


def compatible(upstream: Upstream) -> dict[str, Any]:
    """log10 p of ours on theirs, and what their detector says of ours, right key and wrong."""
    found: dict[str, Any] = {}
    wrong = np.random.default_rng(SEED + 1).bytes(32)
    for name in SCHEMES:
        scheme = scheme_named(name)
        [ours] = written(scheme, 300, SEED + 2, answer=300)
        theirs = their_text(upstream, name)
        row: dict[str, Any] = {}
        if theirs is not None:
            texts = Texts.of([ours[:4] + theirs], [4])
            row["their_text_by_ours"] = {
                "log10_p": round(float(log10_p(scheme, texts, [KEY])[0]), 2),
                "log10_p_wrong_key": round(float(log10_p(scheme, texts, [wrong])[0]), 2),
            }
        row["our_text_by_theirs"] = their_verdict(upstream, name, ours, (KEY, wrong))
        found[name] = row
        print(name, row, flush=True)
    return found


def their_text(upstream: Upstream, name: str) -> list[int] | None:
    """300 tokens by the engine's own sampler: from a prompt (drawn as in `written`) where its sampler looks at one."""
    random, seen = np.random.default_rng(SEED + 3), set[Any]()
    torch.manual_seed(SEED)
    prompt = written(scheme_named(name), 4, SEED + 2, answer=4)[0][:4]
    tokens: list[int] = []
    marker: Any = None
    if name.startswith("vllm"):
        if upstream.vllm is None:
            return None
        kind = upstream.vllm.GumbelWatermarker if name == "vllm-gumbel" else upstream.vllm.DualKeyGumbelWatermarker
        marker = kind(engine_key(KEY))
    elif name == "sglang-gumbel" and upstream.sglang is None:
        return None
    elif name.startswith("hf-kgw"):
        marker = WatermarkLogitsProcessor(32_000, "cpu", hashing_key=engine_setting(name, KEY))
    elif name == "hf-synthid":
        marker = SynthIDTextWatermarkLogitsProcessor(5, layer_keys(KEY, 30), 65536, 0, 1024, torch.device("cpu"))
    for _ in range(300):
        logits = torch.full((1, 32_000), -torch.inf)
        support = IDS[random.choice(len(IDS), SUPPORT, replace=False)].astype(np.int64)
        logits[0, support] = torch.tensor(random.normal(0, SPREAD, SUPPORT), dtype=torch.float32)
        context = ([-1] * 4 + tokens)[-4:]
        if name.startswith("vllm"):
            drawn = marker.sample(logits, torch.tensor([context]), plainly, torch.tensor([tuple(context) in seen]))
            token = int(drawn.token_ids[0])
        elif name == "sglang-gumbel":
            context = [*prompt, *tokens][-4:]
            hashed = upstream.sglang_core._hash_contexts(torch.tensor([context]), torch.tensor([4]))
            key = torch.tensor([upstream.sglang.parse_watermark_key(engine_setting(name, KEY))])
            chances = torch.softmax(logits, -1)
            marked = upstream.sglang_core.select_watermark_tokens_torch(chances, hashed, key)
            token = int(plainly(logits)) if tuple(context) in seen else int(marked)
        else:
            token = int(plainly(marker(torch.tensor([[*prompt, *tokens]]), logits)))
        seen.add(tuple(context))
        tokens.append(token)
    return tokens


def plainly(logits: torch.Tensor) -> torch.Tensor:
    return torch.multinomial(torch.softmax(logits, -1), 1)[:, 0]


def their_verdict(upstream: Upstream, name: str, tokens: list[int], keys: tuple[bytes, ...]) -> dict[str, Any] | None:
    """Their detector's p-value (as it gives it), for the right key and a wrong one."""
    prompt, answer, verdicts = tokens[:4], tokens[4:], []
    for key in keys:
        if name.startswith("vllm") and upstream.vllm is not None:
            kind = "DualKeyGumbelWatermarkDetector" if "dual" in name else "GumbelWatermarkDetector"
            verdicts.append(getattr(upstream.vllm, kind)(engine_key(key)).detect(answer).p_value)
        elif name == "sglang-gumbel" and upstream.sglang is not None:
            detector = upstream.sglang.WatermarkDetector(engine_setting(name, key))
            verdicts.append(detector.detect_tokens(answer, prompt_token_ids=prompt).combined.p_value)
        elif name.startswith("hf-kgw"):
            verdicts.append(float(hf_kgw_detector(32_000, key)(torch.tensor([tokens]), return_dict=True).p_value[0]))
        elif name == "hf-synthid":
            own = SynthIDTextWatermarkLogitsProcessor(5, layer_keys(key, 30), 65536, 0, 1024, torch.device("cpu"))
            values = own.compute_g_values(torch.tensor([answer])).float()
            deviation = 0.5 / values.numel() ** 0.5
            verdicts.append(
                {"mean_g": round(float(values.mean()), 4), "z": round(float(values.mean() - 0.5) / deviation, 2)}
            )
    return {"right_key": verdicts[0], "wrong_key": verdicts[1]} if verdicts else None


def hf_kgw_detector(vocabulary: int, key: bytes) -> Any:
    config = transformers.LlamaConfig(vocab_size=vocabulary, bos_token_id=0)
    settings = transformers.WatermarkingConfig(hashing_key=engine_setting("hf-kgw:vocabulary=32000", key))
    return transformers.WatermarkDetector(config, "cpu", settings, ignore_repeated_ngrams=True)


def wrong_keys(upstream: Upstream, tokens: int, keys: int) -> dict[str, Any]:
    random = np.random.default_rng(SEED + 4)
    others = [random.bytes(32) for _ in range(keys)]
    found: dict[str, Any] = {}
    for name in SCHEMES:
        scheme = scheme_named(name)
        # Green lists cost a shuffle for each key and context: fewer keys, and said so.
        tried = others if not name.startswith("hf-kgw") else others[: max(1, keys // 10)]
        texts = Texts.of(written(scheme, tokens, SEED + 5), [4] * -(-tokens // 400))
        found[name] = told(log10_p(scheme, texts, [KEY, *tried]), len(pairs_of(scheme, texts)))
        print(name, found[name], flush=True)
        if name == "hf-synthid":
            again = raw_key(name, ",".join(str(number + 65_536) for number in layer_keys(KEY, 30)))
            found[name]["key_plus_65536_log10_p"] = round(float(log10_p(scheme, texts, [again])[0]), 1)
            own = set(np.array(layer_keys(KEY, 30)) & 65535)
            shared = np.array([bool(own & set(np.array(layer_keys(key, 30)) & 65535)) for key in tried])
            found[name]["wrong_keys_sharing_a_layer"] = int(shared.sum())
    if upstream.textseal is not None:
        found["textseal"] = textseal(upstream.textseal, tokens, random.integers(0, 2**31, keys).tolist())
        print("textseal", found["textseal"], flush=True)
    return found


def told(p: np.ndarray[Any, Any], pairs: int) -> dict[str, Any]:
    wrong = p[1:]
    return {
        "pairs": pairs,
        "right_key_log10_p": round(max(float(p[0]), -9999.0), 1),
        "wrong_keys": len(wrong),
        "share_at_5_percent": round(float((wrong <= np.log10(0.05)).mean()), 4),
        "lowest_log10_p": round(max(float(wrong.min()), -9999.0), 2),
        "below_1e-6": int((wrong < -6).sum()),
    }


def textseal(core: Any, tokens: int, others: list[int]) -> dict[str, Any]:
    """TextSeal's own uniform PRF, width 4, on text drawn by its rule under key 42; distinct pairs, gamma tail."""
    from peer_textseal.pseudorandom import prf_uniform  # type: ignore[import-not-found]

    random, answers = np.random.default_rng(SEED + 6), []
    for _ in range(0, tokens, 400):
        own = random.integers(1, 32_000, 4).tolist()
        for _ in range(400):
            support = IDS[random.choice(len(IDS), SUPPORT, replace=False)].astype(np.int64)
            logits = random.normal(0, SPREAD, SUPPORT)
            window = torch.tensor(own[-4:]).expand(SUPPORT, 4)
            u = prf_uniform(window, torch.tensor(support), 42).double().numpy()
            own.append(int(support[np.argmax(np.log(np.maximum(u, 1e-12)) / np.exp(logits - logits.max()))]))
        answers.append(own)
    pairs = fresh_pairs(Texts.of(answers, [4] * len(answers)), Habits(4, prompted=True))
    windows, targets = torch.tensor(pairs.contexts).long(), torch.tensor(pairs.tokens).long()
    scores = [-np.log1p(-prf_uniform(windows, targets, key).double().numpy()).sum() for key in [42, *others]]
    assert core is not None
    return told(gamma.logsf(np.array(scores), len(pairs)) / np.log(10), len(pairs))


def speed(upstream: Upstream, tokens: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for vocabulary in VOCABULARIES:
        found[f"tokens a second, vocabulary {vocabulary}"] = rows = one_key(upstream, tokens, vocabulary)
        print(vocabulary, rows, flush=True)
    keys = [np.random.default_rng(k).bytes(32) for k in range(200)]
    texts = Texts.of([np.random.default_rng(SEED).integers(1, 32_000, min(tokens, 200_000))])
    rows = {}
    for name in ("gumbel:width=4", "vllm-gumbel", "sglang-gumbel", "hf-synthid"):
        scheme = scheme_named(name)
        pairs = pairs_of(scheme, texts)
        rows[scheme.name] = rate(partial(scheme.totals, pairs, np.ones(len(pairs)), keys), len(pairs) * len(keys))
    found["pairs x keys a second, 200 keys"] = rows
    print(rows, flush=True)
    return found


def one_key(upstream: Upstream, tokens: int, vocabulary: int) -> dict[str, float]:
    """Tokens a second with deduplication and p-value; slow detectors get less text, never less than 500 tokens."""
    text = np.minimum(np.random.default_rng(SEED + 7).zipf(1.3, tokens), vocabulary - 1).astype(np.int32)
    many, few = text.tolist(), text[:500].tolist()
    rows: dict[str, float] = {}
    for name in ("gumbel:width=4", *SCHEMES):
        scheme = scheme_named(name.replace("32000", str(vocabulary)))
        given = text if not name.startswith("hf-kgw") else text[:2000]
        rows[f"ours {scheme.name}"] = rate(partial(log10_p, scheme, Texts.of([given]), [KEY]), len(given))
    if upstream.vllm is not None:
        part = many[:100_000]
        rows["vLLM"] = rate(partial(upstream.vllm.GumbelWatermarkDetector(engine_key(KEY)).detect, part), len(part), 1)
    if upstream.sglang is not None:
        detector = upstream.sglang.WatermarkDetector(engine_setting("sglang-gumbel", KEY))
        rows["SGLang"] = rate(partial(detector.detect_tokens, many[:4000]), 4000, 1)
    rows["Hugging Face KGW"] = rate(partial(hf_kgw_detector(vocabulary, KEY), torch.tensor([few])), len(few), 1)
    synthid = SynthIDTextWatermarkLogitsProcessor(5, layer_keys(KEY, 30), 65536, 0, 1024, torch.device("cpu"))
    some = torch.tensor([many[:20_000]])
    rows["Hugging Face SynthID, g-values"] = rate(partial(synthid.compute_g_values, some), some.numel(), 1)
    short = some[:, :2000]
    rows["Hugging Face SynthID, repetition mask"] = rate(
        partial(synthid.compute_context_repetition_mask, short), short.numel(), 1
    )
    return rows


def rate(call: Callable[[], Any], items: int, times: int = 3) -> float:
    """Items a second, best of `times` after a first call that is not counted."""
    call()
    best = np.inf
    for _ in range(times):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return float(f"{items / best:.3g}")


def synthid_sampling() -> dict[str, Any]:
    found: dict[str, Any] = {}
    scheme, random = scheme_named("hf-synthid"), np.random.default_rng(SEED + 8)
    for vocabulary in VOCABULARIES:
        support = np.sort(random.choice(vocabulary, 50, replace=False)).astype(np.int32)
        scores = np.full(vocabulary, -np.inf, np.float32)
        scores[support] = random.normal(0, 2, 50)
        theirs = SynthIDTextWatermarkLogitsProcessor(5, layer_keys(KEY, 30), 65536, 0, 1024, torch.device("cpu"))
        context, logits = np.full(4, -1, np.int32), torch.tensor(scores[None])
        marked = torch.softmax(theirs(torch.tensor([[1]]), logits), -1)[0].numpy()[support]
        ours = probabilities(scheme, scores[support], support, context, KEY)
        beside = {"ours": rate(partial(probabilities, scheme, scores[support], support, context, KEY), 1)}
        beside["Hugging Face"] = rate(partial(theirs, torch.tensor([[1]]), logits), 1)
        row = {f"{who}, microseconds a token": round(1e6 / each, 1) for who, each in beside.items()}
        found[f"vocabulary {vocabulary}, top 50"] = row | {"largest_difference": float(np.abs(marked - ours).max())}
    print(found, flush=True)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peers", type=Path)
    arguments.add_argument("--tokens", type=int, default=20_000)
    arguments.add_argument("--keys", type=int, default=1_000)
    arguments.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "watermark-peers.json")
    arguments.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, help="the rest is kept as the file has it"
    )
    given = arguments.parse_args()
    torch.set_num_threads(1)
    upstream = Upstream(given.peers)
    versions = {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__}
    for name, version, module in (
        ("vllm", VLLM, upstream.vllm),
        ("sglang", SGLANG, upstream.sglang),
        ("textseal", TEXTSEAL, upstream.textseal),
    ):
        versions |= {name: version} if module is not None else {}
    result: dict[str, Any] = json.loads(given.out.read_text(encoding="utf-8")) if given.out.is_file() else {}
    result |= {"versions": versions, "seed": SEED, "tokens": given.tokens, "keys": given.keys}
    result |= {"processors": os.cpu_count(), "load_at_start": round(os.getloadavg()[0], 1)}
    parts: dict[str, Callable[[], Any]] = {
        "compatible": lambda: compatible(upstream),
        "wrong_keys": lambda: wrong_keys(upstream, given.tokens, given.keys),
        "speed": lambda: speed(upstream, max(given.tokens * 10, 100_000)),
        "synthid": synthid_sampling,
    }
    for part in given.only:
        result[part] = parts[part]()
    given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
