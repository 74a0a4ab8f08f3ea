"""Philox4x32-10 (Salmon et al., 2011), as vLLM's watermark uses it: a keyed chain over the context, then the
token.

Counters and keys are 32-bit words, held in 64 bits so that products need no carry. The context is absorbed four
tokens a block: counter = state xor block, key = (low xor offset, high). A last block then turns the token's
number, in groups of four, into the token's word. All of it is integer arithmetic: CPU and GPU give the same bits.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK", "context_words", "philox_rounds", "token_uniforms"]

Words = NDArray[np.uint64]

_MASK = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_CONTEXT, _TOKEN = np.uint64(0x574D4358), np.uint64(0x574D544B)
CHUNK = 512
"""Pairs that are taken together: their states stay near the processor."""


@numba.njit(cache=True, nogil=True, inline="always")
def philox_rounds(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The ten rounds: four words of counter and two of key, each below 2^32, to four words."""
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _MASK, (p0 >> _32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def context_words(contexts: NDArray[np.int32]) -> NDArray[np.uint32]:
    """Contexts [n, width] as blocks of four words [4 * blocks, n]; a short last block is filled as vLLM fills it."""
    count, width = contexts.shape
    words = np.empty((4 * -(-width // 4), count), np.uint32)
    words[:width] = contexts.T.view(np.uint32) if contexts.dtype == np.int32 else contexts.T.astype(np.uint32)
    for position in range(width, len(words)):
        words[position] = 0xFFFFFFFF - position % 4
    return words


@numba.njit(cache=True, nogil=True)
def token_uniforms(
    words: NDArray[np.uint32],
    width: int,
    tokens: NDArray[np.int32],
    key: np.uint64,
    begin: int,
    end: int,
    out: NDArray[np.float64],
) -> None:
    """out[:end - begin] = the uniforms of pairs begin..end under a key: multiples of 2^-24 or so in (0, 1), rounded to
    single precision as the engine rounds them."""
    k0, k1 = key & _MASK, key >> _32
    n = end - begin
    # Held in 32 bits: the compiler then knows that products fit, and takes several pairs at a time.
    s0, s1 = np.full(n, np.uint32(_CONTEXT), np.uint32), np.full(n, np.uint32(width), np.uint32)
    s2, s3 = np.zeros(n, np.uint32), np.zeros(n, np.uint32)
    for offset in range(0, len(words), 4):
        low = k0 ^ np.uint64(offset)
        for i in range(n):
            at = begin + i
            w0, w1, w2, w3 = philox_rounds(
                np.uint64(s0[i]) ^ np.uint64(words[offset, at]),
                np.uint64(s1[i]) ^ np.uint64(words[offset + 1, at]),
                np.uint64(s2[i]) ^ np.uint64(words[offset + 2, at]),
                np.uint64(s3[i]) ^ np.uint64(words[offset + 3, at]),
                low,
                k1,
            )
            s0[i], s1[i], s2[i], s3[i] = np.uint32(w0), np.uint32(w1), np.uint32(w2), np.uint32(w3)
    for i in range(n):
        token = np.uint64(tokens[begin + i]) & _MASK
        first, second, third, last = np.uint64(s0[i]), np.uint64(s1[i]), np.uint64(s2[i]), np.uint64(s3[i])
        w0, w1, w2, w3 = philox_rounds(token >> np.uint64(2), first, second, third, k0 ^ last, k1 ^ _TOKEN)
        which = token & np.uint64(3)
        low_half = w0 if which == np.uint64(0) else w1
        high_half = w2 if which == np.uint64(2) else w3
        word = low_half if which < np.uint64(2) else high_half
        exact = (np.float64(word >> np.uint64(8)) + 1.0) / 16777217.0
        out[i] = np.float64(np.float32(exact))
