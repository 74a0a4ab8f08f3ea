"""Each choice as one to two yes-or-no questions that a key answers by a fair coin.

With v formulations a question halves them until one is left, so v need not be a power of two. A question is a
context (the content words before, and the point's name) and a node of that halving. Under a wrong key the answer that
the text gives agrees with the key's with probability 1/2, exactly and independently of any other question, whatever
formulations people prefer: the law of every test here is that of fair coins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.canaries.sites import CONTEXT_WORDS, Site

__all__ = ["WIDEST", "Counts", "count_answers", "node_path", "question_hash", "variant_chosen"]

WIDEST = CONTEXT_WORDS
_NODES = 8


@lru_cache(maxsize=64)
def node_path(variant: int, variants: int) -> tuple[tuple[int, int], ...]:
    """The (node, answer) pairs that lead to a variant. Nodes are numbered as in a heap, from 1."""
    path, low, high, node = [], 0, variants, 1
    while high - low > 1:
        middle = (low + high) // 2
        answer = int(variant >= middle)
        path.append((node, answer))
        low, high = (middle, high) if answer else (low, middle)
        node = 2 * node + answer
    return tuple(path)


@lru_cache(maxsize=200_000)
def question_hash(point: str, words: tuple[str, ...], width: int) -> int:
    """64 bits for a point after its last `width` content words. A shorter context, at a paragraph's beginning, is
    another one. The node is added to it, so the low three bits are zero."""
    context = words[len(words) - width :] if width and len(words) >= width else words if width else ()
    text = "\x1f".join(("wording", str(width), point, *context))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) & ~(_NODES - 1)


def variant_chosen(bits: Sequence[int], variants: int) -> int:
    """The variant that a key's answers lead to; `bits[node]` is its answer at each node."""
    low, high, node = 0, variants, 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bits[node] else (low, middle)
        node = 2 * node + bits[node]
    return low


@dataclass(frozen=True)
class Counts:
    """Distinct questions in order of first sight: `hashes` uint64[n], `no` and `yes` int64[n] how often each answer was
    given, `positions` int64[n] the number of the site where it was first asked."""

    hashes: NDArray[np.uint64]
    no: NDArray[np.int64]
    yes: NDArray[np.int64]
    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)


def count_answers(sites: Iterable[Site], width: int, *, without: Iterable[Site] = ()) -> Counts:
    """Questions that the sites answer. Those that a site in `without` (of a prompt) answers in the same way are left
    out: the answer may be an echo."""
    echoed = {key for site in without for key in _answers(site, width)}
    found: dict[int, list[int]] = {}
    for number, site in enumerate(sites):
        for question, answer in _answers(site, width):
            if (question, answer) in echoed:
                continue
            row = found.setdefault(question, [0, 0, number])
            row[answer] += 1
    table = np.array(list(found.values()), np.int64).reshape(-1, 3)
    return Counts(np.array(list(found), np.uint64), table[:, 0], table[:, 1], table[:, 2])


def _answers(site: Site, width: int) -> list[tuple[int, int]]:
    base = question_hash(site.point.name, site.words, width)
    return [(base + node, answer) for node, answer in node_path(site.variant, site.point.variants)]
