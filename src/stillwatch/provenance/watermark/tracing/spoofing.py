"""Was the mark imitated? A spoofer learns it from marked text, and knows it only where it saw the context often.

Gloaguen, Jovanovic, Staab and Vechev (ICML 2025): in genuine marked text the key's values do not care how often a
context stands in marked text that others could have read; in spoofed text they are high where it stands there often and
chance where it does not. The test is of that dependence. Tokens after one context are no independent draws (they
repeat), so each context is one observation: the mean value of the tokens written after it, against how often it was
public. The correlation is studentised and its null taken by permutation (DiCiccio and Romano, 2017), which stays valid
where the scatter differs with the frequency, as it does: frequent contexts have steadier means.

Values may depend on frequency in genuine text too: a frequent context is often a predictable one, and marks are weak
where the next token is certain. With `genuine` text, marked by the provider under the same key and not public, the
correlation must also be higher than there (the authors' second test); without, it is tested alone (their first). Both
together, because a mark that was diluted by other text has a correlation nearer to 0, whatever the genuine one is.

It is for text that someone shows as ours. A student learnt from limited contexts as a spoofer does: its output has the
same pattern, whoever made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stillwatch.marks import RivalStory
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.schemes import Scheme

__all__ = ["FEWEST_CONTEXTS", "NAME", "frequencies", "spoofing_test", "untested"]

Array = NDArray[np.float64]
T = TypeVar("T", np.float64, np.int64)

NAME = "the mark was imitated (spoofed)"
FEWEST_CONTEXTS = 100
"""Below it the test is silent: on simulated spoofers it finds fewer than half (bench/watermark_spoofing.py)."""
_AT = 0.01
_BATCH = 2_000_000


def frequencies(pairs: Pairs, known: Pairs) -> tuple[Array, NDArray[np.int64]]:
    """Of each distinct context in `pairs`: log(1 + tokens written after it in `known`), float64[m]; and which of them
    each pair has, int64[n]."""
    own, place = np.unique(_contexts(pairs), return_inverse=True)
    theirs, other = np.unique(_contexts(known), return_inverse=True)
    if not len(theirs):
        return np.zeros(len(own)), place
    counts = np.bincount(other, known.counts, len(theirs))
    at = np.minimum(np.searchsorted(theirs, own), len(theirs) - 1)
    return np.asarray(np.log1p(np.where(theirs[at] == own, counts[at], 0.0))), place


def _observations(scheme: Scheme, pairs: Pairs, key: bytes, known: Pairs) -> tuple[Array, Array]:
    """(frequency, mean value of the tokens written), a row a context."""
    frequency, place = frequencies(pairs, known)
    values = scheme.values(pairs, key) * pairs.counts
    return frequency, np.bincount(place, values, len(frequency)) / np.bincount(place, pairs.counts, len(frequency))


def spoofing_test(
    scheme: Scheme, suspect: Pairs, key: bytes, known: Pairs, genuine: Pairs | None = None, *,
    permutations: int = 1999, seed: int = 0,
) -> tuple[RivalStory, float | None]:  # fmt: skip
    """The story and its p-value (None: cannot be judged). `known` is marked text that a spoofer may have read. A text
    that quotes it, among words of its own, has the same pattern as a spoofed one: leave quotations out."""
    x, v = _observations(scheme, suspect, key, known)
    other = None if genuine is None else _observations(scheme, genuine, key, known)
    few = min(len(v), len(v) if other is None else len(other[1])) < FEWEST_CONTEXTS
    flat = np.ptp(x) == 0 or np.ptp(v) == 0 or (other is not None and (np.ptp(other[0]) == 0 or np.ptp(other[1]) == 0))
    if few or flat:
        why = f"fewer than {FEWEST_CONTEXTS} contexts" if few else "all contexts are equally frequent"
        return RivalStory(
            name=NAME, standing="not tested", text=f"The test for spoofed text cannot judge: {why}."
        ), None
    random = np.random.default_rng(seed)
    p = _one(x, v, permutations, random)
    if other is not None:
        p = max(p, _two((x, v), other, permutations, random))
    return _story(p, len(v), genuine is not None), p


def untested(access: str) -> RivalStory:
    """The rival where there is no test for it."""
    told = (
        "Text that somebody marked by imitation would teach a student the same mark, and no test tells that from a "
        "student's output: it learnt from limited contexts, as a spoofer does. The ledger can: did the account buy it?"
        if access != "text"
        else "To test it, give marked text that others could have read (--public), and fresh marked text (--genuine)."
    )
    return RivalStory(name=NAME, standing="possible" if access != "text" else "not tested", text=told)


def _story(p: float, contexts: int, compared: bool) -> RivalStory:
    against = "than in our own marked text" if compared else "more often where marked text was public"
    if p <= _AT:
        told = (
            f"The mark follows what was public more {against}" if compared else f"The key's values are high {against}"
        )
        return RivalStory(
            name=NAME, standing="possible",
            text=f"{told} (p = {p:.2g}, {contexts:,} contexts), as in text by somebody who learnt the mark from it.",
        )  # fmt: skip
    bare = "" if compared else " Without genuine text to compare with, predictable contexts may hide it."
    return RivalStory(
        name=NAME, standing="unlikely" if compared else "possible",
        text=f"The key's values do not follow what was public (p = {p:.2g}, {contexts:,} contexts).{bare}",
    )  # fmt: skip


def _contexts(pairs: Pairs) -> NDArray[np.uint64]:
    return np.asarray(pairs.hashes - (pairs.tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN)


def _studentised(x: Array, v: Array) -> tuple[Array, Array]:
    """(correlation, its variance) along the last axis, without assuming that the scatter is the same everywhere."""
    a = x - x.mean(-1, keepdims=True)
    b = v - v.mean(-1, keepdims=True)
    scale = np.sqrt(np.mean(a * a, -1) * np.mean(b * b, -1))
    correlation = np.mean(a * b, -1) / scale
    variance = np.mean(a * a * b * b, -1) / (scale * scale) / x.shape[-1]
    return correlation, variance


def _one(x: Array, v: Array, permutations: int, random: np.random.Generator) -> float:
    def statistic(values: Array) -> Array:
        correlation, variance = _studentised(np.broadcast_to(x, values.shape), values)
        return np.asarray(correlation / np.sqrt(variance))

    return _rank(float(statistic(v)), lambda count: statistic(_shuffled(v, count, random)), len(v), permutations)


def _two(
    suspect: tuple[Array, Array], genuine: tuple[Array, Array], permutations: int, random: np.random.Generator
) -> float:
    """Is the correlation higher in the suspect? Labels are exchanged, after both got one mean and spread."""
    x, v = (np.concatenate([_standard(a), _standard(b)]) for a, b in zip(suspect, genuine, strict=True))
    n = len(suspect[0])

    def statistic(order: NDArray[np.int64]) -> Array:
        one, own = _studentised(x[order[..., :n]], v[order[..., :n]])
        two, theirs = _studentised(x[order[..., n:]], v[order[..., n:]])
        return np.asarray((one - two) / np.sqrt(own + theirs))

    whole = np.arange(len(x), dtype=np.int64)
    return _rank(
        float(statistic(whole)), lambda count: statistic(_shuffled(whole, count, random)), len(x), permutations
    )


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std())


def _shuffled(values: NDArray[T], count: int, random: np.random.Generator) -> NDArray[T]:
    return random.permuted(np.broadcast_to(values, (count, len(values))), axis=1)


def _rank(observed: float, draw: Callable[[int], Array], size: int, permutations: int) -> float:
    above, left = 1, permutations
    while left:
        count = min(left, max(1, _BATCH // size))
        above += int(np.sum(draw(count) >= observed))
        left -= count
    return above / (permutations + 1)
