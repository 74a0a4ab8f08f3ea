"""Where in a document a mark stands: a scan over windows, with one family-wise error over windows, keys and documents.

Windows hold 16, 32, 64 … distinct pairs and start every half length, so any marked stretch of n pairs holds one of at
least n / 3. Each window's p-value is exact, as for a whole text; Bonferroni counts every window of every document under
every key. No key enters the choice of windows. Pairs are taken once a document.

A window that is found says that a mark is there, not where it ends. The ends are those of greatest likelihood against
unmarked text on either side, the mark's strength being estimated within (the exponential family that tilts the law).
Windows are taken from the shortest up, so that two stretches with plain text between stay two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from stillwatch.marks import MarkedSpan
from stillwatch.provenance.watermark.laws import Law
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.documents import Documents

__all__ = ["SHORTEST", "find_spans", "windows_of"]

SHORTEST = 16
_AT_ONCE = 4_000_000  # values held at a time
_EXCERPT = 300

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Hit:
    key: int
    start: int
    end: int
    log10_p: float


def windows_of(pairs: int) -> dict[int, NDArray[np.int64]]:
    """{length: starts} of the windows over so many pairs; one over all of them where there are fewer than 16."""
    if pairs < SHORTEST:
        return {pairs: np.zeros(1, np.int64)} if pairs else {}
    lengths = [SHORTEST << j for j in range(int(math.log2(pairs / SHORTEST)) + 1)]
    made = {length: np.arange(0, pairs - length + 1, length // 2, dtype=np.int64) for length in lengths}
    return {**made, pairs: np.zeros(1, np.int64)}


def find_spans(
    documents: Documents,
    scheme: Scheme,
    keys: Sequence[Candidate],
    level: float,
    progress: Callable[[str, float], None] | None = None,
) -> list[MarkedSpan]:
    """Marked stretches of all documents, in order. With probability `level` at most, any is where its key marked
    nothing.

    `start` and `end` count the tokens that the suspect wrote in that document, from 0.
    """
    cut = [documents.one(index) for index in range(len(documents))]
    scored = [pairs_of(scheme, one.texts) for one in cut]
    tries = len(keys) * sum(len(starts) for pairs in scored for starts in windows_of(len(pairs)).values())
    bar = _Bar(scheme.law, math.log10(level / tries)) if tries else None
    found = []
    for index, (one, pairs) in enumerate(zip(cut, scored, strict=True)):
        if progress is not None:
            progress("looking for marked spans", index / len(cut))
        if bar is None or not len(pairs):
            continue
        hits: list[_Hit] = []
        most = max(1, _AT_ONCE // len(pairs))
        for first in range(0, len(keys), most):
            values = np.array([scheme.values(pairs, candidate.key) for candidate in keys[first : first + most]])
            hits += _hits(values, bar, first)
        for hit in _kept(hits, partial(_values, scheme, pairs, keys), scheme.law):
            begin = int(pairs.positions[hit.start] - one.texts.prompts[0])
            end = int(pairs.positions[hit.end - 1] + 1 - one.texts.prompts[0])
            adjusted = min(0.0, hit.log10_p + math.log10(tries))
            found.append(_span(one, keys[hit.key].name.id, begin, end, adjusted))
    return found


class _Bar:
    """The p-value that a window must reach, and by length the tail and a total below which none can reach it."""

    def __init__(self, law: Law, log10_p: float) -> None:
        self.law, self.log10_p = law, log10_p
        self._known: dict[int, tuple[Tail, float]] = {}

    def of(self, length: int) -> tuple[Tail, float]:
        if length not in self._known:
            tail = Tail(np.ones(length), self.law)
            least = 0.8 * tail.quantile(10.0 ** max(self.log10_p, -300.0)) if length >= SHORTEST else -np.inf
            self._known[length] = tail, least
        return self._known[length]


def _hits(values: Array, bar: _Bar, first: int) -> Iterator[_Hit]:
    """Windows whose p-value reaches the bar, for a block of keys: values float64[keys, pairs]."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values - bar.law.mean, axis=1, out=sums[:, 1:])
    for length, starts in windows_of(values.shape[1]).items():
        tail, least = bar.of(length)
        totals = sums[:, starts + length] - sums[:, starts]
        rows, columns = np.nonzero(totals >= least)
        if len(rows):
            log10_p = tail.log10_p(totals[rows, columns])
            for i in np.flatnonzero(log10_p <= bar.log10_p):
                start = int(starts[columns[i]])
                yield _Hit(first + int(rows[i]), start, start + length, float(log10_p[i]))


def _values(scheme: Scheme, pairs: Pairs, keys: Sequence[Candidate], key: int) -> Array:
    return scheme.values(pairs, keys[key].key)


def _kept(hits: list[_Hit], values_of: Callable[[int], Array], law: Law) -> list[_Hit]:
    """Hits with the ends of greatest likelihood, none overlapping; shortest windows first, then the smallest p."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda h: (h.end - h.start, h.log10_p, h.start, h.key)):
        if any(hit.start < other.end and other.start < hit.end for other in kept):
            continue
        values = values_of(hit.key)
        low = max((other.end for other in kept if other.end <= hit.start), default=0)
        high = min((other.start for other in kept if other.start >= hit.end), default=len(values))
        start, end = _likeliest(values, law, hit.start, hit.end, low, high)
        # Every window is paid for, so the best of those inside may speak for the span.
        best = min(h.log10_p for h in hits if h.key == hit.key and (h is hit or (start <= h.start and h.end <= end)))
        kept.append(_Hit(hit.key, start, end, best))
    return sorted(kept, key=lambda h: h.start)


def _likeliest(values: Array, law: Law, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """The stretch of greatest log-likelihood ratio within [low, high) that holds the window's best part; twice, the
    second time with the strength that the first stretch shows."""
    for _ in range(2):
        scores = _log_ratios(values[low:high], law, float(values[start:end].mean()))
        sums = np.concatenate([[0.0], np.cumsum(scores)])
        inside = sums[start - low : end - low + 1]
        lowest = np.minimum.accumulate(inside)
        last = int(np.argmax(inside[1:] - lowest[:-1])) + 1
        first = int(np.argmin(inside[:last]))
        first, last = first + start - low, last + start - low
        start, end = int(np.argmin(sums[: first + 1])) + low, int(np.argmax(sums[last:])) + last + low
    return start, end


def _log_ratios(values: Array, law: Law, mean: float) -> Array:
    """log of (law tilted to that mean) over (law), value by value: t (x - m) - K(t) with K'(t) = mean - m."""
    lo, hi = 0.0, 0.999 * law.bound if math.isfinite(law.bound) else 40.0 / math.sqrt(law.variance)
    for _ in range(60):
        t = 0.5 * (lo + hi)
        lo, hi = (t, hi) if float(law.cumulants(np.array([t]))[1][0]) < mean - law.mean else (lo, t)
    return t * (values - law.mean) - float(law.cumulants(np.array([t]))[0][0])


def _span(one: Documents, key_id: str, start: int, end: int, log10_p: float) -> MarkedSpan:
    prompt = int(one.texts.prompts[0])
    characters = one.characters_of(0, prompt + start, prompt + end)
    written = one.written[0]
    known = characters if written is not None else None
    excerpt = written[known[0] : known[1]][:_EXCERPT] if written is not None and known is not None else ""
    return MarkedSpan(
        document=one.ids[0], key_id=key_id, start=start, end=end, log10_p_adjusted=log10_p,
        start_character=known[0] if known else None, end_character=known[1] if known else None,
        document_tokens=one.texts.written, text=excerpt,
    )  # fmt: skip
