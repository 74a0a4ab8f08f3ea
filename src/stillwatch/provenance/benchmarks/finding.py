"""What the comparison of scores hands over: the sentence, its numbers, each skill and each family behind them."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

__all__ = ["Family", "Gains", "Skill"]


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """One skill. Gains are in logits; `before` and `after` are the suspect's mean shares of the ceiling."""

    skill: str
    targeted: bool
    benchmarks: tuple[str, ...]
    before: float
    after: float
    gain: float
    peers_gain: float
    beyond: float  # gain less the peers' mean


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One family as if it were the suspect. `contrast`: targeted less untargeted gain beyond all families', logits."""

    family: str
    provider: str
    role: Literal["suspect", "peer"]
    before: str
    after: str
    contrast: float
    earlier_contrast: float | None = None


class Gains(msgspec.Struct, frozen=True, kw_only=True):
    """One difference in differences. `p_value` is the largest of those that count; None: cannot judge (`missing`).

    `effect`, `low`, `high` are logits: how much more the targeted skills gained than the untargeted, beyond the peers.
    `points` is the same in points of percent at the suspect's own level. `coverage` is that of the interval with so
    few peers; no interval where the skills were not declared. `p_earlier` ranks the suspect's trend before the date.
    `noise` is the standard error of its own contrast that comes from measuring, where the table gives standard errors.
    """

    suspect: str
    family: str
    verdict: Literal["consistent with", "inconclusive", "speaks against", "cannot judge"]
    sentence: str
    targeted: tuple[str, ...]
    after: datetime.date | None
    declared: str
    level: float
    effect: float | None = None
    points: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    p_skills: float | None = None
    skill_sets: int | None = None
    p_placebo: float | None = None
    peers: int = 0
    p_adjusted: float | None = None
    p_added: float | None = None
    p_searched: float | None = None
    p_earlier: float | None = None
    noise: float | None = None
    p_value: float | None = None
    floor: float | None = None
    power: tuple[tuple[float, float], ...] = ()  # (effect in logits, chance to reach the level)
    skills: tuple[Skill, ...] = ()
    families: tuple[Family, ...] = ()
    saturated: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
