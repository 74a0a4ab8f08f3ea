"""The comparison of skill gains, whole: what can be judged, the verdict, what it lacks and what it does not say."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec
import numpy as np

from stillwatch.errors import BadSettings
from stillwatch.provenance.benchmarks.difference import (
    Bools,
    Difference,
    Floats,
    centred,
    contrast,
    difference,
    ranked,
)
from stillwatch.provenance.benchmarks.finding import Family, Gains, Skill
from stillwatch.provenance.benchmarks.panel import Panel, by_skill, make_panel
from stillwatch.provenance.benchmarks.scores import CLIP, Scores
from stillwatch.provenance.rows import quoted

__all__ = ["LEAST_PEERS", "LEAST_UNTARGETED", "LEVEL", "compare_gains"]

LEVEL = 0.05
LEAST_PEERS = 8
LEAST_UNTARGETED = 3
LEAST_BENCHMARKS = 2  # in the targeted skills together: one benchmark may have leaked into training data
SHOWN_ASIDE = 10
EARLIER = 0.1  # a trend before the date among the highest tenth of the peers' is not parallel
EFFECTS = (0.25, 0.5, 1.0, 1.5, 2.0)
LIMITS = (
    "It says what the scores are consistent with, never what caused them: own data, a new method, or more code in the "
    "mix lift one skill too.",
    "Peers stand for what the field gained in the same time. Those that harvested too, or that share a base model, "
    "make it a weaker measure; put what is shared into the column provider, so that it counts once.",
    "Scores must come from one harness. A suspect's own numbers beside a leaderboard's are another measurement.",
    "A benchmark that leaked into training data rises like a skill.",
)


def compare_gains(
    scores: Scores, suspect: str, targeted: Sequence[str], *, after: datetime.date | None = None,
    declared: datetime.date | None = None, from_traffic: bool = False, seed: int = 0, with_power: bool = True,
) -> Gains:  # fmt: skip
    """Targeted against untargeted skills of the suspect, before and after the date, against its peers. See `Gains`.

    `declared`: the day on which the targeted skills were put on record; `from_traffic`: a scan named them, which saw no
    score. Without either, choosing among skills after the fact is allowed for, at the price of power.
    Raises BadSettings where the suspect or a targeted skill is not in the table; of a scan's skills one is enough.
    """
    known = set(scores.skill_of.values())
    asked = frozenset(skill.strip().lower() for skill in targeted)
    absent = sorted(asked - known)
    if not asked & known or (absent and not from_traffic):
        named = ", ".join(quoted(skill) for skill in absent) or "no skill"
        has = ", ".join(quoted(s) for s in sorted(known)[:20])
        raise BadSettings(f"targeted: {named}; the table of scores has {has}. Name skills as the table does.")
    asked &= known
    panel = make_panel(scores, suspect, asked, after)
    if isinstance(panel, str):
        return _cannot(suspect, asked, after, (panel[:1].upper() + panel[1:].rstrip(".") + ".",))
    day = panel.steps[0].after.day
    on_record = from_traffic or (declared is not None and (day is None or declared <= day))
    said = (
        "by the traffic"
        if from_traffic
        else f"on {declared}"
        if on_record
        else "on no date before the suspect came out"
    )
    names = sorted(set(panel.skills))
    mask = np.array([name in asked for name in names], dtype=np.bool_)
    warnings = _warnings(panel, asked, names, on_record, (*absent, *sorted(asked - set(names))), scores)
    missing = _missing(panel, asked, names, mask)
    if missing:
        return _cannot(suspect, asked, after, missing, panel, said, warnings)
    gains = by_skill(panel.gains, panel.skills, names, centre=True)
    start = by_skill(panel.start, panel.skills, names, centre=True)
    behind = -np.nan_to_num(contrast(start, mask))
    p_earlier, earlier = _earlier(panel, names, mask)
    found = difference(gains, behind, mask, earlier=earlier, declared=on_record, seed=seed)
    refused = _refused(found, p_earlier, earlier)
    if refused:
        blank = _cannot(suspect, asked, after, refused, panel, said, warnings, p_earlier)
        return msgspec.structs.replace(
            blank, skills=_skills(panel, names, asked), families=_families(panel, found, earlier)
        )
    verdict = (
        "consistent with"
        if found.p_value <= LEVEL
        else "speaks against"
        if on_record and found.high < 0
        else "inconclusive"
    )
    return Gains(
        suspect=panel.steps[0].after.name, family=panel.steps[0].family, verdict=verdict,  # type: ignore[arg-type]
        sentence=_sentence(found, verdict, asked, on_record, len(panel.steps) - 1),
        targeted=tuple(sorted(asked)), after=after, declared=said, level=LEVEL, effect=found.effect,
        points=_points(panel, asked, found.effect),
        low=found.low if on_record else None, high=found.high if on_record else None,
        coverage=found.coverage if on_record else None, p_skills=found.p_skills, skill_sets=found.sets,
        p_placebo=found.p_placebo, peers=len(panel.steps) - 1, p_adjusted=found.p_adjusted, p_added=found.p_added,
        p_searched=found.p_searched, p_earlier=p_earlier, noise=_noise(panel, asked), p_value=found.p_value,
        floor=found.floor,
        power=_power(gains, behind, mask, earlier, found.floor, on_record, seed) if with_power else (),
        skills=_skills(panel, names, asked), families=_families(panel, found, earlier),
        saturated=panel.saturated, left_out=panel.left_out, warnings=warnings, limits=LIMITS,
    )  # fmt: skip


def _sentence(found: Difference, verdict: str, asked: frozenset[str], on_record: bool, peers: int) -> str:
    skills, p = ", ".join(sorted(asked)), f"p = {found.p_value:.2g}, floor {found.floor:.2g}"
    as_high = round(found.p_placebo * (peers + 1)) - 1
    rank = (
        f"{as_high} of {peers} peer families and {found.p_skills:.2g} of all choices of skills show as large a contrast"
    )
    many = "" if on_record else " The choice of skills after the fact is allowed for."
    if verdict == "consistent with":
        head = f"The gains are consistent with targeted training in {skills}"
        return f"{head}: {rank} ({p}).{many} They do not show its cause."
    if verdict == "speaks against":
        return f"The gains speak against targeted training in {skills}: these gained less than the others did ({rank})."
    if found.floor > LEVEL:
        head = "Inconclusive whatever the scores: so few peers and skills allow no p-value"
        return f"{head} below {found.floor:.2g} ({rank})."
    return f"Inconclusive on targeted training in {skills}: {rank} ({p}).{many}"


def _missing(panel: Panel, asked: frozenset[str], names: Sequence[str], mask: Bools) -> tuple[str, ...]:
    missing = []
    peers = len(panel.steps) - 1
    if not mask.any():
        why = " (saturated before already)" if panel.saturated else ""
        missing.append(f"Targeted skills in which the suspect has scores before and after: none{why}.")
    elif sum(skill in asked for skill in panel.skills) < LEAST_BENCHMARKS:
        missing.append(
            f"Benchmarks in the targeted skills: one only, {LEAST_BENCHMARKS} are needed; one may have leaked."
        )
    if len(names) - int(mask.sum()) < LEAST_UNTARGETED:
        missing.append(
            f"Untargeted skills: {len(names) - int(mask.sum())}, {LEAST_UNTARGETED} are needed to compare with."
        )
    if peers < LEAST_PEERS:
        missing.append(f"Peers: {peers} other families with versions before and after, {LEAST_PEERS} are needed.")
    return tuple(missing)


def _refused(found: Difference, p_earlier: float | None, earlier: Floats) -> tuple[str, ...]:
    refused = []
    if found.outgrew:
        refused.append(
            "Peers that grew like the suspect: its untargeted skills changed far more or less than any peer's."
        )
    if found.uneven:
        refused.append(
            "Peers like the suspect: its untargeted gains scatter far more than any peer's. A harvested skill that was "
            "not named as targeted looks like this."
        )
    if p_earlier is not None and p_earlier <= max(EARLIER, 1 / int(np.isfinite(earlier).sum())):
        refused.append(
            f"Parallel trends: its targeted skills outgrew the others before the date already (p = {p_earlier:.2g})."
        )
    return tuple(refused)


def _warnings(
    panel: Panel, asked: frozenset[str], names: Sequence[str], on_record: bool, lost: Sequence[str], scores: Scores
) -> tuple[str, ...]:
    found = []
    if not on_record:
        found.append(
            "The targeted skills were not put on record before the suspect came out (--declared), so they may have "
            "been chosen to fit its scores. That choice is allowed for: the p-value is larger and there is no interval."
        )
    if lost:
        found.append(f"No usable score of the suspect before and after in: {', '.join(lost)}.")
    if panel.saturated:
        found.append(f"Set aside because nothing was left to gain: {', '.join(panel.saturated)}.")
    single = sorted(name for name in names if name in asked and panel.skills.count(name) == 1)
    if single:
        found.append(f"Measured by one benchmark only, which may have leaked: {', '.join(single)}.")
    if panel.steps[0].earlier is None:
        found.append("The suspect's family has no version before the one before: parallel trends could not be tested.")
    if panel.steps[0].after.day is None:
        found.append("No dates, only the order of versions: peers' gains may be of another time.")
    found += scores.set_aside[:SHOWN_ASIDE]
    if more := len(scores.set_aside[SHOWN_ASIDE:]):
        found.append(f"and {more:,} more rows whose score is no number from 0 up")
    return tuple(found)


def _earlier(panel: Panel, names: Sequence[str], mask: Bools) -> tuple[float | None, Floats]:
    """Rank of the suspect's contrast in the step before, among peers that have one; NaN rows for those that do not."""
    rows = by_skill(panel.earlier, panel.skills, names, centre=True)
    known = np.isfinite(rows)
    has: Bools = np.logical_and(known[:, mask].any(axis=1), known[:, ~mask].any(axis=1))
    found = np.full(len(rows), np.nan)
    if not has[0] or has.sum() - 1 < LEAST_PEERS:
        return None, found
    measured = np.flatnonzero(known[has].sum(axis=0))
    found[has] = contrast(centred(rows[has][:, measured]), mask[measured])
    return ranked(found[has]), found


