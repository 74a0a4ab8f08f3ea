"""What marking costs: microseconds a token beside other packages' samplers, and what each scheme does to a text.

    python bench/watermark_samplers.py [--peers FOLDER] [--quick] [--only speed|quality]

One thread, one sequence, logits of a random normal; peers run in the same process, one after another. Times are of the
thread's processor, the best of several rounds, each with the copy of the logits that every caller needs. FOLDER holds
ymark and markllm, as `pip install --no-deps --target FOLDER ymark markllm` puts them there.
Quality is measured on a source whose entropy is set (1.0 nats a token on average), so that schemes can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from scipy.special import entr, logsumexp, softmax

from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.samplers.gumbel import draw
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.samplers.transformers import MarkLogitsProcessor
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme
from stillwatch.provenance.watermark.tails import Tail

OUT = Path(__file__).parent / "results" / "watermark-samplers.json"
KEY = bytes(range(32))
VOCABULARIES = (32_000, 128_256)
SUPPORT = 50


def best_of(run: Callable[[], Any], rounds: int, seconds: float = 0.1) -> float:
    """Microseconds of this thread's processor time for one run: the best round, so that other jobs count little."""
    run()
    found = []
    for _ in range(rounds):
        begin, runs = time.thread_time(), 0
        while runs < 2 or time.thread_time() - begin < seconds:
            run()
            runs += 1
        found.append((time.thread_time() - begin) / runs)
    return round(min(found) * 1e6, 1)


def speed(vocabulary: int, rounds: int, peers: Path | None) -> dict[str, float | str]:
    random = np.random.default_rng(1)
    full = torch.from_numpy(random.normal(0, 3, (1, vocabulary)).astype(np.float32))
    few = torch.full_like(full, -torch.inf)
    kept = full.topk(SUPPORT).indices
    few[0, kept[0]] = full[0, kept[0]]
    ids = torch.from_numpy(random.integers(0, vocabulary, (1, 100)))
    keys, may = key_rows(KEY, 1)
    contexts = np.array([5], np.uint64)
    scratch = full.numpy().copy()

    def kernel(scheme: Scheme, policy: Policy, scores: torch.Tensor) -> Callable[[], Any]:
        marker, given = Marker(scheme, policy), scores.numpy()

        def run() -> None:
            np.copyto(scratch, given)
            marker.mark_after(scratch, contexts, may, keys)

        return run

    def whole(scheme: Scheme, policy: Policy, scores: torch.Tensor) -> Callable[[], Any]:
        marks = MarkLogitsProcessor(scheme, KEY, low_entropy=policy.low_entropy, once=policy.once, top=policy.top)
        return lambda: marks(ids, scores)

    everywhere = Policy(low_entropy=0.0)
    runs: dict[str, Callable[[], Any]] = {
        "softmax + multinomial": lambda: torch.multinomial(torch.softmax(full, -1), 1),
        "copy of the logits": lambda: np.copyto(scratch, full.numpy()),
        "ours: KGW, whole vocabulary": kernel(Kgw(), everywhere, full),
        "ours: KGW, whole vocabulary, entropy bound": kernel(Kgw(), Policy(), full),
        "ours: KGW, top-50 support": kernel(Kgw(), Policy(), few),
        "ours: Gumbel, whole vocabulary": kernel(Gumbel(), everywhere, full),
        "ours: Gumbel, top 64 of it": kernel(Gumbel(), Policy(low_entropy=0.0, top=64), full),
        "ours: Gumbel, top-50 support, the draw alone": lambda: draw(few.numpy(), contexts, may, keys, 0.0, 0),
        "ours: Gumbel, top 64 of the vocabulary, the draw alone": lambda: draw(
            full.numpy(), contexts, may, keys, 0.0, 64
        ),
        "ours: Gumbel, top-50 support": kernel(Gumbel(), everywhere, few),
        "ours: Gumbel, top-50 support, entropy bound": kernel(Gumbel(), Policy(), few),
        "ours: Hugging Face processor, KGW, whole vocabulary": whole(Kgw(), Policy(), full),
        "ours: Hugging Face processor, Gumbel, top-50 support": whole(Gumbel(), Policy(), few),
    }
    found: dict[str, float | str] = {name: best_of(run, rounds) for name, run in runs.items()}
    for name, make in others(vocabulary, ids, full, peers).items():
        try:
            found[name] = best_of(make(), rounds)
        except Exception as error:
            found[name] = f"not measured ({type(error).__name__}: {error})"[:120]
    return found


