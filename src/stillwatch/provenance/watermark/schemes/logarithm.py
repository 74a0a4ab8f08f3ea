"""A logarithm that a compiler can run on eight numbers at once: a test over a thousand keys takes a billion of them."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["logarithm"]

_LN_2 = float(np.log(2.0))
_ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # the bits of the square root of 1/2
_52 = np.int64(52)


@numba.njit(cache=True, nogil=True, inline="always")
def logarithm(x: float) -> float:
    """ln x of a positive normal number, to 1e-12.

    x = m * 2**e with m between the roots of 1/2 and 2; ln m is 2 artanh((m - 1) / (m + 1)), of which six terms are left
    when the argument is below .172.
    """
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _ROOT_HALF) >> _52
    m = np.int64(bits - (exponent << _52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    tail = q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q / 13)))))
    return exponent * _LN_2 + 2.0 * s * (1.0 + tail)