def _power(
    gains: Floats, behind: Floats, mask: Bools, earlier: Floats, floor: float, on_record: bool, seed: int
) -> tuple[tuple[float, float], ...]:
    """Each peer in the suspect's place, its targeted skills lifted: how many reach the level."""
    if floor > LEVEL:
        return tuple((effect, 0.0) for effect in EFFECTS)
    made = []
    rest = np.arange(1, len(gains))
    for effect in EFFECTS:
        reached = 0
        for place in rest:
            order = np.concatenate([[place], rest[rest != place]])
            lifted = gains[order].copy()
            lifted[0, mask] += effect
            found = difference(
                lifted, behind[order], mask, earlier=earlier[order], declared=on_record, seed=seed
            )  # fmt: skip
            reached += found.p_value <= LEVEL
        made.append((effect, reached / len(rest)))
    return tuple(made)


def _noise(panel: Panel, asked: frozenset[str]) -> float | None:
    """Standard error of the suspect's own contrast from its scores' standard errors (delta method); None without."""
    step = panel.steps[0]
    variance, names = 0.0, set(panel.skills)
    for benchmark, skill in zip(panel.benchmarks, panel.skills, strict=True):
        side = len(names & asked) if skill in asked else len(names - asked)
        weight = 1 / (side * panel.skills.count(skill))
        for model in (step.before, step.after):
            if benchmark not in model.errors:
                return None
            share = min(max(model.shares[benchmark], CLIP), 1 - CLIP)
            variance += (weight * model.errors[benchmark] / (share * (1 - share))) ** 2
    return float(np.sqrt(variance))


