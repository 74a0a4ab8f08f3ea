"""What is measured: worlds by attacker and difficulty, worlds without a campaign, worlds cut at growing times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stillwatch.errors import BadSettings

__all__ = ["ATTACKERS", "CASES", "Case", "choose"]

Question = Literal["find", "quiet", "time", "budget"]

ATTACKERS = (
    "hydra", "slow", "reasoning", "grading", "logits", "loud", "paraphrase", "cover", "residential", "slowed", "cells",
    "poison", "resample", "rotation", "shifts", "replay", "reseller", "reseller-declared", "adaptive",
)  # fmt: skip
DIFFICULTIES = ("easy", "mid", "hard", "very-hard")
_PLAIN = {"hydra", "slow", "reasoning", "grading"}  # at every difficulty; those that adapt, where it begins to matter
# The difficulty is how many values a ring's toolkit has: these have no ring.
_ALONE = {"logits", "loud", "reseller", "reseller-declared"}
_SPACING = 10_000  # seeds between cases: no two cases share a crowd of innocents
_FIRST = 2_000_000  # far from the seeds that anything was tried on


@dataclass(frozen=True, slots=True)
class Case:
    """Worlds of one kind and the question put to each: find the campaign, stay quiet, how soon, or how often false."""

    name: str
    question: Question
    scenario: str
    difficulty: str
    worlds: int  # unless the caller says otherwise
    accounts: int
    days: int
    first_seed: int
    onset: int = 0

    def seed(self, world: int) -> int:
        return self.first_seed + world


def _made() -> dict[str, Case]:
    rows: list[tuple[str, Question, str, str, int, int, int, int]] = []
    for attacker in ATTACKERS:
        for difficulty in ("mid",) if attacker in _ALONE else DIFFICULTIES if attacker in _PLAIN else ("mid", "hard"):
            name = f"find-{attacker}" if attacker in _ALONE else f"find-{attacker}-{difficulty}"
            rows.append((name, "find", attacker, difficulty, 5, 8_000, 10, 0))
    rows.append(("quiet", "quiet", "none", "mid", 20, 8_000, 14, 0))
    # Four days of honest traffic first: a provider has a log when a campaign begins.
    rows += [(f"time-hydra-{level}", "time", "hydra", level, 10, 8_000, 12, 4) for level in ("mid", "hard")]
    rows.append(("time-adaptive-mid", "time", "adaptive", "mid", 5, 8_000, 12, 4))
    rows.append(("budget", "budget", "none", "mid", 200, 1_500, 30, 0))
    return {
        row[0]: Case(*row[:7], first_seed=_FIRST + place * _SPACING, onset=row[7]) for place, row in enumerate(rows)
    }


CASES: dict[str, Case] = _made()


def choose(names: tuple[str, ...]) -> tuple[Case, ...]:
    """Cases by name, by question (`find`, `quiet`, `time`, `budget`) or by attacker; all but `budget` if none is named.

    Raises BadSettings for a name that is none of these.
    """
    chosen: dict[str, Case] = {}
    for name in names or ("quiet", "find", "time"):
        found = {case.name: case for case in CASES.values() if name in (case.name, case.question, case.scenario)}
        if not found:
            raise BadSettings(
                f"case {name!r} is not known; use find, quiet, time, budget, an attacker ({', '.join(ATTACKERS)}), "
                f"or one of {', '.join(CASES)}."
            )
        chosen |= found
    return tuple(chosen.values())
