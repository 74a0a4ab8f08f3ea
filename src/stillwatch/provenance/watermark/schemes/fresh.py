"""The pairs that an engine may have marked: it passes over a context that came before in the same answer.

Engines mark a context once an answer, so that a loop can end. What followed a repeated context was drawn freely:
scoring it only dilutes. Which contexts repeat is known without any key, so leaving them out keeps the null exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts, contexts_before, pair_hashes
from stillwatch.provenance.watermark.prf import GOLDEN

__all__ = ["MOST_WIDTH", "Habits", "fresh_pairs", "require_width"]

MOST_WIDTH = 64
"""SGLang's limit; no engine's use goes near it."""


@dataclass(frozen=True)
class Habits:
    """How an engine takes its contexts. `prompted`: the prompt's end is context for the first tokens (SGLang),
    else the answer's beginning is filled up (vLLM, SynthID). `history`: for how many positions back a context is
    remembered. `budget`: how many contexts of one answer are marked at most. 0: no limit."""

    width: int
    prompted: bool
    history: int = 0
    budget: int = 0


def require_width(width: int, scheme: str) -> None:
    if not 1 <= width <= MOST_WIDTH:
        raise BadSettings(f"{scheme}: width={width} is not from 1 to {MOST_WIDTH} tokens of context.")


def fresh_pairs(texts: Texts, habits: Habits) -> Pairs:
    """Distinct pairs at positions whose context is new in its answer; -1 stands before the beginning. As in
    `distinct_pairs`, a pair that some prompt also holds is left out, and counts are of these positions only."""
    own = texts.offsets[:-1] + texts.prompts
    # Where the prompt is no context, prompt and answer are two texts, each with its own beginning.
    split = np.append(np.column_stack([texts.offsets[:-1], own]).ravel(), texts.offsets[-1:])
    bounds = texts.offsets if habits.prompted else split
    hashes = pair_hashes(texts.tokens, bounds, habits.width)
    kind = np.zeros(1, np.int32 if len(texts.tokens) < np.iinfo(np.int32).max else np.int64)
    history, budget = habits.history or len(hashes), habits.budget or len(hashes)
    first, counts = _fresh(
        texts.tokens, hashes, texts.offsets, own, habits.width, habits.prompted, history, budget, kind
    )
    contexts = contexts_before(texts.tokens, bounds, first, habits.width)
    return Pairs(hashes[first], contexts, texts.tokens[first], counts, first)


@numba.njit(cache=True, nogil=True)
def _fresh(
    tokens: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    own: NDArray[np.int64],
    width: int,
    prompted: bool,
    history: int,
    budget: int,
    kind: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each pair is first seen, in order, and how often. Tables hold positions (from 1, of `kind`'s type)."""
    shift, longest = np.uint64(32), 0
    for d in range(len(own)):
        longest = max(longest, offsets[d + 1] - own[d])
    size, room = 16, 16
    while size < 2 * len(tokens):
        size *= 2
    while room < 2 * longest:
        room *= 2
    mask, small = np.uint64(size - 1), np.uint64(room - 1)
    pairs = np.zeros(size, kind.dtype)  # over all answers
    contexts = np.zeros(room, kind.dtype)  # of the answer at hand: what lies before it is of another
    index = np.full(len(tokens), -1, kind.dtype)
    first, counts = np.empty(len(tokens), np.int64), np.empty(len(tokens), np.int64)
    found = 0
    for written in range(2):
        for d in range(len(own)):
            low, high = (own[d], offsets[d + 1]) if written else (offsets[d] + width, own[d])
            if written and prompted:
                low = max(low, offsets[d] + (width if own[d] == offsets[d] else 1))  # what stood before is not known
            marked = 0
            for i in range(low, high):
                if written:
                    context = hashes[i] - np.uint64(tokens[i] + 1) * GOLDEN
                    at = (context ^ (context >> shift)) & small
                    last = contexts[at] - 1
                    while last >= own[d] and hashes[last] - np.uint64(tokens[last] + 1) * GOLDEN != context:
                        at = (at + np.uint64(1)) & small
                        last = contexts[at] - 1
                    contexts[at] = i + 1
                    if last >= own[d] and i - last <= history:
                        continue
                    marked += 1
                    if marked > budget:
                        break
                h = hashes[i]
                at = (h ^ (h >> shift)) & mask
                while pairs[at] and hashes[pairs[at] - 1] != h:
                    at = (at + np.uint64(1)) & mask
                if not pairs[at]:
                    pairs[at] = i + 1
                    if written:
                        index[i] = found
                        first[found], counts[found] = i, 1
                        found += 1
                elif index[pairs[at] - 1] >= 0:
                    counts[index[pairs[at] - 1]] += 1
    return first[:found].copy(), counts[:found].copy()
