"""Compiled loops over the sparse table of traits: what members have, how well everybody fits, who meets a community.

Each takes plain arrays and does what a chain of sorts over the same arrays would do, in one pass.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = [
    "best_weights",
    "community_hits",
    "expected_together",
    "held_together",
    "mixed_rates",
    "summed_scores",
    "weighted_counts",
]

NOBODY = np.empty(0, np.int32)


@numba.njit(cache=True, nogil=True)
def weighted_counts(starts, traits, principals, weights, least, scratch, met, counts):  # type: ignore[no-untyped-def]
    """Sum the weights, above 0, of the principals that have a trait; returns how many traits have `least` or more.

    Those and their sums go to `met` and `counts`, in no order. `starts` and `traits` are rows by principal; `scratch`
    (float64 by trait) is 0 everywhere before and after: a log has many more traits than a group has, so a look at all
    of them would take longer than the sum.
    """
    found = 0
    for place in range(len(principals)):
        weight = weights[place]
        for row in range(starts[principals[place]], starts[principals[place] + 1]):
            trait = traits[row]
            if scratch[trait] == 0.0:
                met[found] = trait
                found += 1
            scratch[trait] += weight
    enough = 0
    for place in range(found):
        trait = met[place]
        if scratch[trait] >= least:
            met[enough] = trait
            counts[enough] = scratch[trait]
            enough += 1
        scratch[trait] = 0.0
    return enough


@numba.njit(cache=True, nogil=True)
def mixed_rates(starts, strata, counts, chosen, mix, rates):  # type: ignore[no-untyped-def]
    """Write to `rates`, by chosen trait, the sum over strata of its count times the stratum's `mix`.

    `starts`, `strata` and `counts` are rows by trait.
    """
    for place in range(len(chosen)):
        total = 0.0
        for row in range(starts[chosen[place]], starts[chosen[place] + 1]):
            total += counts[row] * mix[strata[row]]
        rates[place] = total


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
    trait after another, with a counter for each that it may meet: pairs that are dropped take no memory. A trait meets
    those before it, up to where its family's run of numbers begins: most of what a principal has is of one family.
    """
    count = np.zeros(len(held), np.int32)
    met = np.empty(len(held), np.int32)
    room, found = 1024, 0
    t1, t2, o = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
    run = 0
    for trait in range(len(held)):
        if families[trait] != families[run]:
            run = trait
        others = 0
        for place in range(starts[trait], starts[trait + 1]):
            row = rows[principals[place]]
            while traits[row] < run:
                other = traits[row]
                if families[other] != families[trait]:
                    if count[other] == 0:
                        met[others] = other
                        others += 1
                    count[other] += 1
                row += 1
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
                t1[found], t2[found], o[found] = other, trait, both
                found += 1
    return t1[:found], t2[:found], o[:found]


@numba.njit(cache=True, nogil=True)
def _in_vain(counts, weights, families, width, needed):  # type: ignore[no-untyped-def]
    """Which traits, the commonest first, may be had all together without the best of each family adding to `needed`."""
    top = np.zeros(width)
    total = 0.0
    vain = np.zeros(len(counts), np.bool_)
    for place in np.argsort(-counts):
        more = max(weights[place] - top[families[place]], 0.0)
        if total + more < needed:
            vain[place] = True
            total += more
            top[families[place]] += more
    return vain


@numba.njit(cache=True, nogil=True)
def _best(starts, principals, chosen, weights, families, vain, slot, met, best, count):  # type: ignore[no-untyped-def]
    for open_to_all in (True, False):
        for place in range(len(chosen)):
            if vain[place] == open_to_all:
                continue
            family, weight = families[place], weights[place]
            for row in range(starts[chosen[place]], starts[chosen[place] + 1]):
                who = slot[principals[row]]
                if who < 0:
                    if not open_to_all:
                        continue
                    who = count
                    slot[principals[row]] = who
                    met[who] = principals[row]
                    best[who] = 0.0
                    count += 1
                if weight > best[who, family]:
                    best[who, family] = weight
    for place in range(count):
        slot[met[place]] = -1
    return count


def best_weights(
    starts: np.ndarray,
    principals: np.ndarray,
    chosen: np.ndarray,
    weights: np.ndarray,
    families: np.ndarray,
    slot: np.ndarray,
    width: int,
    first: np.ndarray = NOBODY,
    needed: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Principals that have any chosen trait, and by family the largest weight (above 0) each of them has, or 0.

    `first`: principals that come first, in their order and whatever they have; the others come in no order. Others
    whose weights cannot add up to `needed` may be left out: those who have nothing but what is common and says little
    are nearly everybody. `starts` and `principals` are rows by trait; `slot` is scratch, int32 by principal, -1
    everywhere before and after.
    """
    counts = starts[chosen + 1] - starts[chosen]
    vain = _in_vain(counts, weights, families, width, needed)
    room = min(len(first) + int(counts[~vain].sum()), len(slot))
    met, best = np.empty(room, np.int32), np.empty((room, width))
    met[: len(first)] = first
    best[: len(first)] = 0.0
    slot[first] = np.arange(len(first))
    count = _best(starts, principals, chosen, weights, families, vain, slot, met, best, len(first))
    return met[:count], best[:count]


@numba.njit(cache=True, nogil=True)
def summed_scores(principals, best, known, missing, needed, scores):  # type: ignore[no-untyped-def]
    """Write to `scores` each principal's sum over families: of its `best` weight, or of `missing` where that is 0.

    A family that the log says nothing of adds nothing: `known` is by principal and family. `missing` is never above 0,
    so who has not `needed` without it gets minus infinity at once, as has who has no weight at all: nearly everybody.
    Added up by halves, as numpy adds a row of eight.
    """
    width = best.shape[1]
    parts = np.empty(width)
    for place in range(len(principals)):
        most = 0.0
        for family in range(width):
            most += best[place, family]
        if most == 0.0 or most < needed:
            scores[place] = -np.inf
            continue
        for family in range(width):
            weight = best[place, family]
            parts[family] = 0.0
            if known[principals[place], family]:
                parts[family] = weight if weight > 0 else missing[family]
        step = 1
        while step < width:
            for family in range(0, width - step, 2 * step):
                parts[family] += parts[family + step]
            step *= 2
        scores[place] = parts[0]


@numba.njit(cache=True, nogil=True)
def community_hits(starts, traits, communities, families, least, who, where, hits):  # type: ignore[no-untyped-def]
    """Principals that have traits of one community in `least` families or more, written to the last three arrays.

    `starts` and `traits` are rows by principal; `communities` (-1: none) and `families` are by trait. Returns how many
    were written; the outputs need room for rows / least. A principal's rows are few (some 64), so the search in them is
    linear.
    """
    longest = 0
    for principal in range(len(starts) - 1):
        longest = max(longest, starts[principal + 1] - starts[principal])
    seen = np.empty((longest, 2), np.int64)  # of the present principal: community, families as bits
    written = 0
    for principal in range(len(starts) - 1):
        count = 0
        for row in range(starts[principal], starts[principal + 1]):
            community = communities[traits[row]]
            if community >= 0:
                place = 0
                while place < count and seen[place, 0] != community:
                    place += 1
                if place == count:
                    seen[place, 0] = community
                    seen[place, 1] = 0
                    count += 1
                seen[place, 1] |= 1 << families[traits[row]]
        for place in range(count):
            bits = seen[place, 1]
            families_hit = 0
            while bits:
                bits &= bits - 1
                families_hit += 1
            if families_hit >= least:
                who[written] = principal
                where[written] = seen[place, 0]
                hits[written] = families_hit
                written += 1
    return written
