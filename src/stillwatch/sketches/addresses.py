"""Client addresses as 128-bit numbers, without a Python object a row. IPv4 lives at ::ffff:0:0/96, as in IPv6."""

# numba, not mypy, infers the types in compiled functions
# mypy: disable-error-code="assignment"
from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.sketches.bits import chain, seal
from stillwatch.sketches.buffers import from_hashes, text_of
from stillwatch.sketches.hashing import purpose
from stillwatch.sketches.keys import constants

__all__ = ["MAPPED", "Addresses", "network_column", "parse_addresses"]

MAPPED = np.uint64(0xFFFF00000000)  # low half of ::ffff:0.0.0.0
_V4_BITS = np.uint64(8)  # a /24
_V6_BITS = np.uint64(16)  # a /48


@dataclass(frozen=True, slots=True)
class Addresses:
    """high and low halves (uint64), valid where the text was an address."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    valid: NDArray[np.bool_]


@numba.njit(cache=True, nogil=True)
def _parse_v4(data, begin, end):  # type: ignore[no-untyped-def]
    """(value, good) of a dotted quad."""
    value = part = digits = dots = 0
    for i in range(begin, end):
        c = np.int64(data[i])
        if 48 <= c <= 57 and digits < 3:
            part = part * 10 + c - 48
            digits += 1
        elif c == 46 and digits > 0 and part < 256 and dots < 3:
            value = value << 8 | part
            part = digits = 0
            dots += 1
        else:
            return 0, False
    return value << 8 | part, dots == 3 and digits > 0 and part < 256


@numba.njit(cache=True, nogil=True)
def _parse_v6(data, begin, end):  # type: ignore[no-untyped-def]
    """(high, low, good) of an IPv6 address, with `::`, a dotted tail and a zone allowed."""
    groups = np.zeros(8, np.int64)
    count = digits = value = 0
    gap = -1
    i = token = begin
    while i < end:
        c = np.int64(data[i])
        nibble = c - 48 if 48 <= c <= 57 else c - 87 if 97 <= c <= 102 else c - 55 if 65 <= c <= 70 else -1
        if nibble >= 0:
            value, digits = value << 4 | nibble, digits + 1
            if digits > 4 or count > 7:
                return np.uint64(0), np.uint64(0), False
        elif c == 58:
            if digits > 0:
                groups[count] = value
                count, value, digits = count + 1, 0, 0
                if i + 1 == end:
                    return np.uint64(0), np.uint64(0), False
            elif i + 1 < end and data[i + 1] == 58 and i == begin:
                pass  # the first of a leading "::"
            elif i == begin or data[i - 1] != 58 or gap >= 0:
                return np.uint64(0), np.uint64(0), False
            if i > begin and data[i - 1] == 58:
                gap = count
            token = i + 1
        elif c == 46 and count <= 6:
            tail, good = _parse_v4(data, token, end)
            if not good:
                return np.uint64(0), np.uint64(0), False
            groups[count], groups[count + 1] = tail >> 16, tail & 0xFFFF
            count, digits = count + 2, 0
            break
        else:
            return np.uint64(0), np.uint64(0), False
        i += 1
    if digits > 0:
        groups[count] = value
        count += 1
    if (gap < 0 and count != 8) or (gap >= 0 and count > 7):
        return np.uint64(0), np.uint64(0), False
    high = low = np.uint64(0)
    for k in range(8):
        group = groups[k] if gap < 0 or k < gap else np.int64(0) if k < gap + 8 - count else groups[k - (8 - count)]
        if k < 4:
            high = high << np.uint64(16) | np.uint64(group)
        else:
            low = low << np.uint64(16) | np.uint64(group)
    return high, low, True


@numba.njit(cache=True, nogil=True)
def _parse(data, offsets, valid, high, low):  # type: ignore[no-untyped-def]
    for row in range(len(valid)):
        if not valid[row]:
            continue
        begin, end = offsets[row], offsets[row + 1]
        while begin < end and (data[begin] <= 32 or data[begin] == 91):
            begin += 1
        while end > begin and (data[end - 1] <= 32 or data[end - 1] == 93):
            end -= 1
        colon = False
        for i in range(begin, min(end, begin + 5)):
            colon = colon or data[i] == 58
        for i in range(begin, end):  # a zone such as %eth0 says nothing about the network
            if data[i] == 37:
                end = i
                break
        if colon:
            high[row], low[row], valid[row] = _parse_v6(data, begin, end)
        else:
            value, valid[row] = _parse_v4(data, begin, end)
            low[row] = MAPPED | np.uint64(value)


@numba.njit(cache=True, nogil=True)
def _networks(high, low, start, key, kind, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        if high[row] == 0 and low[row] >> np.uint64(32) == np.uint64(0xFFFF):
            prefix = chain(start, low[row] >> _V4_BITS)
        else:
            prefix = chain(start ^ np.uint64(6), high[row] >> _V6_BITS)
        out[row] = seal(key, kind, prefix)


def parse_addresses(column: pa.Array | pa.ChunkedArray) -> Addresses:
    """Addresses of a string column. What is no address (a host name, a port beside it, "") is not valid."""
    text = text_of(column)
    high, low, valid = np.zeros(len(text), np.uint64), np.zeros(len(text), np.uint64), text.valid.copy()
    _parse(text.data, text.offsets, valid, high, low)
    return Addresses(high, low, valid)


def network_column(addresses: Addresses, key: bytes | None) -> pa.Array:
    """int64 hash of each address's /24 (v4, also where mapped into v6) or /48 (v6); NULL where there is none."""
    fixed = constants(key)
    out = np.zeros(len(addresses.valid), np.uint64)
    _networks(addresses.high, addresses.low, fixed.start, fixed.seal, purpose("network"), out)
    return from_hashes(out, addresses.valid)
