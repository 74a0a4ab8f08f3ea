"""A log of exchanges as JSON Lines in this project's own columns, with prompts of about 1 KB, for measuring."""

from __future__ import annotations

import json
import random
from pathlib import Path

__all__ = ["write_log"]

_ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "qu",
    "r",
    "s",
    "st",
    "t",
    "v",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_CODAS = ("", "", "n", "r", "s", "t", "l", "nd", "st")
_TEMPLATES = (
    "Classify the text below and answer with one label.\n\n### Input\n{text}\n\n### Label",
    "You are given a task. Think step by step and write out all your reasoning.\nQuestion: {text}\nAnswer:",
    "Rate the following response from 1 to 10 and explain the score.\n\n[Response]\n{text}\n[End]",
)
_AGENTS = ("openai-python/1.99.1", "openai-node/5.1", "python-requests/2.32", "curl/8.9", "litellm/1.75")
_MODELS = ("large-4", "small-4", "large-3.5")
_COUNTRIES = ("US", "DE", "SG", "BR", "IN", "JP", "GB")


def _words(dice: random.Random, count: int) -> list[str]:
    """Made-up words, the frequent ones first and short."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = 1 + (len(found) > 50) + (dice.random() < 0.4)
        word = "".join(dice.choice(_ONSETS) + dice.choice(_VOWELS) + dice.choice(_CODAS) for _ in range(syllables))
        found.setdefault(word)
    return list(found)


def write_log(
    folder: Path, rows: int, *, files: int = 4, prompt_chars: int = 1000, accounts: int = 5000, seed: int = 1
) -> list[Path]:
    """Write `rows` exchanges over three days into `files` files, each in order of time; returns the files."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible log, no secret
    words = _words(dice, 20_000)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    # One long draw, cut at random places: drawing each prompt apart would take minutes.
    stream = dice.choices(words, weights, k=2_000_000)
    prompt_words = prompt_chars * len(stream) / (sum(map(len, stream)) + len(stream))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in range(files):
        path = folder / f"part-{file:02d}.jsonl"
        paths.append(path)
        with path.open("w", encoding="utf-8") as sink:
            for number in range(file * rows // files, (file + 1) * rows // files):
                sink.write(_line(dice, number, rows, prompt_words, accounts, stream))
    return paths


def _line(dice: random.Random, number: int, rows: int, prompt_words: float, accounts: int, stream: list[str]) -> str:
    account = min(int(dice.paretovariate(0.9)), accounts * 50) % accounts
    length = max(8, int(dice.gauss(prompt_words, prompt_words / 5)))
    start = dice.randrange(len(stream) - length)
    text = " ".join(stream[start : start + length])
    if number % 3 == 0:
        text = dice.choice(_TEMPLATES).format(text=text)
    second = number * 259_200 // rows
    row = {
        "ts": f"2026-03-{1 + second // 86400:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:"
        f"{second % 60:02d}.{dice.randrange(10**6):06d}Z",
        "exchange_id": f"req_{dice.getrandbits(96):024x}",
        "account_id": f"acct_{account:08d}",
        "key_id": f"key_{account:08d}_{dice.randrange(3)}",
        "ip": f"198.51.{account % 256}.{dice.randrange(256)}",
        "asn": 64496 + account % 15,
        "country": _COUNTRIES[account % 7],
        "user_agent": _AGENTS[account % 5],
        "tls_fingerprint": f"t13d1516h2_{account % 40:012x}_000000000000",
        "model": _MODELS[dice.randrange(3)],
        "operation": "chat",
        "prompt": text,
        "turns": 1,
        "finish_reason": "stop",
        "input_tokens": length + 20,
        "output_tokens": dice.randrange(20, 1500),
        "latency_ms": dice.randrange(300, 20_000),
        "status": 200,
        "temperature": (0.0, 0.7, 1.0)[account % 3],
        "max_tokens": 1024,
        "stream": account % 2 == 0,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"