def _points(panel: Panel, asked: frozenset[str], effect: float) -> float:
    """What the effect is in points of percent: the suspect's targeted level after, less that without the effect."""
    chosen = np.array([skill in asked for skill in panel.skills])
    after = panel.start[0, chosen] + panel.gains[0, chosen]
    return float(100 * np.mean(_share(after) - _share(after - effect)))


def _skills(panel: Panel, names: Sequence[str], asked: frozenset[str]) -> tuple[Skill, ...]:
    gains = by_skill(panel.gains, panel.skills, names, centre=False)
    made = []
    for place, name in enumerate(names):
        of = np.array([skill == name for skill in panel.skills])
        start, gain = panel.start[0, of], panel.gains[0, of]
        peers = float(np.nanmean(panel.gains[1:, of]))
        made.append(
            Skill(
                skill=name, targeted=name in asked,
                benchmarks=tuple(b for b, skill in zip(panel.benchmarks, panel.skills, strict=True) if skill == name),
                before=float(_share(start).mean()), after=float(_share(start + gain).mean()),
                gain=float(gains[0, place]), peers_gain=peers, beyond=float(gains[0, place]) - peers,
            )
        )  # fmt: skip
    return tuple(sorted(made, key=lambda skill: (not skill.targeted, -skill.beyond, skill.skill)))


def _families(panel: Panel, found: Difference, earlier: Floats) -> tuple[Family, ...]:
    made = [
        Family(
            family=step.family, provider=step.unit, role="peer" if place else "suspect", before=step.before.name,
            after=step.after.name, contrast=float(found.contrasts[place]),
            earlier_contrast=float(earlier[place]) if np.isfinite(earlier[place]) else None,
        )
        for place, step in enumerate(panel.steps)
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda family: (-family.contrast, family.family)))


def _share(level: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-level))
    return found


def _cannot(
    suspect: str, asked: frozenset[str], after: datetime.date | None, missing: tuple[str, ...],
    panel: Panel | None = None, declared: str = "", warnings: tuple[str, ...] = (), p_earlier: float | None = None,
) -> Gains:  # fmt: skip
    return Gains(
        suspect=suspect, family=panel.steps[0].family if panel else "", verdict="cannot judge",
        sentence="Cannot judge from these scores. What is missing: " + " ".join(missing),
        targeted=tuple(sorted(asked)), after=after, declared=declared, level=LEVEL,
        peers=len(panel.steps) - 1 if panel else 0, p_earlier=p_earlier,
        saturated=panel.saturated if panel else (), left_out=panel.left_out if panel else (), missing=missing,
        warnings=warnings, limits=LIMITS,
    )  # fmt: skip
