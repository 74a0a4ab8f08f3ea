"""Choices that follow from a secret: HMAC-SHA256 in counter mode, so that without the secret none can be told."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Draws"]

T = TypeVar("T")
_WORD = 8  # bytes of a number that is drawn


class Draws:
    """An endless, reproducible stream of choices. Streams of two labels or two secrets tell nothing of each other."""

    def __init__(self, secret: bytes, label: str):
        self._key = hmac.digest(secret, b"stillwatch probes 1\0" + label.encode(), hashlib.sha256)
        self._block = 0
        self._left = b""

    def below(self, bound: int) -> int:
        """A whole number in [0, bound), each as likely as the other (no modulo bias)."""
        if not 0 < bound <= 2**32:
            raise ValueError("bound must be from 1 to 2**32")
        limit = 2 ** (8 * _WORD) - 2 ** (8 * _WORD) % bound
        while True:
            number = int.from_bytes(self._bytes(_WORD))
            if number < limit:
                return number % bound

    def one(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items, in an order where each is as likely as the other (Fisher-Yates)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.below(last + 1)
            result[last], result[other] = result[other], result[last]
        return result

    def _bytes(self, count: int) -> bytes:
        while len(self._left) < count:
            self._left += hmac.digest(self._key, self._block.to_bytes(_WORD), hashlib.sha256)
            self._block += 1
        taken, self._left = self._left[:count], self._left[count:]
        return taken
