"""Organisations: many accounts for good reasons. Some have a contract that says so, some do not."""

from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, HOUR_US, Draft
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.voices import mixture

__all__ = ["classroom", "enterprise", "licensee", "research_group", "reseller", "startup", "university"]


def _seats(draft: Draft, n: int, role: str, domain: str) -> Cohort:
    """n people of one place: one domain, one egress, office hours, accounts opened over a year."""
    region = int(draft.geography.draw(draft.rng, 1)[0])
    cohort = draft.crowd(n, role, regions=np.full(n, region))
    country = int(draft.geography.country[region])
    cohort["network"] = draft.network.pool([draft.network.prefix(country)])
    cohort["away_share"] = np.minimum(cohort["away_share"], 0.1)
    cohort["clock"] = draft.clocks.of(draft.country(cohort.region), np.full(n, 1))
    cohort["mixture"] = np.where(draft.rng.random(n) < 0.4, mixture("developer"), mixture("office"))
    cohort.identity["email_domain"][:] = domain
    cohort.identity["email_shape"] = np.where(draft.rng.random(n) < 0.9, "a.a", "a.a9").astype(object)
    cohort.identity["referral"][:] = None
    return cohort


def _bill(draft: Draft, cohort: Cohort, plan: str, *, logged: bool = True) -> int:
    """Put all accounts of a cohort on one bill; returns the organisation."""
    number = draft.organisation()
    if logged:
        cohort["organisation"] = number
    cohort.payer[:] = draft.payer()
    cohort.identity["plan"][:] = plan
    cohort.identity["payment_bin"][:] = "transfer"
    return number


def enterprise(draft: Draft, n: int, *, declared: bool) -> Cohort:
    """One company behind one egress: declared by contract, or its staff on personal plans and cards."""
    name = f"{'holding' if declared else 'works'}{draft.rng.integers(1000)}.example"
    cohort = _seats(draft, n, "enterprise" if declared else "shadow-enterprise", name)
    if declared:
        cohort.verified[:] = True
        draft.contracts.append((_bill(draft, cohort, "enterprise"), "enterprise", name))
    cohort["rate"] = draft.cap(4.0, n, 0.05) * np.exp(draft.rng.normal(-0.5, 1.0, n))
    draft.adopt(cohort.behaviour, share=0.6, delay=2.0)
    return cohort


def university(draft: Draft, n: int) -> Cohort:
    """Students and staff behind one address translator, on the education programme."""
    cohort = _seats(draft, n, "university", f"u{draft.rng.integers(10_000):04d}.edu")
    cohort["away_share"] = draft.rng.choice([0.1, 0.5, 0.9], size=n)
    cohort["clock"] = draft.clocks.of(draft.country(cohort.region), np.full(n, 2))
    cohort["mixture"] = mixture("student")
    cohort["rate"] = np.exp(draft.rng.normal(-0.6, 1.2, n))
    cohort.identity["programme"] = np.array([None, "education"], dtype=object)[(draft.rng.random(n) < 0.8).astype(int)]
    return cohort


def classroom(draft: Draft, n: int) -> Cohort:
    """One class: accounts opened in one lesson, one assignment, one week, few requests."""
    cohort = _seats(draft, n, "classroom", f"college{draft.rng.integers(10_000):04d}.edu")
    rng = draft.rng
    monday = draft.first + int(rng.integers(max(draft.days - 6, 1))) * DAY_US
    cohort.created = monday + 9 * HOUR_US + (rng.random(n) * 1.2 * HOUR_US).astype(np.int64)
    cohort["active_from"] = cohort.created
    cohort["active_to"] = monday + 7 * DAY_US
    cohort["mixture"], cohort["template"] = mixture("assignment"), draft.keys(1)[0]
    cohort["rate"] = draft.cap(2.0, n, 0.01)
    cohort["clock"] = draft.clocks.of(draft.country(cohort.region), np.full(n, 2))
    cohort["language"] = 0
    cohort["turns"] = 2.0
    cohort.identity["programme"][:] = "education"
    return cohort