def others(
    vocabulary: int, ids: torch.Tensor, full: torch.Tensor, peers: Path | None
) -> dict[str, Callable[[], Callable[[], Any]]]:
    def hugging_face() -> Callable[[], Any]:
        made = transformers.WatermarkLogitsProcessor(vocab_size=vocabulary, device="cpu")
        return lambda: made(ids, full.clone())

    def synthid(scores: torch.Tensor) -> Callable[[], Any]:
        made = transformers.SynthIDTextWatermarkLogitsProcessor(
            ngram_len=5, keys=list(range(30)), sampling_table_size=2**16, sampling_table_seed=0,
            context_history_size=1024, device="cpu",
        )  # fmt: skip
        return lambda: made(ids, scores.clone())

    found: dict[str, Callable[[], Callable[[], Any]]] = {
        "Hugging Face KGW, lefthash": hugging_face,
        "Hugging Face SynthID, 30 keys": lambda: synthid(full),
    }
    if peers is None:
        return found
    sys.path.append(str(peers))

    def ymark() -> Callable[[], Any]:
        from ymark import WatermarkConfig, WatermarkProcessor

        made = WatermarkProcessor(WatermarkConfig(delta=2.0, gamma=0.25, seed=1))

        def run() -> None:
            mask = made.get_green_mask(int(ids[0, -1]), vocabulary)
            full.clone()[0] += torch.tensor(mask, dtype=torch.float32) * 2.0

        return run

    def markllm() -> Callable[[], Any]:
        from types import SimpleNamespace

        from markllm.watermark.kgw.kgw import KGWLogitsProcessor, KGWUtils

        config = SimpleNamespace(
            gamma=0.25, delta=2.0, hash_key=15485863, prefix_length=1, z_threshold=4.0, f_scheme="time",
            window_scheme="left", vocab_size=vocabulary, device="cpu",
        )  # fmt: skip
        made = KGWLogitsProcessor(config, KGWUtils(config))
        return lambda: made(ids, full.clone())

    return {**found, "ymark 0.2 (its mask, added)": ymark, "MarkLLM 0.1.5 KGW": markllm}


class Source:
    """A bigram model whose next-token distributions have a set mean entropy, and many of low entropy among them."""

    def __init__(self, vocabulary: int = 1024, nats: float = 1.0) -> None:
        random = np.random.default_rng(3)
        shape = random.normal(0, 1, (vocabulary, vocabulary)).astype(np.float32)
        spread = random.lognormal(0, 0.35, (vocabulary, 1)).astype(np.float32)
        low, high = 0.1, 30.0
        for _ in range(30):
            scale = (low * high) ** 0.5
            found = float(entr(softmax(shape[:200] * spread[:200] * scale, 1)).sum(1).mean())
            low, high = (scale, high) if found > nats else (low, scale)
        self.logits = shape * spread * np.float32(scale)
        self.log = (self.logits - logsumexp(self.logits, axis=1, keepdims=True)).astype(np.float64)
        self.vocabulary = vocabulary


