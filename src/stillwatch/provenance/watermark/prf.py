"""The keyed function behind our own marks: 64-bit counters, mixed twice with a 128-bit key.

A pair is (context, token): the tokens just before, and the token itself. Its identity is a 64-bit number that no key
enters, so pairs are hashed once and each key only mixes them: `pair = context_hash + (token + 1) * GOLDEN`, a counter
that needs no permutation of the vocabulary. Mixing is two rounds of the splitmix finaliser with one half of the key
before each. It is fast and statistically clean across keys; it is not a cryptographic cipher, so a key that an enemy
may query at will should be rotated (docs/watermark.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["GOLDEN", "KEY_BYTES", "context_hash", "finished", "halves", "key_halves", "mixed", "unit_interval"]

KEY_BYTES = 16
GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_C1, _C2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_UNIT = 2.0**-52


@numba.njit(cache=True, nogil=True, inline="always")
def finished(x: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014): a bijection of 64 bits."""
    x = (x ^ (x >> _30)) * _C1
    x = (x ^ (x >> _27)) * _C2
    return x ^ (x >> _31)


@numba.njit(cache=True, nogil=True, inline="always")
def mixed(pair: np.uint64, first: np.uint64, second: np.uint64) -> np.uint64:
    """64 bits for a pair under a key of two halves."""
    return np.uint64(finished(finished(pair ^ first) ^ second))


@numba.njit(cache=True, nogil=True, inline="always")
def unit_interval(bits: np.uint64) -> float:
    """A number in (0, 1), never either end, from 64 bits. Of 52 of them: with 53 the half is rounded away at the
    top."""
    return (np.float64(bits >> _12) + 0.5) * _UNIT


@numba.njit(cache=True, nogil=True)
def context_hash(tokens: NDArray[np.int32], end: int, width: int) -> np.uint64:
    """Hash of the `width` tokens before position `end`. Width enters, so contexts of two widths never meet."""
    h = finished(GOLDEN * np.uint64(width + 1))
    for j in range(end - width, end):
        h = finished(h ^ (np.uint64(tokens[j] + 1) * GOLDEN))
    return np.uint64(h)


def halves(key: bytes) -> tuple[np.uint64, np.uint64]:
    """The two halves of a key that the mixing takes: its first 16 bytes, big-endian. Longer keys are cut."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"a key has at least {KEY_BYTES} bytes, not {len(key)}")
    return np.uint64(int.from_bytes(key[:8])), np.uint64(int.from_bytes(key[8:16]))


def key_halves(keys: Sequence[bytes | None]) -> NDArray[np.uint64]:
    """uint64[len(keys), 2]: the halves of each key, zeros for None. What kernels over many keys take."""
    return np.array([(0, 0) if key is None else halves(key) for key in keys], np.uint64).reshape(-1, 2)
