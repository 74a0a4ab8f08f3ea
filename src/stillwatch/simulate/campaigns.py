"""The accounts of campaigns: rings that share a toolkit, resale pools, and a few loud accounts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.difficulty import Diversity, diversity
from stillwatch.simulate.draft import DAY_US, HOUR_US, OLD, Draft, Index
from stillwatch.simulate.guests import carrier
from stillwatch.simulate.keys import mix
from stillwatch.simulate.places import COUNTRIES, MAIL_HOSTS, SHAPES
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.scenarios import Operation
from stillwatch.simulate.tactics import poison, scatter, unbalance
from stillwatch.simulate.voices import MILD, mixture

__all__ = ["BANNED_SHARE", "PROXY_PREFIXES", "enlist"]

PROXY_PREFIXES = 15
BANNED_SHARE = 0.04
_FRAMES = {
    "harvest": ("harvest_system", "harvest_prefix", "harvest_suffix", 0),
    "judge": ("judge_system", "judge_prefix", "judge_suffix", 1),
    "maker": ("maker_system", "maker_prefix", "maker_suffix", 2),
}


def enlist(draft: Draft, operation: Operation, accounts: int, load: float, difficulty: str) -> str:
    """Add the accounts of one campaign, sending `load` requests each a day; returns the campaign's id."""
    identifier = f"{operation.name}-{1 + sum(name.rsplit('-', 1)[0] == operation.name for name in draft.campaigns)}"
    draft.campaigns.append(identifier)
    number, tactics = len(draft.campaigns) - 1, operation.tactics
    if tactics.guests:
        cohort = carrier(draft, operation, number, accounts, load)
        _wrap(draft, cohort, operation, diversity(difficulty, tactics.guests))
        draft.add(cohort)
        return identifier
    pool: Index | None = None
    for cell in range(min(tactics.cells, accounts)):
        cohort = draft.crowd(accounts // tactics.cells + (cell < accounts % tactics.cells), "campaign")
        pool = draft.keys(1)[0] if pool is None else pool
        cohort["campaign"], cohort["cell"], cohort["template"] = number, cell, pool
        cohort["mixture"] = mixture(operation.mixture)
        cohort["person"], cohort["language"], cohort["style"], cohort["system"] = 0, 0, 0, -1
        cohort["rate"], cohort["burst"], cohort["turns"] = load / (1.0 - tactics.cover), 0.0, 1.0
        cohort["thinks"], cohort["output"], cohort["spread"], cohort["limited"] = 0.9, 1700.0, 0.6, 0.012
        cohort["model"] = OLD
        cohort["cover"], cohort["samples"], cohort["replay"] = tactics.cover, tactics.samples, tactics.replay
        cohort["rotates"], cohort["shifts"] = tactics.rotates, tactics.shifts
        toolkit = diversity(difficulty, len(cohort))
        if operation.lone:
            _lone(draft, cohort, operation, toolkit)
        else:
            _ring(draft, cohort, operation, toolkit, difficulty)
        draft.add(cohort)
    if tactics.poison:
        poison(draft, number, round(tactics.poison * accounts))
    return identifier


def _ring(draft: Draft, cohort: Cohort, operation: Operation, toolkit: Diversity, difficulty: str) -> None:
    _sign_up(draft, cohort, toolkit, aged=operation.aged)
    _identify(draft, cohort, toolkit)
    _equip(draft, cohort, toolkit)
    _wrap(draft, cohort, operation, toolkit)
    if operation.resale:
        _resell(draft, cohort)
    else:
        _hide(draft, cohort)
    round_the_clock = difficulty in ("easy", "mid")
    cohort["clock"] = (
        draft.clocks.flat
        if round_the_clock
        else np.where(draft.rng.random(len(cohort)) < 0.5, cohort["clock"], draft.clocks.machine)
    )
    if operation.tactics.residential:
        scatter(draft, cohort)
    if operation.tactics.uneven:
        unbalance(draft, cohort)
    if operation.mixture in ("hydra", "agentic"):
        cohort["turns"] = 1.12
    if operation.mixture == "grading":
        cohort["output"], cohort["spread"] = 420.0, 0.4
    if not operation.resale:
        _replace(draft, cohort)
    _pivot(draft, cohort, toolkit)


def _sign_up(draft: Draft, cohort: Cohort, toolkit: Diversity, *, aged: bool) -> None:
    """Accounts opened in bursts of one hour: shortly before the window and in its first days, or long before."""
    rng, n = draft.rng, len(cohort)
    newest = -5 if aged else max(1, (draft.days - draft.onset) // 6)
    oldest = newest - (300 if aged else 45)
    hours = rng.choice(
        np.arange(oldest * 24, newest * 24), size=min(toolkit.bursts, (newest - oldest) * 24), replace=False
    )
    burst = rng.choice(hours, size=n)
    begin = draft.first + draft.onset * DAY_US
    cohort.created = begin + burst * HOUR_US + (rng.random(n) * HOUR_US).astype(np.int64)
    cohort["active_from"] = np.maximum(cohort.created, begin)


def _identify(draft: Draft, cohort: Cohort, toolkit: Diversity) -> None:
    """A bought identity: cards of a few issuers, mailboxes of a few makers, countries at random."""
    rng, n = draft.rng, len(cohort)
    cards = rng.choice(draft.geography.national_bins.ravel(), size=min(toolkit.cards, 480), replace=False)
    pairs = rng.choice(len(MAIL_HOSTS) * len(SHAPES), size=toolkit.emails, replace=False)
    pair = rng.choice(pairs, size=n)
    country = rng.integers(len(COUNTRIES), size=n)
    cohort.identity["payment_bin"] = rng.choice(cards, size=n)
    cohort.identity["email_domain"] = np.array(MAIL_HOSTS, dtype=object)[pair % len(MAIL_HOSTS)]
    cohort.identity["email_shape"] = np.array(SHAPES, dtype=object)[pair // len(MAIL_HOSTS)]
    cohort.identity["billing_country"] = np.array([land.code for land in COUNTRIES], dtype=object)[country]
    cohort.identity["phone_prefix"] = draft.geography.phones[country, rng.integers(8, size=n)]
    cohort.identity["plan"][:] = "paid"
    farmed = np.array([None, None, None, "education", "startup", "research"], dtype=object)
    cohort.identity["programme"] = farmed[rng.integers(len(farmed), size=n)]
    cohort.payer[:] = -1
    cohort.verified = rng.random(n) < 0.1


def _equip(draft: Draft, cohort: Cohort, toolkit: Diversity) -> None:
    """Stacks and fixed sampling parameters: one tuple for each of the toolkit's builds."""
    rng, n = draft.rng, len(cohort)
    stacks = rng.choice(draft.stacks.library, size=min(toolkit.stacks, len(draft.stacks.library)), replace=False)
    parameters = np.array([draft.parameters.harvest() for _ in stacks])
    build = rng.integers(len(stacks), size=n)
    cohort["stack"], cohort["parameters"] = stacks[build], parameters[build]
    cohort["channel"] = rng.choice([0, 3, 4], size=n, p=[0.7, 0.18, 0.12])
    cohort["keys"] = 1
    if cohort["mixture"][0] == mixture("agentic"):
        draft.toolsets.append(("shell", "open_file", "write_patch", "browse", "submit"))
        cohort["tools"] = len(draft.toolsets) - 1


def _wrap(draft: Draft, cohort: Cohort, operation: Operation, toolkit: Diversity) -> None:
    """Two templates of the toolkit for each account, or a paraphrase in each request."""
    if operation.wrapping == "none":
        return
    rng, n = draft.rng, len(cohort)
    system, before, after, loose = _FRAMES[operation.wrapping]
    first, count = len(draft.wrappers), toolkit.templates
    systems, heads, tails = (draft.grammar.write("en", name, draft.keys(count)) for name in (system, before, after))
    for index in range(count):
        # A third each: a system prompt; words around the prompt; a system prompt and words after.
        style = index % 3
        draft.wrappers.append(
            (
                None if style == 1 else systems[index],
                heads[index] if style == 1 else "",
                "" if style == 0 else tails[index],
            )
        )
    paraphrased = operation.tactics.paraphrased
    obfuscated = rng.random(n) < (1.0 if paraphrased else toolkit.obfuscated)
    cohort["wrapper"] = np.where(obfuscated, -2, first + rng.integers(count, size=n))
    cohort["wrapper_two"] = np.where(obfuscated, -2, first + rng.integers(count, size=n))
    cohort["loose"] = MILD if paraphrased else loose


def _hide(draft: Draft, cohort: Cohort) -> None:
    """Residential proxies: fifteen prefixes that households use too, a new host for each request."""
    homes = draft.network.homes(draft.geography.draw(draft.rng, PROXY_PREFIXES * 4))
    chosen = (
        np.unique(homes)[:PROXY_PREFIXES]
        if len(np.unique(homes)) <= PROXY_PREFIXES
        else draft.rng.choice(np.unique(homes), size=PROXY_PREFIXES, replace=False)
    )
    cohort["network"] = draft.network.pool([int(prefix) for prefix in draft.network.prefixes_of(chosen)])
    cohort["away_share"], cohort["sticky"] = 0.0, False
    cohort.signup_home[:] = True


def _resell(draft: Draft, cohort: Cohort) -> None:
    """Through resellers: account after account for a few days each, keys replaced daily."""
    rng, n = draft.rng, len(cohort)
    shops = [draft.channel(f"reseller:station-{rng.integers(1000)}") for _ in range(6)]
    shop = rng.integers(len(shops), size=n)
    pools = [
        draft.network.pool([draft.network.prefix(int(rng.integers(20)), 9_950 + index) for _ in range(4)])
        for index in range(len(shops))
    ]
    cohort["channel"], cohort["network"] = np.array(shops)[shop], np.array(pools)[shop]
    cohort["away_share"], cohort["sticky"], cohort["rotation"] = 0.0, False, 1.0
    length = draft.days - draft.onset
    life = max(2.0, length / 10)
    begin = draft.first + draft.onset * DAY_US + (rng.random(n) * (length - life * 0.5) * DAY_US).astype(np.int64)
    cohort["active_from"] = begin
    cohort["active_to"] = np.minimum(begin + int(life * DAY_US), draft.last)
    cohort.created = begin - (rng.random(n) * HOUR_US * 20).astype(np.int64)
    cohort["rate"] *= length * DAY_US / (cohort["active_to"] - begin).mean()
    cohort.signup_home[:] = True


def _replace(draft: Draft, cohort: Cohort) -> None:
    """Some members are banned; within hours another account with the same toolkit takes the load over."""
    rng, n = draft.rng, len(cohort)
    pairs = max(1, round(n * BANNED_SHARE / 2))
    chosen = rng.permutation(n)[: 2 * pairs]
    old, new = chosen[:pairs], chosen[pairs:]
    begin, length = draft.first + draft.onset * DAY_US, draft.days - draft.onset
    when = begin + ((0.15 + 0.7 * rng.random(pairs)) * length * DAY_US).astype(np.int64)
    cohort.banned[old] = when
    cohort.behaviour["active_to"][old] = when
    cohort.behaviour["active_from"][old] = np.maximum(np.minimum(cohort["active_from"][old], when - DAY_US), begin)
    cohort.created[old] = np.minimum(cohort.created[old], when - 2 * DAY_US)
    reopened = when + ((1.0 + 5.0 * rng.random(pairs)) * HOUR_US).astype(np.int64)
    cohort.created[new] = reopened
    for name in ("stack", "parameters", "wrapper", "wrapper_two", "channel"):
        cohort.behaviour[name][new] = cohort[name][old]
    cohort.identity["payment_bin"][new] = cohort.identity["payment_bin"][old]
    cohort.behaviour["active_from"][new] = reopened + (0.3 * HOUR_US * rng.random(pairs)).astype(np.int64)


def _pivot(draft: Draft, cohort: Cohort, toolkit: Diversity) -> None:
    """Half of the load moves to the new model within a day of its release, account by account, at given hours."""
    rng, n = draft.rng, len(cohort)
    early = min(toolkit.pivots, 24)
    hours: npt.NDArray[np.int64] = np.sort(rng.choice(24, size=early, replace=False))
    late: Index = 24 + np.arange(max(toolkit.pivots - 24, 0))
    is_late = (rng.random(n) < 0.5) if len(late) else np.zeros(n, dtype=np.bool_)
    hour = np.where(is_late, rng.choice(late, size=n) if len(late) else 0, rng.choice(hours, size=n))
    cohort["adopts"] = draft.release + hour * HOUR_US
    cohort["adopt_share"] = 0.95 if len(late) else 0.5


def _lone(draft: Draft, cohort: Cohort, operation: Operation, toolkit: Diversity) -> None:
    """A few accounts with nothing in common but what they do, at a volume that nobody overlooks."""
    rng, n = draft.rng, len(cohort)
    cohort["channel"] = 0
    cohort["stack"] = draft.stacks.draw(n, library=True)
    cohort["clock"] = draft.clocks.flat
    cohort.identity["plan"][:] = "paid"
    cohort.payer[:] = -1
    begin = draft.first + draft.onset * DAY_US
    cohort.created = begin - (rng.random(n) * 30 * DAY_US).astype(np.int64)
    cohort["active_from"] = begin
    cohort["away_share"] = 0.0
    draft.adopt(cohort.behaviour, share=1.0, delay=0.3)
    if operation.mixture == "logits":
        cohort["parameters"] = draft.parameters.add(temperature=0.0, max_tokens=1, seed=0)
        cohort["suite"], cohort["template"] = 3, mix(draft.keys(n))
        cohort["bias_sweep"], cohort["logprobs"] = True, 1.0
        cohort["output"], cohort["spread"], cohort["thinks"] = 1.0, 0.0, 0.0
        return
    cohort["parameters"] = np.array([draft.parameters.harvest() for _ in range(n)])
    _wrap(draft, cohort, operation, toolkit)
