"""Probability mass of every (context, token) pair, summed over positions as dense rows stream by.

Rows over a vocabulary of 128,000 cannot all be kept. What is kept: every pair that was written, exactly; of the others
those whose sum can reach `LEAST`. An entry is dropped at a position only where it is so small that all entries dropped
for a pair together stay below half of `LEAST`, or below `SMALLEST` a position.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST", "SMALLEST", "Masses"]

LEAST = 0.02
"""A pair that nobody wrote is scored from this expected count on. Key-free, and fixed: it bounds memory."""

SMALLEST = 1e-4
"""Probabilities below are not summed for pairs that nobody wrote."""

_EMPTY = np.zeros((0, 0), np.float32)


class Masses:
    """Sums over positions, by context index and token.

    `frequency` int64[contexts]: at how many positions each context will come. `written` int64[k]: sorted distinct
    `context * vocabulary + token` of pairs to keep exactly. `keys` then holds those first, others after them; `sums`
    float64[len(keys), 2] are those of the reference and, in open access, of the suspect.
    """

    def __init__(self, frequency: NDArray[np.int64], written: NDArray[np.int64], vocabulary: int) -> None:
        self._vocabulary = vocabulary
        half = np.where(frequency > 1, 0.5, 1.0)
        self._floors = np.maximum(SMALLEST, half * LEAST / np.maximum(frequency, 1)).astype(np.float32)
        self._offsets = np.searchsorted(written, np.arange(len(frequency) + 1) * vocabulary)
        self._stamps = np.full(vocabulary, -1, np.int64)
        self._clock = 0
        self._count = self._written = len(written)
        self._keys = np.concatenate([written, np.zeros(4 * vocabulary, np.int64)])
        self._sums = np.zeros((len(self._keys), 2))
        self._slots = np.full(_power_of_two(8 * vocabulary), -1, np.int64)

    @property
    def keys(self) -> NDArray[np.int64]:
        return self._keys[: self._count].copy()

    @property
    def sums(self) -> NDArray[np.float64]:
        return self._sums[: self._count].copy()

    def add(
        self,
        contexts: NDArray[np.int64],
        weights: NDArray[np.float64],
        reference: NDArray[np.float32],
        suspect: NDArray[np.float32] | None = None,
    ) -> None:
        """Adds `weights[i]` times row i of float32[m, vocabulary] to the pairs of context `contexts[i]`."""
        second = _EMPTY if suspect is None else suspect
        row = 0
        while row < len(contexts):
            self._make_room()
            row, self._count = _absorb(
                contexts, weights, reference, second, row, self._floors, self._offsets, self._written, self._stamps,
                self._clock, self._slots, self._keys, self._sums, self._count,
            )  # fmt: skip
        self._clock += len(contexts)

    def _make_room(self) -> None:
        """So that one more row always fits."""
        if self._count + self._vocabulary > len(self._keys):
            more = max(len(self._keys), self._vocabulary)
            self._keys = np.concatenate([self._keys, np.zeros(more, np.int64)])
            self._sums = np.concatenate([self._sums, np.zeros((more, 2))])
        if 2 * (self._count - self._written + self._vocabulary) > len(self._slots):
            self._slots = np.full(2 * len(self._slots), -1, np.int64)
            _refill(self._slots, self._keys, self._written, self._count)


def _power_of_two(least: int) -> int:
    return 1 << max(10, (least - 1).bit_length())


@numba.njit(cache=True, nogil=True, inline="always")
def _place(slots: NDArray[np.int64], keys: NDArray[np.int64], key: int) -> int:
    """The slot of a key, or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    at = (mixed ^ (mixed >> np.uint64(32))) & mask
    while slots[at] != -1 and keys[slots[at]] != key:
        at = (at + np.uint64(1)) & mask
    return int(at)


@numba.njit(cache=True, nogil=True)
def _refill(slots: NDArray[np.int64], keys: NDArray[np.int64], begin: int, end: int) -> None:
    for entry in range(begin, end):
        slots[_place(slots, keys, keys[entry])] = entry


@numba.njit(cache=True, nogil=True)
def _absorb(
    contexts: NDArray[np.int64], weights: NDArray[np.float64], reference: NDArray[np.float32],
    suspect: NDArray[np.float32], row: int, floors: NDArray[np.float32], offsets: NDArray[np.int64], written: int,
    stamps: NDArray[np.int64], clock: int, slots: NDArray[np.int64], keys: NDArray[np.int64],
    sums: NDArray[np.float64], count: int,
) -> tuple[int, int]:  # fmt: skip
    """Takes in rows from `row` on until one might not fit; returns the row to go on with, and the entries so far."""
    vocabulary = reference.shape[1]
    both = len(suspect) > 0
    while row < len(contexts):
        if count + vocabulary > len(keys) or 2 * (count - written + vocabulary) > len(slots):
            break
        context, weight = contexts[row], weights[row]
        base, floor = context * vocabulary, floors[context]
        for entry in range(offsets[context], offsets[context + 1]):
            token = keys[entry] - base
            stamps[token] = clock + row
            sums[entry, 0] += weight * reference[row, token]
            if both:
                sums[entry, 1] += weight * suspect[row, token]
        for token in range(vocabulary):
            high = reference[row, token]
            if both:
                high = max(high, suspect[row, token])
            if high >= floor and stamps[token] != clock + row:
                at = _place(slots, keys, base + token)
                if slots[at] == -1:
                    slots[at] = count
                    keys[count] = base + token
                    count += 1
                sums[slots[at], 0] += weight * reference[row, token]
                if both:
                    sums[slots[at], 1] += weight * suspect[row, token]
        row += 1
    return row, count
