"""Marked text without a model: tokens drawn from random logits, under a key where asked, plainly elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.keys import KeyName
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.text import Candidate, Documents

VOCABULARY = 5000
CHOICES = 48
SPREAD = 3.0  # of logits: about 1 nat of entropy a token

Write = Callable[..., NDArray[np.int32]]


@pytest.fixture(scope="session")
def write() -> Write:
    """`write(tokens, scheme, key, seed, where)`: int32[tokens], marked where `where(i)` says so."""

    def made(
        tokens: int, scheme: Gumbel | Kgw, key: bytes | None = None, *, seed: int = 0,
        where: Callable[[int], bool] = lambda _: True,
    ) -> NDArray[np.int32]:  # fmt: skip
        rng = np.random.default_rng(seed)
        text = list(rng.integers(0, VOCABULARY, scheme.width))
        none = np.zeros(0, np.int64)
        for i in range(tokens):
            choices = rng.integers(0, VOCABULARY, CHOICES)
            logits = SPREAD * rng.standard_normal(CHOICES)
            if key is None or not where(i):
                text.append(int(choices[np.argmax(logits + rng.gumbel(size=CHOICES))]))
                continue
            head = context_hash(np.array(text[-scheme.width :], np.int32), scheme.width, scheme.width)
            hashes = np.uint64(head) + (choices.astype(np.uint64) + np.uint64(1)) * GOLDEN
            values = scheme.values(Pairs(hashes, none, none, none, none), key)
            if isinstance(scheme, Gumbel):
                best = np.argmax(logits - np.log(-np.log(-np.expm1(-values))))
            else:
                best = np.argmax(logits + 3.0 * values + rng.gumbel(size=CHOICES))
            text.append(int(choices[best]))
        return np.array(text[scheme.width :], np.int32)

    return made


@pytest.fixture(scope="session")
def bundle() -> Callable[..., Documents]:
    """Documents of tokens alone."""

    def made(*texts: NDArray[np.int32] | list[int]) -> Documents:
        run = Texts.of([np.asarray(t, np.int32) for t in texts])
        ids = tuple(f"d{i}" for i in range(len(texts)))
        return Documents(run, ids, ("",) * len(ids), np.full((len(run.tokens), 2), -1, np.int32), (None,) * len(ids))

    return made


@pytest.fixture(scope="session")
def keys() -> Callable[..., list[Candidate]]:
    """`keys(scheme, count)`: the provider's, one cohort's, and accounts a2, a3 … of it."""

    def made(scheme: Gumbel | Kgw, count: int = 40) -> list[Candidate]:
        rng = np.random.default_rng(11)
        common = {"provider": "us", "scheme": scheme.name, "epoch": "1"}
        parts: list[dict[str, str]] = [{}, {"cohort": "c"}]
        parts += [{"cohort": "c", "account": f"a{n}"} for n in range(2, count)]
        return [Candidate(KeyName(**common, **more), rng.bytes(32)) for more in parts[:count]]

    return made


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Words w0 to w4999, one token each; says itself that it cuts, pads and adds, which must not be heeded."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {f"w{i}": i for i in range(VOCABULARY)} | {"[UNK]": VOCABULARY, "[CLS]": VOCABULARY + 1}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", VOCABULARY + 1)])
    inner.enable_truncation(4)
    inner.enable_padding(length=9)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    inner.save(str(path))
    return path
