"""Discovery: toolkits learned on one half and confirmed on the other, then fitted on everybody."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from stillwatch.links.confirmation import Confirmation, confirm
from stillwatch.links.members import Fit, fit_members
from stillwatch.links.pairs import surprising_pairs
from stillwatch.links.population import Population
from stillwatch.links.split import split
from stillwatch.links.toolkits import LEAST_SEEDS, RESOLUTIONS, communities, fix_seed, seeds
from stillwatch.links.trait_table import TraitTable

__all__ = ["Candidate", "discover", "widen"]

CLAIMED = 0.7
FOUND_AGAIN = 0.3
CONFIRMED = math.log(1e-3)  # enough to claim principals while searching; the error rate is set later


@dataclass(frozen=True)
class Candidate:
    """A toolkit learned on `half` and its test on the other one."""

    half: int
    fit: Fit
    confirmation: Confirmation


def _parts(population: Population, fit: Fit) -> Iterator[Fit]:
    """The fit, or a fit of each operation in it."""
    parts = split(population, fit)
    if len(parts) == 1:
        yield fit
        return
    for part in parts:
        again = fit_members(population, part)
        if again is not None and len(again.members) >= LEAST_SEEDS:
            yield again


def _search(
    table: TraitTable,
    halves: tuple[Population, Population],
    half: int,
    known: Sequence[tuple[int, np.ndarray]],
    progress: Callable[[float], None],
) -> list[Candidate]:
    """The toolkits that one half shows, each tested on the other."""
    tested: list[Candidate] = []

    def learn(start: np.ndarray) -> None:
        fit = fit_members(halves[half], start)
        if fit is None or len(fit.members) < LEAST_SEEDS:
            return
        for part in _parts(halves[half], fit):
            candidate = Candidate(half, part, confirm(halves[half], halves[1 - half], part))
            tested.append(candidate)
            if candidate.confirmation.log_p < CONFIRMED:
                claimed[part.members] = True

    pairs = surprising_pairs(halves[half])
    claimed = np.zeros(table.principals, bool)
    # Fine communities first: a pure piece grows to its whole group, while a coarse community may hold two groups
    # whose members no later step would part.
    for label in communities(pairs, table.traits):
        progress(0.5 / len(RESOLUTIONS))
        for start in seeds(halves[half], label):
            if claimed[start].mean() <= CLAIMED:
                learn(start)
    for _, start in (one for one in known if one[0] == half):
        if claimed[start].mean() <= FOUND_AGAIN:
            learn(start)
    return tested


def discover(
    table: TraitTable,
    halves: tuple[Population, Population],
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
    known: Sequence[tuple[int, np.ndarray]] = (),
) -> list[Candidate]:
    """Every toolkit that either half shows, each tested on the other half; most surprising first.

    `known`: more starting points, as (half, principals). They come last, and only where little of them was found
    without them: what the log shows by itself is found as if there were none.
    The halves are searched side by side: nothing that one finds changes what the other does.
    """
    done = [0.0]

    def tell(share: float) -> None:
        done[0] += share
        progress(done[0])

    fix_seed(seed)
    with ThreadPoolExecutor(2) as threads:
        found = threads.map(lambda half: _search(table, halves, half, known, tell), (0, 1))
        tested = [candidate for half in found for candidate in half]
    return sorted(tested, key=lambda c: (c.confirmation.log_p, c.half, int(c.fit.members[0])))


def widen(candidates: list[Candidate], everybody: Population, log_p_cut: float) -> list[tuple[Candidate, Fit]]:
    """The confirmed candidates fitted on both halves, each principal in the group that fits it first and best."""
    claimed = np.zeros(everybody.table.principals, bool)
    groups = []
    for candidate in candidates:
        if candidate.confirmation.log_p > log_p_cut:
            continue
        if claimed[candidate.fit.members].mean() > 0.5:
            continue
        fit = fit_members(everybody, candidate.fit.members)
        if fit is None:
            continue
        free = ~claimed[fit.principal]
        members = fit.principal[free & (fit.probability > 0.5)]
        if len(members) < max(3, 0.5 * len(fit.members)):
            continue
        claimed[members] = True
        groups.append(
            (
                candidate,
                Fit(
                    fit.traits,
                    fit.weight,
                    fit.share,
                    fit.base,
                    fit.coverage,
                    fit.principal[free],
                    fit.probability[free],
                ),
            )
        )
    return groups
