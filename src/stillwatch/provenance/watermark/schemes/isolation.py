"""Do two keys mark apart? Engines' own key schedules do not all keep them so; whom a test names depends on it.

If text marked under one key scores under another, an innocent account is accused. So before keys by account are given
out, and before they are tested, those in use are compared by what reaches the mark of them, and refused if they meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key, layer_keys
from stillwatch.provenance.watermark.schemes.hf_kgw import HfKgw
from stillwatch.provenance.watermark.schemes.hf_synthid import HfSynthid
from stillwatch.provenance.watermark.schemes.murmur import key_state
from stillwatch.provenance.watermark.schemes.scheme import Scheme
from stillwatch.provenance.watermark.schemes.sglang_gumbel import SglangGumbel
from stillwatch.provenance.watermark.schemes.vllm_dual import VllmDualGumbel
from stillwatch.provenance.watermark.schemes.vllm_gumbel import VllmGumbel

__all__ = ["MOST_SHARED", "meeting_keys", "require_isolated", "strangers"]

MOST_SHARED = 1 / 512
"""Share of green lists that two keys may have in common; chance alone gives 2^-32, and 1 of 512 moves no test."""
_CONTEXTS = 1024


def meeting_keys(scheme: Scheme, keys: Sequence[bytes]) -> list[tuple[int, int, float]]:
    """Pairs (i, j) of keys that do not mark apart, with the share of marks they have in common: of green lists, of
    layers, or 1 where the whole key meets. One by one this would be a comparison a pair; sorting finds them at
    once."""
    if isinstance(scheme, HfSynthid):
        return _shared(_layers(scheme, keys), 0.0)
    if isinstance(scheme, HfKgw):
        contexts = np.arange(1, _CONTEXTS + 1, dtype=np.int32)
        tokens = np.resize(np.arange(1, 9, dtype=np.int32), _CONTEXTS)
        windows = np.repeat(contexts[:, None], scheme.width, axis=1)
        seeds = [scheme.seeds(windows, tokens, key) for key in keys]
        return _shared(np.array(seeds, np.uint64).reshape(-1, _CONTEXTS), MOST_SHARED)
    states = np.array(_states(scheme, keys), object)
    return _shared(np.unique(states, return_inverse=True)[1].reshape(-1, 1), 0.0)


def require_isolated(scheme: Scheme, keys: Sequence[bytes], names: Sequence[str] | None = None) -> None:
    """Raise BadSettings if any two of the keys share marks. `names` are public key ids for the message."""
    met = meeting_keys(scheme, keys)
    if not met:
        return
    i, j, share = max(met, key=lambda pair: pair[2])
    one, other = (names[i], names[j]) if names else (f"key {i + 1}", f"key {j + 1}")
    remedy = (
        "SynthID as Hugging Face ships it tells 65,536 keys a layer apart: keep it to one key a cohort, and use "
        "vllm-gumbel, kgw or gumbel for keys by account."
        if isinstance(scheme, HfSynthid)
        else "Derive one of the two anew (another epoch), or use a scheme with longer keys: kgw or gumbel."
    )
    raise BadSettings(
        f"{scheme.name}: {one} and {other} share {share:.1%} of their marks, so text of one may accuse the other "
        f"({len(met)} such pairs of {len(keys)} keys). {remedy}"
    )


def strangers(scheme: Scheme, keys: Sequence[bytes], drawn: Sequence[bytes]) -> NDArray[np.bool_]:
    """bool[drawn]: which of them share no marks with any of `keys`. For keys drawn at random, which can meet only where
    little of a key reaches the mark: a layer of SynthID's, 32 bits of SGLang's, else the whole key."""
    if isinstance(scheme, HfSynthid):
        met = np.isin(_layers(scheme, drawn), _layers(scheme, keys))
        return np.asarray(~met.any(axis=1), np.bool_)
    taken = set(_states(scheme, keys))
    return np.array([state not in taken for state in _states(scheme, drawn)], np.bool_)


def _layers(scheme: HfSynthid, keys: Sequence[bytes]) -> NDArray[np.int64]:
    """int64[keys, depth]: where each layer of each key points into the table."""
    numbers = np.array([layer_keys(key, scheme.depth) for key in keys], np.int64) & (scheme.table - 1)
    return np.asarray(numbers.reshape(-1, scheme.depth))


def _states(scheme: Scheme, keys: Sequence[bytes]) -> list[int]:
    """What of each key reaches the mark, as one number."""
    if isinstance(scheme, SglangGumbel):
        return [_sglang_state(scheme, key) for key in keys]
    if isinstance(scheme, VllmGumbel | VllmDualGumbel | HfKgw):
        return [engine_key(key) for key in keys]
    return [int.from_bytes(key[:16]) for key in keys]


def _sglang_state(scheme: SglangGumbel, key: bytes) -> int:
    first = int(key_state(np.uint64(engine_key(key))))
    return first << 64 | int.from_bytes(key[8:16]) if scheme.dual else first


def _shared(numbers: NDArray[np.int64] | NDArray[np.uint64], most: float) -> list[tuple[int, int, float]]:
    """Rows of numbers, one a key: pairs of rows with more than this share of them in common, in whatever column."""
    rows = np.repeat(np.arange(len(numbers)), numbers.shape[1])
    distinct = [len(np.unique(row)) for row in numbers]
    order = np.argsort(numbers, axis=None, kind="stable")
    flat, rows = numbers.ravel()[order], rows[order]
    ends = np.flatnonzero(np.append(flat[1:] != flat[:-1], True)) + 1
    starts = np.insert(ends[:-1], 0, 0) if len(ends) else ends
    counts: Counter[tuple[int, int]] = Counter()
    for start, end in zip(starts, ends, strict=True):
        if end - start > 1:
            counts.update(combinations(sorted(set(rows[start:end].tolist())), 2))
    shares = ((i, j, count / min(distinct[i], distinct[j])) for (i, j), count in sorted(counts.items()))
    return [pair for pair in shares if pair[2] > most]
