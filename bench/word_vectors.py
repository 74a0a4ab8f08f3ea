"""Words to vectors, as a stand-in where no embedding model can be had: TF-IDF of words and word pairs, main axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

BUCKETS = 1 << 18
WORD = re.compile(r"\w+")


def word_counts(texts: Sequence[str]) -> sp.csr_matrix:
    """(texts, BUCKETS): 1 + ln of how often each hashed word and word pair stands in each text."""
    ids: list[int] = []
    ends = [0]
    for text in texts:
        words = WORD.findall(text.lower())[:2000]
        ids += [crc32(word.encode()) % BUCKETS for word in words]
        ids += [crc32(f"{a} {b}".encode()) % BUCKETS for a, b in pairwise(words)]
        ends.append(len(ids))
    counts = sp.csr_matrix((np.ones(len(ids), np.float32), np.array(ids), np.array(ends)), shape=(len(texts), BUCKETS))
    counts.sum_duplicates()
    counts.data = 1 + np.log(counts.data)
    return counts


class WordVectors:
    """TF-IDF and a truncated SVD (randomised, two power iterations), both fitted on the reference only."""

    def __init__(self, reference: sp.csr_matrix, axes: int = 384, seed: int = 0):
        held = np.bincount(reference.indices, minlength=BUCKETS)
        self._known = np.flatnonzero(held > 1)
        self._idf = (np.log((1 + reference.shape[0]) / (1 + held[self._known])) + 1).astype(np.float32)
        weighed = self._weigh(reference)
        random = np.random.default_rng(seed)
        some = weighed @ random.standard_normal((len(self._known), axes + 16), np.float32)
        for _ in range(2):
            some, _ = np.linalg.qr(some)
            some = weighed @ (weighed.T @ some)
        some, _ = np.linalg.qr(some)
        _, _, right = np.linalg.svd((weighed.T @ some).T, full_matrices=False)
        self._axes = np.ascontiguousarray(right[:axes].T)

    def _weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        weighed = counts[:, self._known].multiply(self._idf).tocsr().astype(np.float32)
        lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        return sp.diags(1 / np.maximum(lengths, 1e-9)).astype(np.float32) @ weighed

    def __call__(self, counts: sp.csr_matrix) -> npt.NDArray[np.float32]:
        return np.asarray(self._weigh(counts) @ self._axes, np.float32)
