"""The constants of every hash, derived from the installation's secret key, or published ones where there is none.

With a key, hashes cannot be turned back by trying a dictionary, cannot be compared between installations, and
nobody outside can craft prompts that steer the MinHash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings

__all__ = ["PERMUTATIONS", "PROJECTIONS", "Constants", "constants"]

PERMUTATIONS = 16  # 4 bands of 4
PROJECTIONS = 12  # sign bits of a topic cell
_MOST_KEY_BYTES = 64  # of blake2b
_LEAST_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Constants:
    """Start value of word hashes, the two halves of the sealing key, MinHash permutations, topic projection."""

    start: np.uint64
    seal: NDArray[np.uint64]  # (2,)
    multipliers: NDArray[np.uint32]  # (PERMUTATIONS,), odd
    masks: NDArray[np.uint32]  # (PERMUTATIONS,)
    projection: NDArray[np.float32]  # (64, PROJECTIONS), +1 or -1


def _stream(key: bytes | None, purpose: bytes, size: int) -> bytes:
    blocks = [
        hashlib.blake2b(block.to_bytes(8, "little"), key=key or b"", person=purpose, salt=b"stillwatch").digest()
        for block in range(-(-size // 64))
    ]
    return b"".join(blocks)[:size]


@lru_cache(maxsize=8)
def constants(key: bytes | None) -> Constants:
    """The constants of `key`; None gives the published ones. Raises BadSettings where a key is too short or long."""
    if key is not None and not _LEAST_KEY_BYTES <= len(key) <= _MOST_KEY_BYTES:
        raise BadSettings(
            f"the hash key has {len(key)} bytes; it must have {_LEAST_KEY_BYTES} to {_MOST_KEY_BYTES}: "
            "make one with `head -c 32 /dev/urandom > key`."
        )
    words = np.frombuffer(_stream(key, b"words", 24), np.uint64)
    multipliers = np.frombuffer(_stream(key, b"minhash", 8 * PERMUTATIONS), np.uint32).reshape(2, PERMUTATIONS)
    bits = np.unpackbits(np.frombuffer(_stream(key, b"topic", PROJECTIONS * 8), np.uint8))
    return Constants(
        start=np.uint64(words[0] | np.uint64(1)),
        seal=np.ascontiguousarray(words[1:]),
        multipliers=multipliers[0] | np.uint32(1),
        masks=np.ascontiguousarray(multipliers[1]),
        projection=(bits.reshape(64, PROJECTIONS).astype(np.float32) * 2 - 1),
    )
