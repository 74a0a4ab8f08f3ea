"""The few 64-bit operations that all compiled kernels share. Everything is uint64; results leave as int64."""

from __future__ import annotations

import zlib
from importlib import resources

import numba
import numpy as np

__all__ = ["PRIME", "chain", "fingerprint", "mix", "seal"]

PRIME = np.uint64(0x100000001B3)  # FNV-1a
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SIP_0 = np.uint64(0x736F6D6570736575)
_SIP_1 = np.uint64(0x646F72616E646F6D)
_SIP_2 = np.uint64(0x6C7967656E657261)
_SIP_3 = np.uint64(0x7465646279746573)
_LAST = np.uint64(0xFF)
_LENGTH = np.uint64(16) << np.uint64(56)


@numba.njit(cache=True, nogil=True)
def mix(x):  # type: ignore[no-untyped-def]
    """A bijection of 64 bits that spreads every input bit over all output bits (splitmix64's finaliser)."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def chain(a, b):  # type: ignore[no-untyped-def]
    """Order-dependent join of two hashes."""
    x = (a * _GOLDEN) ^ ((b << np.uint64(23)) | (b >> np.uint64(41)))
    x = (x ^ (x >> np.uint64(32))) * _MIX_1
    return x ^ (x >> np.uint64(29))


@numba.njit(cache=True, nogil=True)
def _round(a, b, c, d):  # type: ignore[no-untyped-def]
    a = a + b
    b = ((b << np.uint64(13)) | (b >> np.uint64(51))) ^ a
    a = (a << np.uint64(32)) | (a >> np.uint64(32))
    c = c + d
    d = ((d << np.uint64(16)) | (d >> np.uint64(48))) ^ c
    a = a + d
    d = ((d << np.uint64(21)) | (d >> np.uint64(43))) ^ a
    c = c + b
    b = ((b << np.uint64(17)) | (b >> np.uint64(47))) ^ c
    c = (c << np.uint64(32)) | (c >> np.uint64(32))
    return a, b, c, d


@numba.njit(cache=True, nogil=True)
def seal(key, purpose, x):  # type: ignore[no-untyped-def]
    """SipHash-1-3 of the 16 bytes (x, purpose): nobody without the key can invert or predict what leaves here.

    `key` uint64[2]; `purpose` and `x` uint64, the former so that one value never has one hash in two columns.
    """
    a, b, c, d = key[0] ^ _SIP_0, key[1] ^ _SIP_1, key[0] ^ _SIP_2, key[1] ^ _SIP_3
    d ^= x
    a, b, c, d = _round(a, b, c, d)
    a ^= x
    d ^= purpose
    a, b, c, d = _round(a, b, c, d)
    a ^= purpose
    d ^= _LENGTH
    a, b, c, d = _round(a, b, c, d)
    a ^= _LENGTH
    c ^= _LAST
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


def fingerprint() -> int:
    """A number that changes with the source of any compiled part (never 0)."""
    room = resources.files("stillwatch.sketches")
    total = 1
    for name in ("bits", "folding", "kernel", "lexicon", "rows"):
        total = zlib.crc32((room / f"{name}.py").read_bytes(), total)
    return total | 1