def quality(
    source: Source, scheme: Scheme | None, policy: Policy, seed: int, rows: int, steps: int
) -> dict[str, float]:
    random = np.random.default_rng(seed)
    key = np.random.default_rng(seed + 1000).bytes(32)
    tokens = np.repeat(np.random.default_rng(seed).integers(0, source.vocabulary, (rows // 16, 3)), 16, axis=0)
    keys, _ = key_rows(key, rows)
    marker = Marker(scheme, policy) if scheme is not None else None
    nll, divergence, marked = 0.0, 0.0, 0
    for _ in range(steps):
        log = source.log[tokens[:, -1]]
        scores = np.ascontiguousarray(source.logits[tokens[:, -1]])
        if marker is not None:
            marked += int(marker.mark(scores, tokens, keys, begin=3).sum())
        if isinstance(scheme, Kgw):
            changed = scores - logsumexp(scores, axis=1, keepdims=True)
            divergence += float((np.exp(changed) * (changed - log)).sum())
        drawn = np.argmax(scores + random.gumbel(size=scores.shape), 1)
        nll -= float(log[np.arange(rows), drawn].sum())
        tokens = np.hstack([tokens, drawn[:, None]])
    written: NDArray[np.int64] = tokens[:, 3:]
    triples = np.lib.stride_tricks.sliding_window_view(written, 3, axis=1).reshape(-1, 3)
    count = rows * steps
    told = {"nll": nll / count, "kl": divergence / count, "marked": marked / count,
            "distinct_3": len(np.unique(triples, axis=0)) / len(triples)}  # fmt: skip
    if scheme is not None:
        answers = [Texts.of([one], [3]) for one in tokens[:, :103]]
        reached = [_log10_p(text, scheme, key) for text in answers]
        told["median_log10_p_100_tokens"] = float(np.median(reached))
        told["found_at_1e-6_in_100_tokens"] = float(np.mean(np.array(reached) <= -6))
    return told


def _log10_p(texts: Texts, scheme: Scheme, key: bytes) -> float:
    pairs = distinct_pairs(texts, scheme.width)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


def qualities(seeds: int, rows: int, steps: int) -> dict[str, Any]:
    source = Source()
    entropy = entr(softmax(source.logits.astype(np.float64), 1)).sum(1)
    cases: dict[str, tuple[Scheme | None, Policy]] = {
        "unmarked": (None, Policy()),
        "KGW .25, delta 2, width 1": (Kgw(), Policy()),
        "KGW .25, delta 2, width 1, marked everywhere": (Kgw(), Policy(low_entropy=0.0)),
        "KGW .25, delta 2, width 1, bound 0.5": (Kgw(), Policy(low_entropy=0.5)),
        "KGW .25, delta 4, width 1": (Kgw(), Policy(delta=4.0)),
        "KGW .25, delta 4, width 1, marked everywhere": (Kgw(), Policy(delta=4.0, low_entropy=0.0)),
        "KGW .25, delta 2, width 2": (Kgw(width=2), Policy()),
        "Gumbel, width 1": (Gumbel(), Policy()),
        "Gumbel, width 1, repeats marked too": (Gumbel(), Policy(once=False)),
        "Gumbel, width 4": (Gumbel(width=4), Policy()),
        "Gumbel, width 4, marked everywhere": (Gumbel(width=4), Policy(low_entropy=0.0)),
    }
    found: dict[str, Any] = {
        "source": {
            "vocabulary": source.vocabulary, "mean_entropy": round(float(entropy.mean()), 3),
            "share_below_0.1": round(float((entropy < 0.1).mean()), 3), "seeds": seeds,
            "answers": rows, "tokens": steps,
        }
    }  # fmt: skip
    for name, (scheme, policy) in cases.items():
        runs = [quality(source, scheme, policy, seed, rows, steps) for seed in range(seeds)]
        found[name] = {what: round(float(np.mean([run[what] for run in runs])), 4) for what in runs[0]}
        print(name, found[name])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, seeds and answers")
    parser.add_argument("--only", choices=("speed", "quality"), help="measure this, keep the rest of the file")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rounds, seeds, rows = (3, 1, 64) if asked.quick else (9, 5, 64)
    made: dict[str, Any] = json.loads(OUT.read_text(encoding="utf-8")) if asked.only else {}
    if asked.only != "quality":
        made["microseconds_a_token"] = {str(v): speed(v, rounds, asked.peers) for v in VOCABULARIES}
        made["load"] = round(os.getloadavg()[0], 1)
    if asked.only != "speed":
        made["quality"] = qualities(seeds, rows, 300)
    packages = {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}
    made["versions"] = packages
    OUT.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(OUT)


if __name__ == "__main__":
    main()
