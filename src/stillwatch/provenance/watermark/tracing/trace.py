"""Which of thousands of keys is in the suspect: all keys, all cohorts, one family-wise error, and each key's share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.marks import DecoyCheck
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.tails import Tail, rounded
from stillwatch.provenance.watermark.text.decoys import check_decoys
from stillwatch.provenance.watermark.tracing.accusation import Accusation, accuse
from stillwatch.provenance.watermark.tracing.mixture import Mixture, Share, mixture_of
from stillwatch.provenance.watermark.tracing.pooling import pooled, truncated_product

__all__ = ["Finding", "Suspicion", "trace"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Weigh = Callable[[Array, Array], Array]

_MOST_SHARES = 64


@dataclass(frozen=True)
class Suspicion:
    """What is known of the suspect, without any key: pairs, what it wrote of each (`seen`), what a reference would have
    (`expected`, zeros where there is none), and how the two become weights. `weigh(seen, expected)` is float64[n]."""

    pairs: Pairs
    seen: Array
    expected: Array
    weigh: Weigh

    def weights(self, expected: Array) -> Array:
        return rounded(self.weigh(self.seen, expected))


@dataclass(frozen=True)
class Finding:
    """Arrays are over the keys in the order given; those of cohorts in theirs.

    `shares` has the accused keys (by place), strongest first, 64 at most. `least` is the share at which a key would be
    found in half of the cases; None where there is no formula. `products` are log10 p of the exploratory test."""

    weights: Array
    tail: Tail
    totals: Array
    z: Array
    log10_p: Array
    accusation: Accusation
    cohort_z: Array
    cohort_log10_p: Array
    products: Array
    shares: dict[int, Share]
    least: float | None
    decoys: DecoyCheck
    second_sound: bool

    def beside(self, scheme: Scheme, pairs: Pairs, keys: Sequence[bytes]) -> tuple[Array, Array]:
        """(z, log10 p) of keys that are no part of the test: nothing is corrected for them, and nobody accused."""
        totals = scheme.totals(pairs, self.weights, keys)
        return _z(self.tail, totals), self.tail.log10_p(totals)


def trace(
    suspicion: Suspicion, scheme: Scheme, keys: Sequence[bytes], *, members: Sequence[Places] = (), level: float = 1e-3,
    decoys: int = 1000, seed: int = 0, strength: float | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Finding:  # fmt: skip
    """Test all keys. `members` are the places of each cohort's keys, fixed before looking. `strength` is a green list's
    delta where known: shares are lower bounds without it."""
    pairs = suspicion.pairs
    weights = suspicion.weights(suspicion.expected)
    tail = Tail(weights, scheme.law)
    report = progress or _quiet
    report(f"scoring {len(keys):,} keys", 0.1)
    totals = scheme.totals(pairs, weights, keys)
    log10_p = tail.log10_p(totals)
    whole = np.array([pooled(totals[inside], weights, scheme.law) for inside in members]).reshape(-1, 2)
    mixture = mixture_of(scheme, pairs, suspicion.seen, suspicion.expected, strength)
    report("drawing decoys", 0.5)
    check = check_decoys(scheme, pairs, weights, tail, decoys, seed, keys)
    sound = [True]

    def look(accepted: Places) -> Array:
        if not len(accepted):
            return log10_p
        if mixture is None or len(accepted) > _MOST_SHARES:
            return np.zeros(len(keys))
        report("looking again without what was found", 0.7)
        again = suspicion.weights(mixture.explained([keys[place] for place in accepted]))
        law = Tail(again, scheme.law)
        # A second look whose decoys are off is worth nothing; the first stands.
        sound[0] = check_decoys(scheme, pairs, again, law, decoys, seed, keys).sound
        return law.log10_p(scheme.totals(pairs, again, keys)) if sound[0] else np.zeros(len(keys))

    found = accuse(look, level, cohorts=list(zip(whole[:, 1].tolist(), members, strict=True)))
    report("estimating shares", 0.9)
    accused = np.flatnonzero(found.accused)
    accused = accused[np.argsort(-totals[accused], kind="stable")][:_MOST_SHARES]
    return Finding(
        weights=weights,
        tail=tail,
        totals=totals,
        z=_z(tail, totals),
        log10_p=log10_p,
        accusation=found,
        cohort_z=whole[:, 0],
        cohort_log10_p=whole[:, 1],
        products=np.array([truncated_product(log10_p[inside]) for inside in members]),
        shares={} if mixture is None else _shares(mixture, accused, keys),
        least=None if mixture is None else mixture.least(_deviations(tail, level, len(keys), bool(members))),
        decoys=check,
        second_sound=sound[0],
    )


def _quiet(_what: str, _share: float) -> None:
    pass


def _z(tail: Tail, totals: Array) -> Array:
    return tail.z(totals) if tail.deviation else np.zeros(len(totals))


def _shares(mixture: Mixture, places: Places, keys: Sequence[bytes]) -> dict[int, Share]:
    fitted = mixture.shares([keys[place] for place in places])
    return dict(zip(places.tolist(), fitted, strict=True))


def _deviations(tail: Tail, level: float, keys: int, halved: bool) -> float:
    """Where the bar for one key stands, in null deviations."""
    if not tail.deviation or not keys:
        return np.inf
    return tail.quantile(level * 0.9 * (0.5 if halved else 1.0) / keys) / tail.deviation
