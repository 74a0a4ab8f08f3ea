"""When the text is looked at: after declared numbers of tokens. The p-value is the best look's, times their number.

A score can fall as text is added, by chance or because a student wanders, and whoever reads on until p suffices would
cheat with a test that looks once. Looks that are declared beforehand end both (Bonferroni over all of them, those not
reached too): more text never gives a worse p, and stopping at any time is allowed. The price is a factor of 22, and
that the text beyond the last look waits for the next. Sizes are the preferred numbers R10 of ISO 3, so that budgets as
people set them (20,000, 50,000, 100,000, 200,000) are looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.radioactivity.weights import declared_weight
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.tails import Tail

__all__ = ["LOOKS", "PENALTY", "Look", "look_on", "looks_within", "next_look", "over_looks"]

LOOKS = (
    16_000, 20_000, 25_000, 32_000, 40_000, 50_000, 64_000, 80_000, 100_000, 125_000, 160_000, 200_000, 250_000,
    320_000, 400_000, 500_000, 640_000, 800_000, 1_000_000, 1_250_000, 1_600_000, 2_000_000,
)  # fmt: skip
"""Tokens written. The first is what the reference's temperature is found on: what was fixed there stays."""

PENALTY = float(np.log10(len(LOOKS)))
"""Decades that looking so often costs."""

Array = NDArray[np.float64]


def looks_within(tokens: int) -> tuple[int, ...]:
    """The looks that so many tokens reach; text shorter than the first is looked at once, whole."""
    return tuple(size for size in LOOKS if size <= tokens) or (tokens,)


def next_look(tokens: int) -> int | None:
    """Where text would next be looked at, None beyond the last."""
    return next((size for size in LOOKS if size > tokens), None)


@dataclass(frozen=True)
class Look:
    """One size of text under all keys: its table, its weights, the law of a wrong key's score, each key's total."""

    evidence: Evidence
    weights: Array
    tail: Tail
    totals: Array

    @classmethod
    def at(cls, evidence: Evidence, scheme: Scheme, keys: Sequence[bytes]) -> Look:
        weights = declared_weight(evidence)
        totals = scheme.totals(evidence.pairs, weights, keys)
        return cls(evidence, weights, Tail(weights, scheme.law), totals)

    @property
    def log10_p(self) -> Array:
        """float64[keys]: of this look alone, as if it were the only one."""
        return self.tail.log10_p(self.totals)


def over_looks(single: Array) -> Array:
    """From float64[looks, keys], log10 p of each look alone, the same shape: after each look the smallest p so far
    times the number of looks. It never rises, and is valid wherever one stops."""
    return np.asarray(np.minimum(0.0, np.minimum.accumulate(single) + PENALTY))


def look_on(growth: Iterable[Evidence], scheme: Scheme, keys: Sequence[bytes]) -> tuple[Array, Look]:
    """`over_looks` of the evidence at `looks_within` the text (at least one), and the last look."""
    single = []
    for evidence in growth:
        look = Look.at(evidence, scheme, keys)
        single.append(look.log10_p)
    return over_looks(np.stack(single)), look
