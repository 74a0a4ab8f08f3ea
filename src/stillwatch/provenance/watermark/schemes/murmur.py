"""MurmurHash3's 32-bit mixing (Appleby, 2010) over whole words, as SGLang's watermark uses it.

The key is absorbed first, into a state of 32 bits: two of the 2^64 keys that meet there mark alike for ever after.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["context_hashes", "finished", "key_state", "mix"]

_MASK = np.uint64(0xFFFFFFFF)
_C1, _C2, _ADD = np.uint64(0xCC9E2D51), np.uint64(0x1B873593), np.uint64(0xE6546B64)
_F1, _F2 = np.uint64(0x85EBCA6B), np.uint64(0xC2B2AE35)
_5, _13, _15, _16, _17, _19, _32 = (np.uint64(n) for n in (5, 13, 15, 16, 17, 19, 32))


@numba.njit(cache=True, nogil=True, inline="always")
def mix(state: np.uint64, word: np.uint64) -> np.uint64:
    """One word taken into the state; both below 2^32."""
    value = (word * _C1) & _MASK
    value = ((value << _15) | (value >> _17)) & _MASK
    value = state ^ ((value * _C2) & _MASK)
    value = ((value << _13) | (value >> _19)) & _MASK
    return (value * _5 + _ADD) & _MASK


@numba.njit(cache=True, nogil=True, inline="always")
def finished(state: np.uint64, length: np.uint64) -> np.uint64:
    """The hash of a state after `length` bytes."""
    value = state ^ length
    value = ((value ^ (value >> _16)) * _F1) & _MASK
    value = ((value ^ (value >> _13)) * _F2) & _MASK
    return value ^ (value >> _16)


@numba.njit(cache=True, nogil=True, inline="always")
def key_state(key: np.uint64) -> np.uint64:
    """The 32 bits that a 64-bit key leaves in the state: all that a mark ever knows of it."""
    state: np.uint64 = mix(mix(np.uint64(0), key & _MASK), key >> _32)
    return state


@numba.njit(cache=True, nogil=True)
def context_hashes(contexts: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Hash of each context [n, width]; -1, where the text had not begun, is left out and shortens it."""
    out = np.empty(len(contexts), np.uint64)
    for i in range(len(contexts)):
        state, length = np.uint64(0), np.uint64(0)
        for j in range(contexts.shape[1]):
            if contexts[i, j] >= 0:
                state = mix(state, np.uint64(contexts[i, j]))
                length += np.uint64(4)
        out[i] = finished(state, length)
    return out
