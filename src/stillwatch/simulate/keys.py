"""Counter-based randomness: a value is a pure function of its key, so that one body can be sent twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Keys", "below", "hexadecimal", "mix", "unit"]

Keys = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint8).reshape(256, 2)


def mix(*parts: npt.ArrayLike) -> Keys:
    """One 64-bit hash of the parts, element by element (splitmix64 finaliser after each part)."""
    state: Keys = np.zeros(1, dtype=np.uint64)
    for part in parts:
        array: npt.NDArray[Any] = np.atleast_1d(np.asarray(part))
        if array.dtype != np.uint64:
            array = array.astype(np.int64).view(np.uint64)
        state = (state ^ array) + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
        state = state ^ (state >> np.uint64(31))
    return state


def unit(keys: Keys) -> npt.NDArray[np.float64]:
    """Keys as numbers in [0, 1)."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(keys: Keys, sizes: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Keys as whole numbers in [0, sizes); a size of 0 gives 0."""
    result: npt.NDArray[np.int64] = (unit(keys) * np.asarray(sizes)).astype(np.int64)
    return result


def hexadecimal(keys: Keys, prefix: str = "", digits: int = 16) -> pa.Array:
    """Keys as lower-case hexadecimal text of `digits` (even, at most 16) after a prefix."""
    rows = len(keys)
    octets = keys.astype(">u8").view(np.uint8).reshape(rows, 8)[:, : digits // 2]
    width = len(prefix) + digits
    text = np.empty((rows, width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    text[:, len(prefix) :] = _PAIRS[octets].reshape(rows, digits)
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(text)])
