"""Near matches of prompts with public seed sets of distillation, by fingerprints that hold no text.

A seed (one instruction of a public set) is known by up to four of its runs of five words, hashed; only runs that no
other seed has are used, and of those the smallest hashes (bottom-k sampling; Broder, 1997). A prompt matches a seed
by the share of the seed's runs that it holds, so a seed inside somebody's template is found too. The hashes have no
key, because the sets are public: matching happens while a prompt is read, and only the share is kept.
"""

# numba, not mypy, infers the types in compiled functions
# mypy: disable-error-code="no-untyped-def, assignment"
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.sketches.buffers import Text, text_of

__all__ = ["LEAST_WORDS", "PER_SEED", "Seeds", "make_fingerprints", "packaged_seeds", "seed_matches"]

RUN = 5  # words
PER_SEED = 4
LEAST_WORDS = 8  # a shorter seed is what anybody might ask
KEY_BYTES = 5
MOST_BYTES = 1 << 14  # of a prompt: what lies beyond is not looked at
_RECENT = 16  # seeds whose runs are counted at one time: of more, only the last matter
_BLOOM_BITS = 21
_KEY_MASK = np.uint64((1 << 8 * KEY_BYTES) - 1)
_BASE, _SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_DROP = np.uint64(pow(int(_BASE), RUN - 1, 1 << 64))
_ZERO, _ONE, _SIX, _LOW, _LAST_BIT = (np.uint64(value) for value in (0, 1, 6, 8 * KEY_BYTES - _BLOOM_BITS, 63))
_TURN, _BACK, _HALF = np.uint64(7), np.uint64(57), np.uint64(29)

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """An open-addressed table of runs: `keys` (0: free), the `seed` of each, and how many runs each seed has."""

    keys: Keys
    seed: NDArray[np.int32]
    runs: NDArray[np.int32]
    bloom: Keys

    @classmethod
    def of(cls, packed: bytes) -> Seeds:
        """From the packaged form: a byte for each seed's count of runs (0 ends them), then five bytes a run."""
        ends = packed.index(0)
        runs = np.frombuffer(packed, np.uint8, ends).astype(np.int32)
        flat = np.frombuffer(packed, np.uint8, offset=ends + 1).reshape(-1, KEY_BYTES)
        padded = np.zeros((len(flat), 8), np.uint8)
        padded[:, :KEY_BYTES] = flat
        entries = padded.view(np.uint64).ravel()
        size = 1 << max(4, int(2 * len(entries)).bit_length())
        keys, seed = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        bloom = np.zeros(1 << (_BLOOM_BITS - 6), np.uint64)
        _fill(entries, np.repeat(np.arange(len(runs), dtype=np.int32), runs), keys, seed, bloom)
        return cls(keys, seed, runs, bloom)


@numba.njit(cache=True, nogil=True)
def _fill(entries, owner, keys, seed, bloom):
    last = np.uint64(len(keys) - 1)
    for k in range(len(entries)):
        slot = entries[k] & last
        while keys[slot] != 0:
            slot = (slot + _ONE) & last
        keys[slot] = entries[k]
        seed[slot] = owner[k]
        bit = entries[k] >> _LOW
        bloom[bit >> _SIX] |= _ONE << (bit & _LAST_BIT)


@numba.njit(cache=True, nogil=True)
def _runs(data, begin, end, letters, words, out):
    """Keys of all runs of data[begin:end] into `out`; (runs, words). `words` is room for as many words.

    No branch and no product in the loop over bytes: where words end cannot be foretold. Places are unsigned, or numba
    would look at each for a sign.
    """
    h = run = w0 = w1 = w2 = w3 = w4 = _ZERO
    count = _ZERO
    i, last = np.uint64(begin), np.uint64(end)
    while i < last:
        c = letters[data[i]]
        words[count] = h
        stop = np.uint64(c == _ZERO)
        count += stop & np.uint64(h != _ZERO)
        h = ((h << _TURN | h >> _BACK) ^ c) & (stop - _ONE)
        i += _ONE
    words[count] = h
    count += np.uint64(h != _ZERO)
    found = 0
    for k in range(count):
        h = words[k] * _SPREAD
        h ^= h >> _HALF
        run = (run - w0 * _DROP) * _BASE + h
        w0, w1, w2, w3, w4 = w1, w2, w3, w4, h
        if k + 1 >= RUN:
            key = run * _SPREAD
            key = (key ^ key >> _HALF) & _KEY_MASK
            out[found] = key if key != _ZERO else _ONE
            found += 1
    return found, np.int64(count)