def reseller(draft: Draft, n: int, *, declared: bool) -> Cohort:
    """A gateway that sells on: few accounts, many end users of every kind, round the clock."""
    rng = draft.rng
    name = f"gateway{rng.integers(1000)}.example"
    cohort = _seats(draft, n, "reseller" if declared else "undeclared-reseller", name)
    number = _bill(draft, cohort, "paid")
    if declared:
        draft.contracts.append((number, "reseller", name))
    cohort["network"] = draft.network.pool([draft.network.prefix(int(rng.integers(20)), 9_900) for _ in range(2)])
    cohort["away_share"] = 0.0
    cohort["sticky"] = False
    cohort["channel"] = draft.channel(f"reseller:{name.split('.')[0]}")
    cohort["stack"] = draft.stacks.draw(1, library=True)[0]
    cohort["system"] = -1
    cohort["clock"] = rng.choice(draft.clocks.traces, size=n) if len(draft.clocks.traces) else draft.clocks.machine
    cohort["end_users"] = rng.integers(60, 400, n)
    cohort["keys"] = rng.integers(4, 12, n)
    cohort["mixture"] = mixture("household")
    cohort["rate"] = draft.cap(60.0, n, 0.05) * np.exp(rng.normal(-0.1, 0.5, n))
    cohort["limited"] = 0.01
    return cohort


def licensee(draft: Draft, n: int) -> Cohort:
    """A customer whose contract allows distillation: it really harvests, and may."""
    name = f"studentworks{draft.rng.integers(1000)}.example"
    cohort = _seats(draft, n, "licensed-distillation", name)
    number = _bill(draft, cohort, "enterprise")
    draft.contracts.append((number, "distillation-licence", name))
    cohort.verified[:] = True
    cohort["mixture"], cohort["person"] = mixture("licensed"), 0
    cohort["clock"], cohort["turns"], cohort["burst"] = draft.clocks.machine, 1.0, 8.0
    cohort["away_share"], cohort["language"] = 0.0, 0
    cohort["rate"] = draft.cap(100.0, n, 0.04)
    cohort["parameters"] = draft.parameters.harvest()
    cohort["stack"] = draft.stacks.draw(1, library=True)[0]
    cohort["output"], cohort["thinks"] = 1400.0, 0.8
    cohort["channel"], cohort["system"] = 0, int(draft.write_systems("maker_system", 1)[0])
    draft.adopt(cohort.behaviour, share=1.0, delay=1.0)
    return cohort


def research_group(draft: Draft, n: int, *, declared: bool) -> Cohort:
    """A group that studies the model: odd prompts, now and then log-probabilities."""
    name = f"lab{draft.rng.integers(10_000):04d}.edu"
    cohort = _seats(draft, n, "research", name)
    cohort["mixture"] = mixture("research")
    cohort["rate"] = draft.cap(14.0, n, 0.005)
    cohort["turns"], cohort["logprobs"] = 1.0, draft.rng.choice([0.0, 0.3], size=n)
    cohort["language"], cohort["system"] = 0, -1
    cohort.identity["programme"][:] = "research"
    if declared:
        draft.contracts.append((_bill(draft, cohort, "paid"), "research", name))
    return cohort


def startup(draft: Draft, n: int) -> Cohort:
    """A small firm that grades its own product's answers with the model, by its own rubric."""
    cohort = _seats(draft, n, "eval-startup", f"helpdesk{draft.rng.integers(1000)}.example")
    _bill(draft, cohort, "paid")
    cohort["mixture"], cohort["template"] = mixture("product-check"), draft.keys(1)[0]
    cohort["rate"] = draft.cap(40.0, n, 0.01)
    cohort["turns"], cohort["language"], cohort["channel"], cohort["system"] = 1.0, 0, 0, -1
    cohort["output"], cohort["spread"] = 90.0, 0.3
    cohort["parameters"] = draft.parameters.add(temperature=0.0, max_tokens=400, response_format="json_object")
    cohort.identity["programme"][:] = "startup"
    return cohort
