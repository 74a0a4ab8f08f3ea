"""Students of marked text that need no model: a Markov chain, tilted by keys in the shares of data that they marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash
from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.schemes import Kgw, Scheme

VOCABULARY = 160


@dataclass(frozen=True)
class World:
    """A teacher's chain over 160 tokens, and 1,000 account keys of a provider."""

    chain: NDArray[np.float64]
    pairs: Pairs
    names: tuple[KeyName, ...]
    keys: tuple[bytes, ...]

    def student(
        self, marked: dict[int, float], *, tokens: int = 50_000, seed: int = 0, scheme: Scheme | None = None,
        strength: float = 2.0, drift: float = 0.2,
    ) -> Evidence:  # fmt: skip
        """What a student wrote, of whose data each key of `marked` wrote that share. `drift` is how far its own
        language is from the teacher's, in nats a token."""
        scheme = scheme or Kgw(width=1)
        random = np.random.default_rng(seed)
        law = self.chain * np.exp(drift * random.standard_normal(self.chain.shape))
        law /= law.sum(1, keepdims=True)
        mixed = law * (1 - sum(marked.values()))
        for place, share in marked.items():
            values = scheme.values(self.pairs, self.keys[place]).reshape(law.shape)
            if isinstance(scheme, Kgw):
                tilted = law * np.exp(strength * values)
            else:  # the token of largest log(u) / p is written, always the same after a context
                score = np.log(-np.expm1(-values)) / law
                tilted = (score == score.max(1, keepdims=True)).astype(float)
            mixed += share * tilted / tilted.sum(1, keepdims=True)
        visits = random.multinomial(tokens, np.full(VOCABULARY, 1 / VOCABULARY))
        seen = np.array([random.multinomial(n, p) for n, p in zip(visits, mixed, strict=True)]).ravel().astype(float)
        expected = (visits[:, None] * self.chain).ravel()
        kept = np.flatnonzero((seen > 0) | (expected >= 0.02))
        return Evidence(self.pairs.take(kept), seen[kept], expected[kept], tokens, "closed")


def every_pair() -> Pairs:
    tokens = np.arange(VOCABULARY, dtype=np.int32)
    heads = np.array([context_hash(tokens[c : c + 1], 1, 1) for c in range(VOCABULARY)], np.uint64)
    hashes = (heads[:, None] + (tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN).ravel()
    contexts = np.repeat(tokens, VOCABULARY)[:, None]
    zeros = np.zeros(len(hashes), np.int64)
    return Pairs(hashes, contexts, np.tile(tokens, VOCABULARY), zeros, zeros - 1)


@pytest.fixture(scope="session")
def world() -> World:
    random = np.random.default_rng(5)
    chain = random.dirichlet(np.full(VOCABULARY, 0.1), VOCABULARY)
    names = tuple(
        KeyName(provider="acme", scheme=Kgw(width=1).name, epoch="2026-Q4", account=f"account-{n:04}")
        for n in range(1000)
    )
    return World(chain, every_pair(), names, tuple(random.bytes(32) for _ in names))


@pytest.fixture
def weigh() -> Callable[[Evidence], NDArray[np.float64]]:
    def anscombe(evidence: Evidence) -> NDArray[np.float64]:
        return np.sqrt(evidence.seen + 3 / 8) - np.sqrt(evidence.expected + 3 / 8)

    return anscombe
