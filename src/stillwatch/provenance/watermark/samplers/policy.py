"""How strongly, and where, a sampler marks: what a detector need not know, and what metadata records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from stillwatch.errors import BadSettings

__all__ = ["LOW_ENTROPY", "Policy"]

LOW_ENTROPY = 0.1
"""Nats. Below it one token has at least 98 % of the chance: there is next to no mark to be had, and a bias of 2 nats
would still make a wrong token some seven times as likely, which is what spoils code and sums. What it gives up and what
it spares is measured by bench/watermark_samplers.py."""


@dataclass(frozen=True)
class Policy:
    """`delta` (nats) is what a green token's logit gains; Gumbel has no use for it. `low_entropy` (nats): where the
    next token's distribution has less, it is drawn plainly; 0 marks everywhere. `once`: a context that this answer
    already had is drawn plainly too, so that keyed draws do not run in circles; None takes the scheme's habit (Gumbel
    yes, green list no). `top`: Gumbel draws among so many likeliest tokens; 0 takes every token that has a chance.

    Leaving a token unmarked never harms a test: under a wrong key its value follows the same law as any other's.
    """

    delta: float = 2.0
    low_entropy: float = LOW_ENTROPY
    once: bool | None = None
    top: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.delta <= 50.0:
            raise BadSettings(f"delta {self.delta:g}: the strength is between 0 and 50 nats.")
        if not 0.0 <= self.low_entropy < 20.0:
            raise BadSettings(f"low_entropy {self.low_entropy:g}: the bound is between 0 and 20 nats.")
        if self.top < 0:
            raise BadSettings(f"top {self.top}: is the number of likeliest tokens, or 0 for all.")

    @classmethod
    def parsed(cls, text: str) -> Self:
        """From "delta=4,low_entropy=0.1,once=yes,top=64"; what is left out takes its default."""
        values: dict[str, float | bool | int] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, _, value = (one.strip() for one in part.partition("="))
            try:
                values[name] = _READERS[name](value)
            except (KeyError, ValueError):
                raise BadSettings(
                    f"policy {part!r}: write delta=, low_entropy= (nats), once=yes or no, top=."
                ) from None
        return cls(**values)  # type: ignore[arg-type]


def _yes(value: str) -> bool:
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[value.lower()]


_READERS: dict[str, Callable[[str], float | bool | int]] = {
    "delta": float,
    "low_entropy": float,
    "once": _yes,
    "top": int,
}
