"""Decoy keys: drawn for a test, they marked nothing, so their scores show whether its error rates can be believed.

The null of every test here is exact in theory: a key that had no part in the text scores by chance. What can break
it is a fault of ours (pairs that hash alike, keys that are not independent, a tail that is off). Decoys run through
the same pairs, weights and tail, and see such faults whatever they are.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstest

from stillwatch.errors import BadSettings
from stillwatch.marks import DecoyCheck
from stillwatch.provenance.watermark.laws import Bernoulli, Layers
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.schemes.isolation import strangers
from stillwatch.provenance.watermark.tails import Tail

__all__ = ["DECOYS", "FEWEST", "check_decoys", "decoy_keys", "judged", "ranks"]

DECOYS = 1000
FEWEST = 100
_DRAWN = 8  # times as many as wanted are drawn where some meet a tested key
_LABEL = b"stillwatch decoy keys, which mark nothing"

Array = NDArray[np.float64]


def decoy_keys(count: int, seed: int | bytes, purpose: str = "") -> list[bytes]:
    """`count` keys of 32 bytes by HKDF-SHA256 (RFC 5869) from a public label, the seed and the purpose. No secret
    enters, so anybody can draw them again, and they cannot meet a key of the register but by guessing it."""
    material = seed if isinstance(seed, bytes) else str(int(seed)).encode()
    extracted = hmac.digest(_LABEL, hashlib.sha256(material).digest(), "sha256")
    info = purpose.encode()
    return [hmac.digest(extracted, info + b"\x00" + number.to_bytes(8) + b"\x01", "sha256") for number in range(count)]


def check_decoys(
    scheme: Scheme,
    pairs: Pairs,
    weights: Array,
    tail: Tail,
    count: int = DECOYS,
    seed: int | bytes = 0,
    tested: Sequence[bytes] = (),
) -> DecoyCheck:
    """Score `count` decoys just as the keys are scored, and say whether their scores are those of chance.

    Decoys that share marks with a `tested` key, as an engine's short keys may by chance, are passed over for the next
    ones: where that key is guilty they would score like it. Raises BadSettings for fewer than 100: they could not show
    a fault.
    """
    if count < FEWEST:
        raise BadSettings(f"--decoys {count}: at least {FEWEST} are needed to see a fault; {DECOYS} is usual.")
    if not len(pairs) or not tail.deviation:
        return _nothing_scored()
    keys, meeting = _apart(scheme, count, seed, tested)
    check = judged(scheme.totals(pairs, weights, keys), tail, seed, step=_step(scheme, weights))
    if not meeting:
        return check
    said = f"{check.text} {meeting:,} of them share marks with a key that is tried: {scheme.name} has too few keys."
    return msgspec.structs.replace(check, text=said)


def _apart(scheme: Scheme, count: int, seed: int | bytes, tested: Sequence[bytes]) -> tuple[list[bytes], int]:
    """`count` decoys, and how many of them share marks with a tested key: none but where too many are tested."""
    keys = decoy_keys(count, seed, scheme.name)
    if not len(tested):
        return keys, 0
    alone = strangers(scheme, tested, keys)
    if alone.all():
        return keys, 0
    keys = decoy_keys(_DRAWN * count, seed, scheme.name)
    alone = strangers(scheme, tested, keys)
    order = np.argsort(~alone, kind="stable")[:count]
    return [keys[i] for i in order], int(np.sum(~alone[order]))


def judged(totals: Array, tail: Tail, seed: int | bytes = 0, *, step: float = 0.0) -> DecoyCheck:
    """The check of totals that decoys reached, for tests with a statistic of their own. `step` is the gap between one
    possible total and the next, 0 where there is none.

    With 1,000 decoys the bounds are: deviation within 0.9 and 1.15, 3 % to 7 % of p-values at or below .05, and a
    Kolmogorov-Smirnov p-value above .001. The null's own standard error is .022 for the deviation (more with heavy
    tails, hence the wider upper bound) and .69 % for the share, so each bound is about three of them: about one sound
    case in 200 abstains for nothing. With fewer decoys the bounds widen by the root of 1,000 / count; with more they
    stay, as a small fault harms nobody. Each decoy's p-value is spread over the step that it stands on (by the seed):
    only so are the p-values of a short text, where totals come in steps, uniform.
    """
    count = len(totals)
    if not count or not tail.deviation:
        return _nothing_scored()
    log10_p = tail.log10_p(totals)
    upper = 10.0**log10_p
    if step:
        above = 10.0 ** tail.log10_p(totals + 0.5 * step)
        source = hashlib.sha256(b"spread" + (seed if isinstance(seed, bytes) else str(int(seed)).encode())).digest()
        upper = above + np.random.default_rng(int.from_bytes(source)).random(count) * np.maximum(upper - above, 0.0)
    z = np.sort(tail.z(totals))
    deviation, beyond = float(np.sqrt(np.mean(z * z))), float(np.mean(upper <= 0.05))
    uniform = math.log10(max(float(kstest(np.clip(upper, 0.0, 1.0), "uniform").pvalue), 1e-300))
    widened = math.sqrt(DECOYS / min(count, DECOYS))
    faults = []
    if not 1 - 0.1 * widened <= deviation <= 1 + 0.15 * widened:
        faults.append(f"their deviation is {deviation:.2f} of the null's")
    if abs(beyond - 0.05) > 0.02 * widened:
        faults.append(f"{beyond:.1%} of them reach the 5 % level")
    if uniform < -3:
        faults.append(f"their p-values are not uniform (log10 p {uniform:.1f})")
    told = (
        f"{count:,} decoy keys that marked nothing score as chance would: deviation {deviation:.2f}, "
        f"{beyond:.1%} at the 5 % level."
        if not faults
        else f"{count:,} decoy keys that marked nothing do not score as chance would: {'; '.join(faults)}."
    )
    return DecoyCheck(
        count=count, z=tuple(float(v) for v in z), deviation=deviation, beyond_5=beyond,
        lowest_log10_p=float(log10_p.min()), log10_p_uniform=uniform, sound=not faults, text=told,
    )  # fmt: skip


def ranks(z: Array | Sequence[float], decoys: DecoyCheck) -> NDArray[np.int64]:
    """The place of each key among these keys and the decoys, 1 the highest; equals share the better place."""
    own = np.asarray(z, np.float64)
    both = np.sort(np.concatenate([own, np.asarray(decoys.z, np.float64)]))
    return (len(both) - np.searchsorted(both, own, "right") + 1).astype(np.int64)


def _nothing_scored() -> DecoyCheck:
    return DecoyCheck(
        count=0, z=(), deviation=0.0, beyond_5=0.0, lowest_log10_p=0.0, log10_p_uniform=0.0, sound=False,
        text="There is no pair to score, so nothing can be judged.",
    )  # fmt: skip


def _step(scheme: Scheme, weights: Array) -> float:
    """What one pair more adds, where all weights are equal and values are whole: totals stand on a lattice then."""
    used = np.unique(weights[weights != 0])
    law = scheme.law
    grains = {1.0} if isinstance(law, Bernoulli) else set(law.weights) if isinstance(law, Layers) else set()
    return float(used[0] * grains.pop()) if len(grains) == 1 and len(used) == 1 and used[0] > 0 else 0.0
