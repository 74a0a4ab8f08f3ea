"""Which positions of texts are scored, and the key-free identity of the context before each.

Only what the suspect wrote is scored. An echo of the prompt says nothing of training, so it is left out: in closed
access a position whose (context, token) pair its own prompt holds; in open access, where the input may itself be marked
text, every position whose context the model has already seen in the same input (Sander et al., 2024).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts, contexts_before, pair_hashes
from stillwatch.provenance.watermark.prf import GOLDEN

__all__ = ["closed_positions", "context_hashes", "contexts_at", "open_positions", "window_starts"]


def context_hashes(texts: Texts, width: int) -> NDArray[np.uint64]:
    """uint64[n]: hash of the `width` tokens before each token, -1 where the document had not begun (as in `pairs`)."""
    pairs = pair_hashes(texts.tokens, texts.offsets, width)
    return np.asarray(pairs - (texts.tokens.astype(np.int64) + 1).astype(np.uint64) * GOLDEN)


def contexts_at(texts: Texts, positions: NDArray[np.int64], width: int) -> NDArray[np.int32]:
    """int32[m, width]: the tokens before each position, -1 where the document had not begun."""
    order = np.argsort(positions)
    found = np.empty((len(positions), width), np.int32)
    found[order] = contexts_before(texts.tokens, texts.offsets, positions[order], width)
    return found


def closed_positions(
    texts: Texts, contexts: NDArray[np.uint64], width: int, *, padded: bool = False
) -> NDArray[np.int64]:
    """Written positions with a whole context (`padded`: with at least one token before them), but echoes."""
    pairs = contexts + (texts.tokens.astype(np.int64) + 1).astype(np.uint64) * GOLDEN
    scored = _scorable(texts, width, padded)
    if int(texts.prompts.sum()):
        scored &= ~_in_own_prompt(pairs, texts.offsets, texts.prompts, width if not padded else 0)
    return np.flatnonzero(scored)


def open_positions(
    texts: Texts, contexts: NDArray[np.uint64], width: int, window: int, *, padded: bool = False
) -> NDArray[np.int64]:
    """Written positions whose context comes for the first time in what the model sees, `window` tokens at once."""
    scored = _scorable(texts, width, padded)
    place = np.arange(len(texts.tokens))
    document = _documents(texts, place)
    order = np.lexsort((place, contexts, document))
    same = (contexts[order][1:] == contexts[order][:-1]) & (document[order][1:] == document[order][:-1])
    before = np.full(len(place), -1, np.int64)
    before[order[1:][same]] = order[:-1][same]
    # The context's own tokens must lie in the window for the earlier sight to count.
    return np.flatnonzero(scored & (before - width < window_starts(texts, place, window)))


def window_starts(texts: Texts, positions: NDArray[np.int64], window: int) -> NDArray[np.int64]:
    """Where the window begins from which each position is predicted: windows of `window` (even) tokens overlap by
    half, so that every position but a document's first ones has at least half a window before it."""
    start = texts.offsets[_documents(texts, positions)]
    half = window // 2
    beyond = positions - start - window
    return np.asarray(start + np.where(beyond >= 0, beyond // half + 1, 0) * half)


def _documents(texts: Texts, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(texts.offsets, positions, "right") - 1


def _scorable(texts: Texts, width: int, padded: bool) -> NDArray[np.bool_]:
    # What has nothing at all before it cannot be predicted by anybody.
    return texts.is_written(1 if padded else max(width, 1))


@numba.njit(cache=True, nogil=True)
def _in_own_prompt(
    pairs: NDArray[np.uint64], offsets: NDArray[np.int64], prompts: NDArray[np.int64], first: int
) -> NDArray[np.bool_]:
    out = np.zeros(len(pairs), np.bool_)
    for d in range(len(offsets) - 1):
        start, own, end = offsets[d], offsets[d] + prompts[d], offsets[d + 1]
        if own - start <= first or end == own:
            continue
        held = np.sort(pairs[start + first : own])
        for i in range(own, end):
            at = np.searchsorted(held, pairs[i])
            out[i] = at < len(held) and held[at] == pairs[i]
    return out
