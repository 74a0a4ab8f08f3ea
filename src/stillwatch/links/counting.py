"""Compiled loops over the sparse table of traits: what members have, how well everybody fits, who meets a community.

Each takes plain arrays and does what a chain of sorts over the same arrays would do, in one pass.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["best_weights", "community_hits", "expected_together", "held_together", "weighted_counts"]


@numba.njit(cache=True, nogil=True)
def weighted_counts(starts, traits, principals, weights, counts):  # type: ignore[no-untyped-def]
    """Add each principal's weight to `counts` of every trait it has; `starts` and `traits` are rows by principal."""
    for place in range(len(principals)):
        weight = weights[place]
        for row in range(starts[principals[place]], starts[principals[place] + 1]):
            counts[traits[row]] += weight


@numba.njit(cache=True, nogil=True)
def expected_together(starts, strata, counts, sizes, t1, t2, more1, more2, expected):  # type: ignore[no-untyped-def]
    """Write to `expected`, by pair of traits, the sum over strata of (n1 + more1) (n2 + more2) / size.

    `starts`, `strata` (ascending) and `counts` are rows by trait; a stratum that either trait lacks adds nothing.
    """
    for pair in range(len(t1)):
        left, left_end = starts[t1[pair]], starts[t1[pair] + 1]
        right, right_end = starts[t2[pair]], starts[t2[pair] + 1]
        total = 0.0
        while left < left_end and right < right_end:
            if strata[left] == strata[right]:
                both = (counts[left] + more1[pair]) * (counts[right] + more2[pair])
                total += both / sizes[strata[left]]
                left += 1
                right += 1
            elif strata[left] < strata[right]:
                left += 1
            else:
                right += 1
        expected[pair] = total


@numba.njit(cache=True, nogil=True)
def held_together(starts, principals, rows, traits, families, held, size, least_z):  # type: ignore[no-untyped-def]
    """Pairs of traits of different families that two principals or more have, in arrays t1 < t2 (int32) and o (int64).

    Only pairs with o beyond n1 n2 / size by `least_z` times sqrt(n1 n2 / size + 0.2). `starts`, `principals` are rows
    by trait; `rows`, `traits` (ascending) are rows by principal; `held` (float64) is how many have each trait. One
    trait after another, with a counter for each that it may meet: pairs that are dropped take no memory.
    """
    count = np.zeros(len(held), np.int32)
    met = np.empty(len(held), np.int32)
    room, found = 1024, 0
    t1, t2, o = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
    for trait in range(len(held)):
        others = 0
        for place in range(starts[trait], starts[trait + 1]):
            row = rows[principals[place] + 1] - 1
            while traits[row] > trait:
                other = traits[row]
                if families[other] != families[trait]:
                    if count[other] == 0:
                        met[others] = other
                        others += 1
                    count[other] += 1
                row -= 1
        for place in range(others):
            other = met[place]
            both = count[other]
            count[other] = 0
            expected = held[trait] * held[other] / size
            if both >= 2 and both - expected > least_z * np.sqrt(expected + 0.2):
                if found == room:
                    room *= 2
                    t1, t2 = np.append(t1, np.empty_like(t1)), np.append(t2, np.empty_like(t2))
                    o = np.append(o, np.empty_like(o))
                t1[found], t2[found], o[found] = trait, other, both
                found += 1
    return t1[:found], t2[:found], o[:found]


@numba.njit(cache=True, nogil=True)
def _meet(starts, principals, chosen, slot, met):  # type: ignore[no-untyped-def]
    """Number everybody who has any of the chosen traits; returns how many. `slot` is -1 for those not met."""
    count = 0
    for trait in chosen:
        for row in range(starts[trait], starts[trait + 1]):
            who = principals[row]
            if slot[who] < 0:
                slot[who] = count
                met[count] = who
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _raise(starts, principals, chosen, weights, families, slot, best):  # type: ignore[no-untyped-def]
    for place in range(len(chosen)):
        family = families[place]
        weight = weights[place]
        for row in range(starts[chosen[place]], starts[chosen[place] + 1]):
            who = slot[principals[row]]
            if weight > best[who, family]:
                best[who, family] = weight


def best_weights(
    starts: np.ndarray,
    principals: np.ndarray,
    chosen: np.ndarray,
    weights: np.ndarray,
    families: np.ndarray,
    slot: np.ndarray,
    width: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Principals that have any chosen trait, ascending, and by family the largest weight each of them has (or 0).

    `starts` and `principals` are rows by trait; `slot` is scratch, int32 by principal, -1 everywhere before and after.
    """
    rows = int((starts[chosen + 1] - starts[chosen]).sum())
    met = np.empty(min(rows, len(slot)), np.int32)
    met = np.sort(met[: _meet(starts, principals, chosen, slot, met)])
    slot[met] = np.arange(len(met), dtype=np.int32)
    best = np.zeros((len(met), width))
    _raise(starts, principals, chosen, weights, families, slot, best)
    slot[met] = -1
    return met.astype(np.int64), best


@numba.njit(cache=True, nogil=True)
def community_hits(principals, communities, families, least, who, where, hits):  # type: ignore[no-untyped-def]
    """Principals that have traits of one community in `least` families or more, written to the last three arrays.

    The first three are rows sorted by principal (community -1: none). Returns how many were written; the outputs need
    room for rows / least. A principal's rows are few (some 64), so the search in them is linear.
    """
    longest = run = 0
    for row in range(len(principals)):
        run = run + 1 if row and principals[row] == principals[row - 1] else 1
        longest = max(longest, run)
    seen = np.empty((longest, 2), np.int64)  # of the present principal: community, families as bits
    written = 0
    start = 0
    while start < len(principals):
        end = start
        count = 0
        while end < len(principals) and principals[end] == principals[start]:
            community = communities[end]
            if community >= 0:
                place = 0
                while place < count and seen[place, 0] != community:
                    place += 1
                if place == count:
                    seen[place, 0] = community
                    seen[place, 1] = 0
                    count += 1
                seen[place, 1] |= 1 << families[end]
            end += 1
        for place in range(count):
            bits = seen[place, 1]
            families_hit = 0
            while bits:
                bits &= bits - 1
                families_hit += 1
            if families_hit >= least:
                who[written] = principals[start]
                where[written] = seen[place, 0]
                hits[written] = families_hit
                written += 1
        start = end
    return written
