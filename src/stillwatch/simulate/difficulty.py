"""How many distinct values a ring uses in each channel: the dial between easy and very hard."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from stillwatch.errors import BadSettings

__all__ = ["DIFFICULTIES", "Diversity", "diversity"]

FULL_RING = 25_000


@dataclass(frozen=True, slots=True)
class Diversity:
    """Distinct values a ring uses: card prefixes, mail shapes, sign-up hours, pivot hours, stacks, templates.

    `obfuscated` is the share of members whose template is paraphrased anew in each request, or left out.
    """

    cards: int
    emails: int
    bursts: int
    pivots: int
    stacks: int
    templates: int
    obfuscated: float


# For a ring of 25,000; the last number is the least that a small ring uses in any channel.
_LEVELS = {
    "easy": (Diversity(10, 8, 40, 12, 5, 100, 0.2), 3),
    "mid": (Diversity(30, 20, 80, 24, 12, 400, 0.5), 4),
    "hard": (Diversity(120, 80, 300, 96, 40, 2_000, 0.8), 6),
    "very-hard": (Diversity(300, 200, 1_500, 300, 100, 4_000, 0.9), 8),
}
DIFFICULTIES = tuple(_LEVELS)


def diversity(difficulty: str, ring: int) -> Diversity:
    """The diversity of a ring of that size: the numbers of a 25,000 ring by the square root of the size.

    Raises BadSettings for an unknown difficulty.
    """
    if difficulty not in _LEVELS:
        raise BadSettings(f"difficulty {difficulty!r} is not known; use one of {', '.join(DIFFICULTIES)}.")
    full, least = _LEVELS[difficulty]
    factor = sqrt(ring / FULL_RING)

    def scaled(values: int) -> int:
        return max(least, round(values * factor))

    return Diversity(
        scaled(full.cards),
        scaled(full.emails),
        scaled(full.bursts),
        scaled(full.pivots),
        scaled(full.stacks),
        scaled(full.templates),
        full.obfuscated,
    )
