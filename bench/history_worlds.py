"""Simulated histories with a known truth: releases beside campaigns, and scores of versions, innocent or guilty."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.benchmarks.scores import Model, Scores
from stillwatch.provenance.timeline import Release, Window

BEGIN = datetime.date(2023, 1, 1)
DAYS = 1095
WINDOW = 60
PARTING = 600
EFFECT = 1.0  # logits, that a guilty suspect's targeted skills gain more

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dates:
    """A world of release dates. All that is not about `suspect` holds for peers too: a common cause, not guilt."""

    season: bool = False  # releases crowd into one time of the year, and campaigns end just before it
    own_season: bool = False  # only the suspect has a season, and campaigns end just before it
    race: bool = False  # everyone answers our own releases, and campaigns begin with them
    growth: bool = False  # releases and campaigns become more frequent
    founding: bool = False  # suspect and some peers begin within the first third
    regular: bool = False  # releases at even distances instead of at random
    overlapping: bool = False  # campaigns end within weeks of one another
    pace: float | None = None  # the suspect's releases a year, instead of one like its peers'
    monthly: bool = False  # the suspect releases every month
    peers: int = 24


@dataclass(frozen=True)
class Marks:
    """A world of scores."""

    peers: int = 24
    skills: int = 10
    targeted: int = 2
    correlated: bool = False  # targeted skills move together for innocent reasons
    heavy: bool = False  # gains have heavy tails
    uneven: bool = False  # some skills vary three times as much as others
    jump: float = 0.0  # everyone's gain grows by so many logits, each skill in its own proportion
    own_jump: float = 0.0  # only the suspect's
    catching_up: bool = False  # who lies behind gains more
    noise: float = 1.0  # the suspect's scatter, in that of peers
    level: float = 0.0  # where all scores begin, in logits: 2 is near the ceiling
    drift: float = 0.0  # the suspect's targeted skills outgrow the rest by so much at every version, innocently
    clusters: int = 0  # peers that share a base model, which nobody told us
    missing: float = 0.0  # share of scores that were never published
    chosen_after: bool = False  # the targeted skills are picked by looking at the suspect's scores


def dates(rng: np.random.Generator, world: Dates, guilty: bool) -> tuple[list[Window], list[Release]]:
    """Campaigns and releases of `suspect` and its peers over three years."""
    day = np.arange(DAYS)
    crowd, ending = np.ones(DAYS), np.ones(DAYS)
    own = np.ones(DAYS)
    if world.season or world.own_season:
        phase = rng.uniform(0, 365)
        own = np.exp(3 * np.cos(2 * np.pi * (day - phase) / 365))
        crowd = own if world.season else crowd
        ending = np.exp(3 * np.cos(2 * np.pi * (day - phase + 40) / 365))
    if world.growth:
        crowd, ending = crowd * np.exp(2 * day / DAYS), ending * np.exp(3 * day / DAYS)
    ending[:WINDOW] = ending[DAYS - WINDOW - 1 :] = 0
    ends = rng.choice(DAYS, rng.integers(1, 5), p=ending / ending.sum())
    if world.race:
        ours = rng.choice(np.arange(30, DAYS - WINDOW - 60), 6, replace=False)
        ends = ours[: len(ends)] + rng.integers(20, 50, len(ends))
        for one in ours:
            crowd = crowd + 16 * np.exp(-0.5 * ((day - one - 70) / 15) ** 2)
    if world.overlapping:
        ends = np.clip(int(ends[0]) + rng.integers(0, 40, 4), WINDOW, DAYS - WINDOW - 2)
    paces = 1.5 + rng.gamma(4, 1.0, world.peers + 1)
    releases: list[Release] = []
    for family in range(world.peers + 1):
        pace = world.pace if world.pace and not family else paces[family]
        born = int(rng.uniform(0, DAYS / 3)) if world.founding and family % 3 == 0 else 0
        count = max(3, int(rng.poisson(pace * (DAYS - born) / 365)))
        if world.monthly and not family:
            when = rng.uniform(0, 30) + np.arange(36) * 30.4 + rng.normal(0, 3, 36)
        elif world.regular:
            when = (rng.uniform() + np.arange(count)) * DAYS / count + rng.normal(0, 5, count)
        else:
            open_days = (own if world.own_season and not family else crowd) * (day >= born)
            when = rng.choice(DAYS, count, p=open_days / open_days.sum())
        when = when.astype(int) % DAYS
        if guilty and not family:
            moved = min(len(ends), len(when))
            when[rng.permutation(len(when))[:moved]] = (ends + rng.integers(3, 45, len(ends), endpoint=True))[:moved]
        name = f"peer {family}" if family else "suspect"
        releases += [
            Release(model=f"{name}-{place}", provider=name, day=BEGIN + datetime.timedelta(days=int(at)))
            for place, at in enumerate(np.sort(when))
        ]
    campaigns = [
        Window(id=f"C-{place}", start=_day(int(end) - 30), end=_day(int(end))) for place, end in enumerate(ends)
    ]
    return campaigns, releases


def marks(rng: np.random.Generator, world: Marks, guilty: bool) -> tuple[Scores, list[str]]:
    """Scores of three versions of each family, two benchmarks a skill; and the skills called targeted."""
    families, skills = world.peers + 1, world.skills
    chosen = rng.permutation(skills)[: world.targeted]
    shared = np.zeros((skills, 2))
    if world.correlated:
        shared[chosen, 0] = 0.5
        shared[[k for k in range(skills) if k not in chosen], 1] = 0.3
    else:
        shared = rng.normal(0, 0.3, (skills, 2))
    trend, weight = rng.normal(0, 0.3, skills), np.exp(rng.normal(0, 0.4, skills))
    spread = np.exp(rng.normal(0, 0.5, skills)) if world.uneven else np.ones(skills)
    level = world.level + rng.normal(0, 0.8, (families, 1)) + rng.normal(0, 0.5, skills)
    level = level + rng.normal(0, 0.4, (families, skills))
    levels = [level]
    for step in range(2):
        own = rng.standard_t(2.2, (families, skills)) * 0.15 if world.heavy else rng.normal(0, 0.25, (families, skills))
        overall = np.abs(rng.normal(0.5, 0.3, families))
        if world.clusters:
            group = np.concatenate([[world.peers], np.arange(world.peers) % world.clusters])
            own = 0.95 * rng.normal(0, 0.25, (families, skills))[group] + 0.3 * own
            overall = np.abs(rng.normal(0.5, 0.3, families))[group]
        own[0] *= world.noise
        if step:
            overall = overall + world.jump
            overall[0] += world.own_jump
        scaled = weight if world.jump or world.own_jump else np.ones(skills)
        gain = overall[:, None] * scaled + trend + rng.normal(0, 1, (families, 2)) @ shared.T + own * spread
        if world.catching_up:
            gain = gain - 0.5 * (levels[-1] - levels[-1].mean(axis=0))
        gain[0, chosen] += world.drift
        levels.append(levels[-1] + gain)
    if world.chosen_after:
        beyond = levels[2] - levels[1]
        chosen = np.argsort(-(beyond[0] - beyond[1:].mean(axis=0)))[: world.targeted]
    if guilty:
        levels[2][0, chosen] += EFFECT
    skill_of = {f"{skill}-{part}": f"skill {skill}" for skill in range(skills) for part in range(2)}
    models = [
        Model(
            name=f"{family}-{version}", family=str(family), unit=str(family), order=None, size=None, errors={},
            day=_day((100, 400, 700)[version] + int(rng.integers(0, 60))),
            shares=_measured(rng, level[family], skill_of, world.missing if family else 0.0),
        )
        for version, level in enumerate(levels)
        for family in range(families)
    ]  # fmt: skip
    return Scores(tuple(models), skill_of, ()), [f"skill {skill}" for skill in chosen]


def _measured(rng: np.random.Generator, level: Floats, skill_of: dict[str, str], missing: float) -> dict[str, float]:
    seen = np.repeat(level, 2) + rng.normal(0, 0.15, 2 * len(level))
    shares = np.round(1 / (1 + np.exp(-seen)), 3)
    kept = rng.random(len(shares)) >= missing
    return {name: float(share) for name, share, keep in zip(skill_of, shares, kept, strict=True) if keep}


def _day(number: int) -> datetime.date:
    return BEGIN + datetime.timedelta(days=number)