@numba.njit(cache=True, nogil=True)
def _best(found, keys, seed, runs, recent, hit):
    """Per mille of the runs of the best seed among the keys `found`; each of its runs counts once."""
    last = np.uint64(len(keys) - 1)
    used = best = 0
    for key in found:
        slot = key & last
        while keys[slot] != 0 and keys[slot] != key:
            slot = (slot + _ONE) & last
        if keys[slot] == 0:
            continue
        place = -1
        for k in range(min(used, _RECENT)):
            if recent[k] == seed[slot]:
                place = k
        if place < 0:
            place = used % _RECENT
            used += 1
            recent[place] = seed[slot]
            hit[place, :] = 0
        for k in range(PER_SEED):
            if hit[place, k] == key:
                break
            if hit[place, k] == 0:
                hit[place, k] = key
                best = max(best, 1000 * (k + 1) // runs[seed[slot]])
                break
    return best


@numba.njit(cache=True, nogil=True)
def _matches(data, offsets, valid, letters, keys, seed, runs, bloom, out):
    recent, hit = np.zeros(_RECENT, np.int32), np.zeros((_RECENT, PER_SEED), np.uint64)
    room, words = np.zeros(MOST_BYTES + 1, np.uint64), np.zeros(MOST_BYTES + 1, np.uint64)
    for row in range(len(out)):
        if not valid[row]:
            continue
        end = min(offsets[row + 1], offsets[row] + MOST_BYTES)
        count, _ = _runs(data, offsets[row], end, letters, words, room)
        maybe = 0
        for k in range(count):
            bit = room[k] >> _LOW
            room[maybe] = room[k]
            maybe += np.int64(bloom[bit >> _SIX] >> (bit & _LAST_BIT) & _ONE)
        if maybe > 0:
            out[row] = _best(room[:maybe], keys, seed, runs, recent, hit)


@lru_cache(maxsize=1)
def _letters() -> Keys:
    """What each byte is to a word: itself, in lower case; 0 parts words."""
    table = np.zeros(256, np.uint64)
    for code in range(256):
        if code >= 128 or chr(code).isalnum():
            table[code] = ord(chr(code).lower()) if code < 128 else code
    return table


@lru_cache(maxsize=1)
def packaged_seeds() -> Seeds:
    """The sets that the package carries: docs/signals/known-seed-sets.md names them."""
    return Seeds.of((resources.files("stillwatch.sketches") / "seeds.bin").read_bytes())


def seed_matches(text: Text, seeds: Seeds | None = None) -> NDArray[np.int16]:
    """For each text the per mille of the best-matched seed's runs that it holds; 0 where it is not valid."""
    table = packaged_seeds() if seeds is None else seeds
    out = np.zeros(len(text), np.int16)
    _matches(text.data, text.offsets, text.valid, _letters(), table.keys, table.seed, table.runs, table.bloom, out)
    return out


def make_fingerprints(texts: Iterable[str]) -> bytes:
    """The packaged form of these seeds, for `Seeds.of`. Seeds that are short, or hold fewer than two runs of their own,
    are left out; of equal ones the first counts."""
    text = text_of(pa.array(list(dict.fromkeys(texts)), pa.large_string()))
    found: list[Keys] = []
    seen: set[bytes] = set()
    room, words_of = np.zeros(len(text.data) + 1, np.uint64), np.zeros(len(text.data) + 1, np.uint64)
    for row in range(len(text)):
        count, words = _runs(text.data, text.offsets[row], text.offsets[row + 1], _letters(), words_of, room)
        keys = np.unique(room[:count])
        if words >= LEAST_WORDS and keys.tobytes() not in seen:
            seen.add(keys.tobytes())
            found.append(keys)
    owner = np.repeat(np.arange(len(found)), [len(keys) for keys in found])
    flat = np.concatenate([*found, np.zeros(0, np.uint64)])
    _, place, times = np.unique(flat, return_inverse=True, return_counts=True)
    owner, flat = owner[times[place] == 1], flat[times[place] == 1]  # still by seed, and by hash within a seed
    counts = np.bincount(owner, minlength=len(found))
    rank = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    kept = (rank < PER_SEED) & (counts[owner] >= 2)
    runs = np.minimum(counts[counts >= 2], PER_SEED).astype(np.uint8)
    packed = np.ascontiguousarray(flat[kept]).view(np.uint8).reshape(-1, 8)[:, :KEY_BYTES]
    return runs.tobytes() + b"\0" + packed.tobytes()
