"""The 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998) with torch's CPU seeding, and what torch draws from
it.

torch seeds it with the low 32 bits of the seed alone, whatever its size: seeds equal modulo 2^32 give equal draws.
A permutation is Fisher and Yates's from the front, so its first k places need k draws and not one for each token.
GPUs draw otherwise: a list made on a GPU cannot be made again here.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["coin_table", "green_tokens", "permutation"]

_N, _M = 624, 397
_UPPER, _LOWER, _MATRIX = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0x9908B0DF)
_B, _C = np.uint32(0x9D2C5680), np.uint32(0xEFC60000)


@numba.njit(cache=True, nogil=True)
def _seeded(seed: np.uint64, state: NDArray[np.uint32]) -> None:
    state[0] = np.uint32(seed & np.uint64(0xFFFFFFFF))
    for j in range(1, _N):
        before = np.uint64(state[j - 1])
        state[j] = np.uint32(np.uint64(1812433253) * (before ^ (before >> np.uint64(30))) + np.uint64(j))


@numba.njit(cache=True, nogil=True)
def _next_block(state: NDArray[np.uint32]) -> None:
    for k in range(_N):
        y = (state[k] & _UPPER) | (state[(k + 1) % _N] & _LOWER)
        shifted = np.uint32(y >> np.uint32(1))
        state[k] = state[(k + _M) % _N] ^ shifted ^ (_MATRIX if y & np.uint32(1) else np.uint32(0))


@numba.njit(cache=True, nogil=True, inline="always")
def _tempered(y: np.uint32) -> np.uint32:
    y = np.uint32(y ^ (y >> np.uint32(11)))
    y = np.uint32(y ^ ((y << np.uint32(7)) & _B))
    y = np.uint32(y ^ ((y << np.uint32(15)) & _C))
    return np.uint32(y ^ (y >> np.uint32(18)))


@numba.njit(cache=True, nogil=True)
def _permuted(seed: np.uint64, order: NDArray[np.int32], places: int, state: NDArray[np.uint32]) -> None:
    """order[:places] = the first places of torch.randperm(len(order)) under this seed."""
    size = len(order)
    for i in range(size):
        order[i] = i
    _seeded(seed, state)
    at = _N
    for i in range(min(places, size - 1)):
        if at == _N:
            _next_block(state)
            at = 0
        other = i + np.int64(np.uint64(_tempered(state[at])) % np.uint64(size - i))
        at += 1
        order[i], order[other] = order[other], order[i]


@numba.njit(cache=True, nogil=True)
def permutation(seed: np.uint64, size: int) -> NDArray[np.int32]:
    """torch.randperm(size) of a CPU generator seeded with `seed`."""
    order = np.empty(size, np.int32)
    _permuted(seed, order, size, np.empty(_N, np.uint32))
    return order


@numba.njit(cache=True, nogil=True)
def green_tokens(
    seeds: NDArray[np.uint64], tokens: NDArray[np.int32], vocabulary: int, greens: int
) -> NDArray[np.bool_]:
    """For each (seed, token): is the token among the first `greens` of that seed's permutation? Equal seeds must stand
    together, each run costs one permutation. Tokens outside the vocabulary are not green."""
    order, state = np.empty(vocabulary, np.int32), np.empty(_N, np.uint32)
    mark = np.full(vocabulary, -1, np.int64)
    out = np.zeros(len(tokens), np.bool_)
    run = -1
    for i in range(len(tokens)):
        if i == 0 or seeds[i] != seeds[i - 1]:
            run = i
            _permuted(seeds[i], order, greens, state)
            for j in range(greens):
                mark[order[j]] = run
        if 0 <= tokens[i] < vocabulary:
            out[i] = mark[tokens[i]] == run
    return out


@numba.njit(cache=True, nogil=True)
def coin_table(seed: np.uint64, size: int) -> NDArray[np.uint8]:
    """torch.randint(0, 2, (size,)) of a CPU generator seeded with `seed`."""
    state = np.empty(_N, np.uint32)
    _seeded(seed, state)
    out = np.empty(size, np.uint8)
    at = _N
    for i in range(size):
        if at == _N:
            _next_block(state)
            at = 0
        out[i] = _tempered(state[at]) & np.uint32(1)
        at += 1
    return out
