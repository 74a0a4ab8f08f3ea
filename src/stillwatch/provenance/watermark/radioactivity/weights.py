"""How much each pair counts: one weight, declared before any test, that no key enters.

A student trained on marked answers writes a pair more often if the key liked it. Seen against expected, n against e,
most of the difference is other learning, so the question is where a key's small push shows best. Two facts of
development runs decide it (docs/radioactivity.md): a student picks up the push of pairs that it met often and hardly
of rare ones, in proportion b = e / (e + c) with c a fixed share of the text; and n strays from e with variance
e + spread * e^2, chance and other learning. The best weight for a small push is then

    w = (n - e) * b / (1 + spread * e)

`spread`, the only free number, is taken from a fixed ladder: the one whose predicted score is highest, where the
prediction knows n and e alone. Under a wrong key the law of the score is the same for any weights made without the key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.tails import rounded

__all__ = ["HALF_LEARNT", "NAME", "SPREADS", "declared_weight", "learnt", "predicted_score", "spread_of"]

NAME = "learnt excess 1"
"""Name and version of the weight, as a commitment states it before the test."""

HALF_LEARNT = 4e-5
"""Share of the text from which a pair is learnt by half: c = 4e-5 of the tokens (2 in 50,000)."""

SPREADS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

Array = NDArray[np.float64]


def declared_weight(evidence: Evidence) -> Array:
    """float64[n], one a pair of the evidence; rounded, so that one table of tails serves a million pairs."""
    spread = spread_of(evidence)
    return rounded(_weights(evidence, learnt(evidence.expected, evidence.tokens), spread))


def learnt(expected: Array, tokens: float) -> Array:
    """How much of the push on a pair a student is taken to have picked up, from 0 to 1."""
    return np.asarray(expected / (expected + max(HALF_LEARNT * tokens, 1e-12)))


def spread_of(evidence: Evidence) -> float:
    """The spread of the ladder with the highest predicted score."""
    return max(SPREADS, key=lambda spread: _score(evidence, spread))


def predicted_score(evidence: Evidence) -> float:
    """The score to be expected of a marked student, up to a factor that is the same for all ways of making `expected`:
    what a reference is matched by. Looks at no key."""
    return max(_score(evidence, spread) for spread in SPREADS)


def _weights(evidence: Evidence, share: Array, spread: float) -> Array:
    seen, expected = evidence.seen, evidence.expected
    return np.asarray((seen - expected) * share / (1 + spread * expected))


def _score(evidence: Evidence, spread: float) -> float:
    expected = evidence.expected
    share = learnt(expected, evidence.tokens)
    push = float(np.sum(share * share * expected / (1 + spread * expected)))
    noise = float(np.sqrt(np.sum(_weights(evidence, share, spread) ** 2)))
    return push / noise if noise else 0.0
