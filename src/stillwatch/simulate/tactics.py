"""How a campaign that knows how it is looked for hides: each tactic is one dial, and each costs it something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.draft import Draft
from stillwatch.simulate.keys import Keys, mix, unit
from stillwatch.simulate.places import COUNTRIES
from stillwatch.simulate.roster import Cohort

__all__ = ["COVER_TURNS", "PLAIN", "Tactics", "in_cover", "poison", "scatter", "unbalance"]

COVER_TURNS = 2.2  # mean turns of a conversation of cover traffic
LOAD_SIGMA = 1.0  # of the logarithm of a member's share of the load, where the load is uneven


@dataclass(frozen=True, slots=True)
class Tactics:
    """What a campaign does against detection. The defaults are a campaign that does nothing of the kind."""

    paraphrased: bool = False  # no template: other words in each request, and milder ones
    cover: float = 0.0  # share of its conversations that are ordinary traffic, on top of the harvest
    residential: bool = False  # each account at a home of its own, in the country that it claims
    uneven: bool = False  # heavy-tailed load at people's hours, not a balanced pool
    cells: int = 1  # parts with a toolkit, networks and relays each, that share the prompt pool only
    poison: float = 0.0  # innocent accounts a member that are made to send one of its templates
    once: bool = False  # a pool so large that no prompt is asked twice, where others go through theirs 1.6 times
    samples: int = 1  # how often each prompt is asked, each time a little differently
    replay: float = 0.0  # share of requests that present a reasoning block issued to another member
    rotates: bool = False  # conversations are dealt to the members in strict turn
    shifts: bool = False  # the whole pool works and rests together, at irregular hours
    guests: int = 0  # the campaign is so many end users of one reseller's account
    declared: bool = False  # that reseller has a contract


PLAIN = Tactics()


def in_cover(share: npt.NDArray[np.float32], session: Keys) -> npt.NDArray[np.bool_]:
    """Which conversations are cover, given the share of their senders: a pure function of the conversation."""
    result: npt.NDArray[np.bool_] = unit(mix(session, 141)) < share
    return result


def scatter(draft: Draft, cohort: Cohort) -> None:
    """A home of its own for each account, in the country of its sign-up, with that home's fixed address."""
    codes = [land.code for land in COUNTRIES]
    claimed = np.array([codes.index(code) for code in cohort.identity["billing_country"]])
    weight = draft.geography.weight
    regions = np.zeros(len(cohort), dtype=np.int64)
    for country in np.unique(claimed):
        own = np.flatnonzero(draft.geography.country == country)
        rows = np.flatnonzero(claimed == country)
        regions[rows] = draft.rng.choice(own, size=len(rows), p=weight[own] / weight[own].sum())
    cohort.region = regions
    cohort["network"], cohort["away"] = draft.network.homes(regions), draft.network.mobile[claimed]
    cohort["away_share"], cohort["sticky"] = 0.1, True


def unbalance(draft: Draft, cohort: Cohort) -> None:
    """Load as people have it: a few send much, many little, by bursts, at the hours of where they say they live."""
    rng, n = draft.rng, len(cohort)
    cohort["rate"] *= np.exp(rng.normal(0.0, LOAD_SIGMA, n) - LOAD_SIGMA**2 / 2)
    cohort["burst"] = 0.6
    codes = [land.code for land in COUNTRIES]
    claimed = np.array([codes.index(code) for code in cohort.identity["billing_country"]])
    cohort["clock"] = draft.clocks.of(claimed, rng.choice(4, size=n, p=[0.6, 0.25, 0.08, 0.07]))


def poison(draft: Draft, campaign: int, accounts: int) -> int:
    """Plant the campaign's templates on that many innocent households; returns how many there were to be had.

    They go on with their own lives and words; most of their requests carry one template of the ring.
    """
    members = [cohort for cohort in draft.cohorts if (cohort["campaign"] == campaign).any()]
    worn = np.unique(np.concatenate([cohort["wrapper"] for cohort in members]))
    worn = worn[worn >= 0]
    role = draft.role("household")
    homes = [cohort for cohort in draft.cohorts if len(cohort) and (cohort["role"] == role).all()]
    if not len(worn) or not homes:
        return 0
    cohort = max(homes, key=len)
    free = np.flatnonzero(cohort["poison"] < 0)
    chosen = draft.rng.choice(free, size=min(accounts, len(free)), replace=False)
    cohort.behaviour["wrapper"][chosen] = draft.rng.choice(worn, size=len(chosen))
    cohort.behaviour["poison"][chosen] = campaign
    return len(chosen)
