"""What to expect before asking: the chance to reach a level, by tokens read and by share of the data that was ours.

The forecast stands on three things: how often the reference writes each pair (measured, on its own unmarked text), how
far an honest student strays from it (`SPREAD`), and how much of the mark a student picks up (`PUSH`, by scheme). The
last two come from seeds of the experiment that were set aside for it; bench/radioactivity.py holds the forecast against
others. They are those of small students on one text: a forecast orders budgets, it does not promise. It is for closed
access. Scores become p-values by the scheme's own law, as in a test: a Gumbel score of 19 deviations is 1e-18, not the
1e-80 that a normal tail would promise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from stillwatch.errors import BadSettings
from stillwatch.marks import PowerPoint
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS, PENALTY, looks_within
from stillwatch.provenance.watermark.radioactivity.weights import learnt
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.tails import Tail, rounded

__all__ = ["BUDGETS", "SHARES", "Rates", "forecast", "least_share", "rates_of", "tries"]

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BUDGETS = (5_000, 20_000, 50_000, 200_000)

SPREAD = 0.1
"""How far an honest student's rates stray from its reference's: relative variance of a well-known pair."""

PUSH = {"kgw": 0.85, "gumbel": 0.7}
"""Excess, in deviations of the value, of a pair learnt in full, for each unit of a small share of the data."""

FULL = {"kgw": 0.86, "gumbel": 0.32}
"""Share of the data at which the push has fallen behind by half: a student takes up the first tenth best."""

WIDER = 0.55
"""What each token of context beyond the first leaves of it: measured from one to two (0.54 and 0.57 on two development
seeds), taken to go on so."""

STRAY = 0.3
"""Relative deviation of the push from student to student."""

_RARE = 5
"""Contexts seen so often or less have their rate corrected for the chance that they were met at all."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """`rates` float64[n]: how often a token of text brings each pair, under the reference, by `Evidence.expected`."""

    rates: Array


def rates_of(evidence: Evidence) -> Rates:
    """From any text read with the reference in closed access, best some of its own.

    A context met once in 1,000 tokens is mostly one of many that come once in a million: taken at its word, a short
    text would promise six times the score (measured, four tokens of context). Rare contexts therefore get the rate
    that Good and Turing (1953) give them, (n + 1) N[n + 1] / N[n] instead of n, where N[n] contexts were met n times.
    """
    rates = evidence.expected * _known(evidence) / max(evidence.tokens, 1)
    return Rates(rates[rates > 0])


def forecast(
    rates: Rates, scheme: Scheme, level: float, *, keys: int = 1, budgets: Sequence[int] = BUDGETS,
    shares: Sequence[float] = SHARES,
) -> tuple[PowerPoint, ...]:  # fmt: skip
    """For each budget and share the median log10 p of the right key, and the chance of p <= level, both after
    Bonferroni's correction for `keys` that are tried, and at the last look that the budget reaches."""
    points = []
    for tokens in budgets:
        outlook = _Outlook.of(rates, scheme, tokens)
        needed = outlook.bar(level, keys)
        for share in shares:
            z = outlook.score(share)
            chance = float(ndtr((z - needed) / np.hypot(1.0, STRAY * z)))
            median = min(0.0, outlook.log10_p(z) + float(np.log10(keys)) + PENALTY)
            points.append(PowerPoint(tokens=tokens, share=share, log10_p=median, level=level, power=chance))
    return tuple(points)


def least_share(
    rates: Rates, scheme: Scheme, level: float, tokens: int, *, keys: int = 1, chance: float = 0.9
) -> float | None:
    """The smallest share of the data, to 0.1 %, that brings p <= level with that chance; None where not even all of it
    does."""
    outlook, sure = _Outlook.of(rates, scheme, tokens), float(ndtri(chance))
    needed, shares = outlook.bar(level, keys), np.linspace(0.001, 1.0, 1000)
    z = outlook.score(shares)
    reached = np.flatnonzero(z - needed >= sure * np.hypot(1.0, STRAY * z))
    return float(shares[reached[0]]) if len(reached) else None


def tries(levels: Iterable[str]) -> int:
    """What Bonferroni multiplies a key's p-value by at most, with keys of these levels: the levels share the error, and
    within a level its keys do."""
    counts = Counter(levels)
    return max(1, len(counts) * max(counts.values(), default=1))


@dataclass(frozen=True)
class _Outlook:
    """Of one budget: `whole`, the score per unit of a small share; `full`, the share at which half of that is left; and
    the law of the score of a wrong key."""

    whole: float
    full: float
    tail: Tail

    @classmethod
    def of(cls, rates: Rates, scheme: Scheme, tokens: int) -> _Outlook:
        """The weights of an honest student, drawn once, make the law."""
        tokens = looks_within(tokens)[-1]
        expected = rates.rates * tokens
        share = learnt(expected, tokens)
        factor = share / (1 + SPREAD * expected)
        push = float(np.sum(factor * share * expected)) * _push(scheme)
        noise = float(np.sqrt(np.sum(factor**2 * (expected + SPREAD * expected**2))))
        random = np.random.default_rng(0)
        seen = random.poisson(expected * random.gamma(1 / SPREAD, SPREAD, len(expected)))
        return cls(
            push / noise if noise else 0.0,
            _of_kind(FULL, scheme),
            Tail(rounded((seen - expected) * factor), scheme.law),
        )

    def score(self, share: Array | float) -> Array | float:
        return self.whole * share / (1 + share / self.full)

    def log10_p(self, z: Array | float) -> float:
        return float(self.tail.log10_p(np.asarray(z) * self.tail.deviation)[0])

    def bar(self, level: float, keys: int) -> float:
        """Where p is `level` after correction for keys and looks, in deviations."""
        if not 0 < level < 1:
            raise BadSettings(f"--level {level:g}: is a probability between 0 and 1, such as 1e-6.")
        one = level / (max(keys, 1) * len(LOOKS))
        return self.tail.quantile(one) / self.tail.deviation if self.tail.deviation else -float(ndtri(one))


def _known(evidence: Evidence) -> Array:
    """For each pair, the part of its context's count that Good and Turing leave it, from 0 to 1."""
    pairs = evidence.pairs
    contexts = pairs.hashes - (pairs.tokens.astype(np.int64) + 1).astype(np.uint64) * GOLDEN
    _, context = np.unique(contexts, return_inverse=True)
    met = np.bincount(context, weights=pairs.counts).astype(np.int64)
    many = np.bincount(np.minimum(met, _RARE + 2), minlength=_RARE + 3).astype(np.float64)
    count = np.arange(1, _RARE + 1)
    left = np.ones(_RARE + 2)
    left[count] = np.minimum(1.0, (count + 1) * many[count + 1] / (count * np.maximum(many[count], 1.0)))
    return np.asarray(left[np.minimum(met, _RARE + 1)][context])


def _push(scheme: Scheme) -> float:
    return _of_kind(PUSH, scheme) * WIDER ** max(0, scheme.width - 1)


def _of_kind(constants: dict[str, float], scheme: Scheme) -> float:
    """A scheme that was not measured, such as an engine's own, gets the lower one."""
    return constants.get(scheme.name.partition(":")[0], min(constants.values()))
