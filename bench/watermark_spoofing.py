"""`python bench/watermark_spoofing.py [--worlds 100] [--out FILE]`: power and false alarms of the test of spoofing.

A teacher (a Markov chain over 600 tokens, frequencies as Zipf's law has them) writes green-list text. A spoofer
collects some of it, learns which tokens are frequent beyond the teacher's unmarked law after each context (the counting
attack of watermark stealing), and writes text that scores as marked. The test is asked about its text, about genuine
text, and about genuine text of which half was replaced by unmarked text. Writes results/watermark-spoofing.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.tracing.spoofing import spoofing_test

HERE = Path(__file__).parent
VOCABULARY, LEARNT, GENUINE, LENGTH = 600, (20_000, 100_000), 20_000, 200
SUSPECT = (1_000, 3_000, 10_000)
STRENGTH, PUSH, AT = 2.0, 2.5, 0.01
SCHEME = Kgw(width=1)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Teacher:
    law: Array
    marked: Array
    key: bytes


def teacher(random: np.random.Generator) -> Teacher:
    zipf = 1 / np.arange(1, VOCABULARY + 1)
    law = np.maximum(random.dirichlet(40 * zipf / zipf.sum(), VOCABULARY), 1e-12)
    law /= law.sum(1, keepdims=True)
    key = random.bytes(32)
    tokens = np.arange(VOCABULARY, dtype=np.int32)
    heads = np.array([context_hash(tokens[c : c + 1], 1, 1) for c in range(VOCABULARY)], np.uint64)
    hashes = (heads[:, None] + (tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN).ravel()
    none = np.zeros(len(hashes), np.int64)
    pairs = Pairs(hashes, np.repeat(tokens, VOCABULARY)[:, None], np.tile(tokens, VOCABULARY), none, none)
    green = SCHEME.values(pairs, key).reshape(law.shape)
    return Teacher(law, tilted(law, STRENGTH * green), key)


def tilted(law: Array, lift: Array) -> Array:
    made = law * np.exp(lift)
    return np.asarray(made / made.sum(1, keepdims=True))


def written(law: Array, tokens: int, random: np.random.Generator) -> NDArray[np.int32]:
    """int32[documents, LENGTH]: documents of one chain, all a step at a time."""
    steps = np.cumsum(law, 1)
    out = np.zeros((tokens // LENGTH, LENGTH), np.int32)
    now = random.integers(0, VOCABULARY, len(out))
    for place in range(LENGTH):
        now = np.minimum((steps[now] < random.random((len(out), 1))).sum(1), VOCABULARY - 1)
        out[:, place] = now
    return out


def pairs_of(documents: NDArray[np.int32]) -> Pairs:
    return distinct_pairs(Texts.of(list(documents)), 1)


def spoofer(base: Array, learnt: NDArray[np.int32]) -> Array:
    """Its law: tokens that stood after a context more often than in unmarked text are pushed, by how much they did."""
    counts = np.zeros_like(base)
    np.add.at(counts, (learnt[:, :-1].ravel(), learnt[:, 1:].ravel()), 1)
    share = (counts + 0.2 * base) / (counts.sum(1, keepdims=True) + 0.2)
    seen = counts.sum(1, keepdims=True) > 0
    return tilted(base, PUSH * np.clip(share / base - 1, 0, 2) / 2 * seen)


def p_of(own: Teacher, text: NDArray[np.int32], learnt: Pairs, genuine: Pairs | None, seed: int) -> float | None:
    return spoofing_test(SCHEME, pairs_of(text), own.key, learnt, genuine, permutations=499, seed=seed)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "watermark-spoofing.json")
    asked = parser.parse_args()
    cells: dict[tuple[int, int, str, str], list[float | None]] = {}
    scores: dict[tuple[int, int, str], list[float]] = {}
    for world in range(asked.worlds):
        random = np.random.default_rng(world)
        own = teacher(random)
        genuine = pairs_of(written(own.marked, GENUINE, random))
        for learnt in LEARNT:
            texts = written(own.marked, learnt, random)
            known, law = pairs_of(texts), spoofer(own.law, texts)
            for tokens in SUSPECT:
                real = written(own.marked, tokens, random)
                half = np.concatenate([real[::2], written(own.law, tokens, random)[1::2]])
                for kind, text in (
                    ("genuine", real),
                    ("genuine, half of it", half),
                    ("spoofed", written(law, tokens, random)),
                ):
                    scored = pairs_of(text)
                    weights = np.ones(len(scored))
                    total = SCHEME.totals(scored, weights, [own.key])
                    scores.setdefault((learnt, tokens, kind), []).append(
                        float(Tail(weights, SCHEME.law).log10_p(total)[0])
                    )
                    for test, beside in (("alone", None), ("compared", genuine)):
                        cells.setdefault((learnt, tokens, kind, test), []).append(p_of(own, text, known, beside, world))
        print(f"world {world + 1} of {asked.worlds}", flush=True)
    rows = [
        {
            "learnt_tokens": learnt, "tokens": tokens, "text": kind, "test": test,
            "mark_median_log10_p": round(float(np.median(scores[learnt, tokens, kind])), 1),
            "judged": sum(p is not None for p in found),
            "flagged": sum(p is not None and p <= AT for p in found),
        }
        for (learnt, tokens, kind, test), found in cells.items()
    ]  # fmt: skip
    made = {
        "what": "spoofing_test at p <= .01 on a simulated counting spoofer", "worlds": asked.worlds,
        "scheme": SCHEME.name, "strength": STRENGTH, "vocabulary": VOCABULARY, "genuine_tokens": GENUINE, "rows": rows,
    }  # fmt: skip
    asked.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(*row.values(), sep="\t")


if __name__ == "__main__":
    main()
