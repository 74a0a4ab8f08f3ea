"""The wording channel as a scheme: the same tests, tails, decoys and key levels as marks made in sampling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.canaries.questions import WIDEST, Counts
from stillwatch.provenance.canaries.table import wording_table
from stillwatch.provenance.watermark.laws import Bernoulli
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import halves, key_halves, mixed

__all__ = ["Wording", "majority_pairs", "wording_named"]

_TOP = np.uint64(63)
_NAME = re.compile(r"wording(?::(?:table=(\d{1,6}))?,?(?:width=(\d{1,3}))?)?")


@dataclass(frozen=True)
class Wording:
    """`width` content words before a choice enter its context. 0 is one fixed preference an account and choice: the
    only one that a student learns with ease, and the only one that a reader can steal with ease.

    A pair's token is the answer that the text gave, its value 1 where the key gives the same. The table's version is
    part of the name: another table has other keys.
    """

    width: int = 2
    table: int = 0
    padded: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.width <= WIDEST:
            raise ValueError(f"width is 0 to {WIDEST} words")
        if not self.table:
            object.__setattr__(self, "table", wording_table().version)
        if self.table != wording_table().version:
            raise ValueError(f"this installation has table {wording_table().version}, not {self.table}")

    @property
    def name(self) -> str:
        return f"wording:table={self.table},width={self.width}"

    @property
    def law(self) -> Bernoulli:
        return Bernoulli(0.5)

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        return np.asarray(_agreement(pairs.hashes, pairs.tokens, *halves(key)))

    def answers(self, hashes: NDArray[np.uint64], key: bytes) -> NDArray[np.int32]:
        """The key's answer, 0 or 1, to each question."""
        return np.asarray(_answers(hashes, *halves(key)))

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        both = key_halves(keys)
        sums = _agreement_totals(pairs.hashes, pairs.tokens, np.ascontiguousarray(weights), both)
        return np.asarray(sums - 0.5 * weights.sum())


def wording_named(name: str) -> Wording:
    """The scheme of a name such as "wording:width=2"."""
    found = _NAME.fullmatch(name)
    if not found:
        raise BadSettings(f"{name!r}: is no wording scheme. Write wording:width=2 (0 to {WIDEST} words).")
    table, width = found.groups()
    try:
        return Wording(int(width) if width else 2, int(table) if table else 0)
    except ValueError as error:
        raise BadSettings(f"scheme {name!r}: {error}.") from None


def majority_pairs(counts: Counts) -> Pairs:
    """Each question once, with the answer that the text gave more often; those answered both ways alike say nothing.

    Which answer won is not the key's choice under the null, so the value stays a fair coin.
    """
    net = counts.yes - counts.no
    said = net != 0
    answers = (net > 0).astype(np.int32)
    return Pairs(
        counts.hashes, np.full((len(counts), 0), -1, np.int32), answers, counts.yes + counts.no, counts.positions
    ).take(said)


@numba.njit(cache=True, nogil=True)
def _answers(hashes: NDArray[np.uint64], first: np.uint64, second: np.uint64) -> NDArray[np.int32]:
    out = np.empty(len(hashes), np.int32)
    for i in range(len(hashes)):
        out[i] = np.int32(mixed(hashes[i], first, second) >> _TOP)
    return out


@numba.njit(cache=True, nogil=True)
def _agreement(
    hashes: NDArray[np.uint64], tokens: NDArray[np.int32], first: np.uint64, second: np.uint64
) -> NDArray[np.float64]:
    out = np.empty(len(hashes), np.float64)
    for i in range(len(hashes)):
        out[i] = 1.0 if np.int32(mixed(hashes[i], first, second) >> _TOP) == tokens[i] else 0.0
    return out


@numba.njit(cache=True, nogil=True, parallel=True)
def _agreement_totals(
    hashes: NDArray[np.uint64], tokens: NDArray[np.int32], weights: NDArray[np.float64], keys: NDArray[np.uint64]
) -> NDArray[np.float64]:
    out = np.zeros(len(keys), np.float64)
    for k in numba.prange(len(keys)):
        total = 0.0
        for i in range(len(hashes)):
            agrees = np.int32(mixed(hashes[i], keys[k, 0], keys[k, 1]) >> _TOP) == tokens[i]
            total += weights[i] if agrees else 0.0
        out[k] = total
    return out
