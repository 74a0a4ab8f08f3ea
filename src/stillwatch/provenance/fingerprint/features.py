"""Words → counted features: for each answer, which hashed features it has and how often.

Each feature set is one way to look at a text: how it opens, which words it uses, the frame of its sentences. All are
vectorised over the words of all answers; a feature is a 64-bit hash cut to `BITS` bits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from stillwatch.provenance.fingerprint.words import LINE, PARAGRAPH, SENTENCE, Words

__all__ = ["FEATURES", "character_features", "counted"]

BITS = 20
OPENING = 12
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_START = np.uint64(1469598103934665603)

Hashes = npt.NDArray[np.uint64]
Found = tuple[npt.NDArray[np.int64], Hashes]  # (answer, hash) of every occurrence


def counted(found: Found, answers: int) -> sp.csr_array:
    """(answers, 2**BITS): how often each answer has each feature."""
    rows, hashes = found
    columns = (_mixed(hashes) >> np.uint64(64 - BITS)).astype(np.int64)
    matrix = sp.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(answers, 1 << BITS))
    matrix.sum_duplicates()
    return matrix


def character_features(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> Found:
    """Runs of four bytes, letters without case."""
    begin, end = int(offsets[0]), int(offsets[-1])
    text = data[begin:end].copy()
    capital = (text >= 65) & (text <= 90)
    text[capital] += 32
    if len(text) < 4:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    wide = text.astype(np.uint64)
    hashes = wide[:-3] | wide[1:-2] << np.uint64(8) | wide[2:-1] << np.uint64(16) | wide[3:] << np.uint64(24)
    answer = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = answer[:-3] == answer[3:]
    return answer[:-3][inside], hashes[inside]


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> np.uint64(32))


def _answers(words: Words) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(words.starts) - 1), np.diff(words.starts))


def _runs(values: Hashes, words: Words, length: int) -> Found:
    answer = _answers(words)
    if len(values) < length:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    count = len(values) - length + 1
    hashes = np.full(count, _START)
    for step in range(length):
        hashes = _mixed(hashes * _SPREAD + values[step : step + count])
    inside = answer[:count] == answer[length - 1 :]
    return answer[:count][inside], hashes[inside]


def _joined(*parts: Found) -> Found:
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([hashes for _, hashes in parts])


def _beginnings(values: Hashes, words: Words) -> Found:
    """The first word, the first two words … the first twelve."""
    lengths = np.diff(words.starts)
    rows, hashes, running = [], [], np.full(len(lengths), _START)
    for step in range(OPENING):
        long = np.flatnonzero(lengths > step)
        running[long] = _mixed(running[long] * _SPREAD + values[words.starts[long] + step])
        rows.append(long)
        hashes.append(running[long])
    return np.concatenate(rows), np.concatenate(hashes)


def _opening(words: Words) -> Found:
    return _beginnings(words.hashes, words)


def _opening_frame(words: Words) -> Found:
    return _beginnings(words.classes, words)


def _first_sentence(words: Words) -> Found:
    """Words, pairs and triples up to the first end of a sentence or line that is not within the first four words."""
    place = np.arange(len(words.hashes)) - np.repeat(words.starts[:-1], np.diff(words.starts))
    ends = np.isin(words.marks, (LINE, PARAGRAPH, SENTENCE)) & (place > 3)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends)])
    answer = _answers(words)
    inside = before[:-1] == before[words.starts[:-1]][answer]
    lengths = np.bincount(answer[inside], minlength=len(words.starts) - 1)
    first = Words(
        words.hashes[inside], words.classes[inside], words.marks[inside], words.claims[inside],
        np.concatenate([[0], np.cumsum(lengths)]),
    )  # fmt: skip
    return _joined(*(_runs(first.hashes, first, length) for length in (1, 2, 3)))


def _single_words(words: Words) -> Found:
    return _runs(words.hashes, words, 1)


def _word_pairs(words: Words) -> Found:
    return _joined(_runs(words.hashes, words, 1), _runs(words.hashes, words, 2))


def _function_pairs(words: Words) -> Found:
    """Pairs of neighbours of which at least one is a function word or a mark: phrasing, not subject."""
    rows, hashes = _runs(words.hashes, words, 2)
    answer = _answers(words)
    own = words.hashes == words.classes
    inside = answer[:-1] == answer[1:] if len(answer) else np.zeros(0, bool)
    keep = (own[:-1] | own[1:])[inside] if len(answer) else inside
    return rows[keep], hashes[keep]


def _frames(words: Words) -> Found:
    return _joined(_runs(words.classes, words, 3), _runs(words.classes, words, 4))


def _claims(words: Words) -> Found:
    """Numbers and names: what an answer claims, right or wrong."""
    made = words.claims != 0
    return _answers(words)[made], words.claims[made]


def _long_runs(words: Words) -> Found:
    return _runs(words.hashes, words, 8)


FEATURES: dict[str, Callable[[Words], Found]] = {
    "opening": _opening,
    "opening frame": _opening_frame,
    "first sentence": _first_sentence,
    "words": _single_words,
    "word pairs": _word_pairs,
    "function pairs": _function_pairs,
    "frames": _frames,
    "long runs": _long_runs,
    "claims": _claims,
}
