"""Replacements: accounts that began after a campaign was stopped and show its toolkit.

The accounts tested had no part in learning the toolkit, so the test is free of selection. As in `confirmation`, channel
groups are taken as independent inside a stratum, here among the later accounts alone: the number of groups that one
account hits is Poisson-binomial, and the count over accounts is bounded by Chernoff's bound. One group hit must be of
behaviour: where somebody lives ties payment, identity and network without any coordination.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Toolkit
from stillwatch.links.channels import BEHAVIOURAL_GROUPS, GROUPS
from stillwatch.links.confirmation import NEEDED, chernoff
from stillwatch.links.population import SHRINK_STRATA
from stillwatch.links.remembered import group_names, toolkit_hits

__all__ = ["Replacement", "chance_of_hits", "find_replacements"]

_BEHAVIOUR = np.array([name in BEHAVIOURAL_GROUPS for name in GROUPS])


@dataclass(frozen=True)
class Replacement:
    """`found` later principals hit `needed` channel groups of one toolkit, where `expected` would by chance.

    `log_p` bounds the chance of that many; it pays for having tried each number of groups.
    """

    accounts: tuple[str, ...]
    account_keys: np.ndarray
    needed: int
    found: int
    expected: float
    log_p: float
    channel_groups: tuple[str, ...]


def chance_of_hits(rate: np.ndarray, needed: int) -> np.ndarray:
    """By row of `rate` (strata x GROUPS): P(at least `needed` groups are hit, one of behaviour among them)."""

    def tail(columns: np.ndarray) -> np.ndarray:
        exactly = np.zeros((len(rate), needed + 1))  # the last column gathers `needed` and more
        exactly[:, 0] = 1.0
        for p in columns.T[:, :, None]:
            more = exactly * p
            exactly = exactly * (1 - p)
            exactly[:, 1:] += more[:, :-1]
            exactly[:, -1:] += more[:, -1:]
        return exactly[:, -1]

    still = np.prod(1 - rate[:, _BEHAVIOUR], axis=1)
    return np.asarray(np.maximum(tail(rate) - still * tail(rate[:, ~_BEHAVIOUR]), 0.0))


def _tested(
    principal: np.ndarray, family: np.ndarray, later: np.ndarray, stratum: np.ndarray
) -> tuple[int, float, float, np.ndarray]:
    """needed, expected, ln p, principals found. `principal` and `family` are distinct hits; `later` by principal."""
    inside = later[principal]
    hit = np.zeros((len(later), len(GROUPS)), bool)
    hit[principal[inside], family[inside]] = True
    size = np.bincount(stratum[later], minlength=int(stratum.max(initial=0)) + 1).astype(float)
    rate = np.zeros((len(size), len(GROUPS)))
    for g in range(len(GROUPS)):
        count = np.bincount(stratum[hit[:, g]], minlength=len(size))
        rate[:, g] = (count + SHRINK_STRATA * count.sum() / max(size.sum(), 1.0)) / (size + SHRINK_STRATA)
    groups, behaves = hit.sum(axis=1), hit[:, _BEHAVIOUR].any(axis=1)
    tried = []
    for needed in NEEDED:
        found = np.flatnonzero((groups >= needed) & behaves)
        expected = float((size * chance_of_hits(rate, needed)).sum())
        tried.append((chernoff(float(len(found)), expected) + math.log(len(NEEDED)), needed, expected, found))
    log_p, needed, expected, found = min(tried, key=lambda one: (one[0], one[1]))
    return needed, expected, min(log_p, 0.0), found


def find_replacements(engine: Engine, toolkits: Sequence[Toolkit], since_us: Sequence[int]) -> list[Replacement | None]:
    """By toolkit: the accounts that fit it among those whose first request came after `since_us`; None where none does.

    Needs `account_totals` and what `find_groups` leaves: principals, trait_rows, trait_labels, channel_families.
    """
    if not toolkits:
        return []
    rows = engine.fetch(load_query("stillwatch.links", "openings"))
    owner, key = rows["principal"].to_numpy().astype(np.int64), rows["account_key"].to_numpy()
    size = int(owner.max(initial=-1)) + 1
    first, stratum = np.full(size, np.iinfo(np.int64).max), np.zeros(size, np.int64)
    np.minimum.at(first, owner, rows["first_us"].to_numpy())
    stratum[owner] = rows["stratum"].to_numpy()
    hits = toolkit_hits(engine, toolkits)
    toolkit, principal, family = (hits[name].to_numpy().astype(np.int64) for name in ("toolkit", "principal", "family"))
    answers: list[Replacement | None] = []
    for place, since in enumerate(since_us):
        here = toolkit == place
        needed, expected, log_p, found = _tested(principal[here], family[here], first > since, stratum)
        if len(found) == 0:
            answers.append(None)
            continue
        mine = np.flatnonzero(np.isin(owner, found))
        shown = here & np.isin(principal, found)
        answers.append(
            Replacement(
                accounts=tuple(rows["account_id"].take(mine).to_pylist()),
                account_keys=key[mine],
                needed=needed,
                found=len(found),
                expected=expected,
                log_p=log_p,
                channel_groups=group_names(family[shown]),
            )
        )
    return answers
