"""All steps of linking, in order: principals, traits, pairs, toolkits, members, confirmation, kernels, owners."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Group, Link, Member, Mixture, Toolkit
from stillwatch.links.assemble import Directory, exact_p, group_id, mixture_group, toolkit_links, weakest_first
from stillwatch.links.channels import BEHAVIOURAL_GROUPS
from stillwatch.links.confirmation import leave_one_out
from stillwatch.links.decoys import decoy_log_p
from stillwatch.links.discovery import Candidate, discover, widen
from stillwatch.links.handoffs import HandOffs, find_handoffs
from stillwatch.links.kernels import find_kernels, kernel_links
from stillwatch.links.members import Fit
from stillwatch.links.names import TraitNames
from stillwatch.links.owners import find_owners
from stillwatch.links.population import Population
from stillwatch.links.principals import build_principals
from stillwatch.links.remembered import known_starts, write_down
from stillwatch.links.ties import Ties, find_ties
from stillwatch.links.trait_table import keep_traits
from stillwatch.links.traits import build_traits, with_tasks

__all__ = ["Linking", "find_groups"]

LEAST_TIES = 3  # channel groups, one of them behavioural
CANDIDATE = math.log(1e-2)  # looser than any budget: what follows from the budget is decided in campaigns
SAMPLE = 2000  # random accounts that show how often innocent accounts have so close a partner
# Hand-offs between two groups that make them one: so many, and so far beyond chance (nats).
SAME_OPERATION, SURPRISING = 3, 10.0


@dataclass(frozen=True)
class Linking:
    """Groups, strongest first, with what their error rate rests on."""

    groups: tuple[Group, ...]
    keys: dict[str, np.ndarray]  # account keys by group id
    tested_log_p: np.ndarray  # of every toolkit tested, ascending: the family for the false-discovery rate
    decoy_log_p: np.ndarray  # of every toolkit found among shuffled traits, ascending
    traits: dict[str, int]  # rows by channel
    linked_share: float  # of random accounts, how many have a partner as close as a kernel's
    accounts: int
    without_behaviour: int  # confirmed, but tied only by where and how people live: never a candidate
    toolkits: dict[str, tuple[Toolkit, ...]] = field(default_factory=dict)  # by group id: what it was learned as


def _joined(groups: list[tuple[Candidate, Fit]], handoffs: HandOffs, people: Directory) -> list[list[int]]:
    """Places of the groups, those that hand work to each other, more than strangers would, together."""
    keys = [people.keys_of(fit.members) for _, fit in groups]
    home = list(range(len(groups)))
    for i, j in handoffs.partners(keys, SAME_OPERATION):
        if home[i] != home[j] and handoffs.surprise(keys[i], keys[j], len(people)) > SURPRISING:
            home = [home[j] if h == home[i] else h for h in home]
    return [[i for i in range(len(groups)) if home[i] == h] for h in sorted(set(home))]


def _toolkits(
    engine: Engine,
    handoffs: HandOffs,
    people: Directory,
    seed: int,
    progress: Callable[[float], None],
    remembered: Sequence[Toolkit],
) -> tuple[list[Group], dict[str, np.ndarray], np.ndarray, np.ndarray, int, dict[str, tuple[Toolkit, ...]]]:
    table = keep_traits(engine, busy=with_tasks(engine))
    if table.traits == 0:
        return [], {}, np.empty(0), np.empty(0), 0, {}
    halves = (Population(table, table.half == 0), Population(table, table.half == 1))
    starts = known_starts(engine, table, remembered)
    tested = discover(table, halves, seed, progress, starts)
    found = widen(tested, Population(table, np.ones(table.principals, bool)), CANDIDATE)
    names = TraitNames(engine)
    groups, unbehaved = [], 0
    keys, toolkits = {}, {}
    for places in _joined(found, handoffs, people):
        parts = [found[i] for i in places]
        links: dict[tuple[str, str], Link] = {}
        ties: set[str] = set()
        for _, fit in parts:
            part_links, part_ties = toolkit_links(table, fit, names)
            links |= {(link.channel, link.value): link for link in part_links}
            ties.update(part_ties)
        if len(ties) < LEAST_TIES or not ties & BEHAVIOURAL_GROUPS:
            unbehaved += 1
            continue
        members: tuple[Member, ...] = ()
        for _, fit in parts:
            sure = fit.probability > 0.5
            members += people.members(fit.principal[sure], fit.probability[sure])
        strongest = min(parts, key=lambda part: part[0].confirmation.log_p)[0]
        best = strongest.confirmation
        mine = np.unique(people.keys_of(np.concatenate([fit.members for _, fit in parts])))
        without = leave_one_out(halves[strongest.half], halves[1 - strongest.half], strongest.fit)
        groups.append(
            Group(
                id=group_id([member.account_id for member in members]),
                origin="toolkit",
                members=members,
                p_value=exact_p(best.log_p),
                links=tuple(links.values()),
                channel_groups=tuple(sorted(ties)),
                expected=round(best.expected, 4),
                without=weakest_first(without),
                reasons=handoffs.reasons(mine, len(people)),
            )
        )
        keys[groups[-1].id] = mine
        toolkits[groups[-1].id] = tuple(write_down(table, c.half, c.fit, names) for c, _ in parts)
    tested_log_p = np.sort(np.array([candidate.confirmation.log_p for candidate in tested]))
    return groups, keys, tested_log_p, decoy_log_p(table, seed), unbehaved, toolkits


def _linked_share(ties: Ties, sample: np.ndarray, principals: int, known: np.ndarray, searched: int) -> float:
    """Share of random principals that a kernel would form around: the upper 95 % bound of a sample."""
    linked = [kernel.principals for kernel in find_kernels(ties, sample, principals, known, searched)]
    count = int(np.isin(sample, np.concatenate(linked)).sum()) if linked else 0
    return float(stats.beta.ppf(0.95, count + 1, max(len(sample) - count, 1)))


def find_groups(
    engine: Engine,
    loud: np.ndarray,
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
    remembered: Sequence[Toolkit] = (),
    mixtures: Sequence[Mixture] = (),
) -> Linking:
    """Every group of the log: toolkits, mixtures, kernels around `loud` keys, owners. An account is in one group only.

    `remembered`: toolkits of earlier looks, more starting points for the search. `mixtures`: customers of one carrier
    that belong together, who are accounts of this log by now.
    Needs the views exchanges, accounts, models and contracts.
    """
    build_principals(engine)
    traits = build_traits(engine)
    people = Directory(engine)
    handoffs = find_handoffs(engine)
    groups, keys, tested, decoys, unbehaved, toolkits = _toolkits(engine, handoffs, people, seed, progress, remembered)
    taken = np.unique(np.concatenate([np.empty(0, np.int64), *keys.values()]))

    def free(members: np.ndarray) -> bool:
        return bool(np.isin(members, taken).mean() <= 0.5)

    for mixture in mixtures:
        mine = np.array([key for _, _, key in mixture.parts], np.int64)
        if not free(mine):
            continue
        mine = np.setdiff1d(mine, taken)
        group = mixture_group(mixture, people.members_of_keys(mine))
        groups.append(group)
        keys[group.id] = mine
        taken = np.union1d(taken, mine)

    # An organisation that is loud is judged as what it is, an owner; it must not pull its customers or staff in.
    known = engine.fetch(load_query("stillwatch.links", "known"))["principal"].to_numpy()
    looked_at = np.setdiff1d(people.principals_of(np.setdiff1d(loud, taken)), known)
    busy = np.union1d(people.principals_of(np.union1d(loud, taken)), known)
    others = np.setdiff1d(np.arange(people.principals), busy)
    sample = np.random.default_rng(seed).permutation(others)[:SAMPLE]
    ties = find_ties(engine, np.union1d(looked_at, sample), people.principals)
    kernels = find_kernels(ties, looked_at, people.principals, known)
    shared = kernel_links(engine, kernels, people.principals, TraitNames(engine))
    for kernel, kernel_traits in zip(kernels, shared, strict=True):
        mine = people.keys_of(kernel.principals)
        if not free(mine):
            continue
        mine = np.setdiff1d(mine, taken)
        members = people.members_of_keys(mine)
        group = Group(
            id=group_id([member.account_id for member in members]),
            origin="kernel",
            members=members,
            p_value=exact_p(kernel.log_p),
            links=kernel_traits,
            channel_groups=kernel.families,
            without=weakest_first(kernel.without),
            reasons=(*kernel.reasons, *handoffs.reasons(mine, len(people))),
        )
        groups.append(group)
        keys[group.id] = mine
        taken = np.union1d(taken, mine)
    sample = np.setdiff1d(sample, people.principals_of(taken))
    linked_share = _linked_share(ties, sample, people.principals, known, len(looked_at))
    for owner in find_owners(engine, loud):
        if not free(owner.account_keys):
            continue
        mine = np.setdiff1d(owner.account_keys, taken)
        members = people.members_of_keys(mine)
        if len(members) < 2:
            continue
        group = Group(
            id=group_id([member.account_id for member in members]),
            origin="owner",
            members=members,
            p_value=exact_p(owner.log_p),
            links=(
                Link(
                    channel="email_domain" if owner.claimed else "org_id",
                    group="identity",
                    value=owner.name,
                    share=1.0,
                    base=0.0,
                    weight=round(math.log(len(people) / len(members)), 3),
                ),
            ),
            channel_groups=("identity", *(s for s in owner.shared)),
        )
        groups.append(group)
        keys[group.id] = mine
        taken = np.union1d(taken, mine)
    return Linking(tuple(groups), keys, tested, decoys, traits, linked_share, len(people), unbehaved, toolkits)
