"""What a page and a terminal show of a `MarkInquiry`: every string made safe, keys ranked, places computed.

Nothing here judges: it counts and places what the test found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stillwatch.console import figures
from stillwatch.console.text import clean
from stillwatch.marks import KeyResult, MarkInquiry

__all__ = [
    "LEAST_LOG10_P",
    "LEVELS",
    "QUESTIONS",
    "Rung",
    "access_words",
    "accused",
    "adjusted_words",
    "alarms",
    "cleaned",
    "finite",
    "key_words",
    "p_words",
    "rank_words",
    "ranked",
    "rungs",
    "two_digits",
]

LEVELS = ("provider", "cohort", "account")
LEAST_LOG10_P = -12.0
"""Nothing is claimed below this: what a test presumes is never surer than that."""
_SHOWN = 20
_MOST_ACCUSED = 100
_DOMINANT = 0.5
_TEXT = 900
_LENGTHS = {
    "suspect": 80, "scheme": 60, "key_id": 40, "cohort": 60, "account": 60, "epoch": 40, "document": 80, "weight": 120,
    "root": 140, "committed_at": 40, "first_seen": 40, "last_seen": 40, "campaign": 60, "name": 100,
}  # fmt: skip
# A name that holds nothing that can be shown must still be a name.
_NAMED = frozenset({"suspect", "key_id", "document", "name"})
_ACCESS = {
    "text": ("text", "a document was read"),
    "closed": ("closed", "answers that the model gave were read; its probabilities were not"),
    "open": ("open", "the model's own probabilities were read"),
}
QUESTIONS = {
    "text": ("Was ", " written with our mark?"),
    "radioactivity": ("Was ", " trained on our marked answers?"),
    "trace": ("Whose marked answers is ", " made of?"),
}
"""What is asked, before and after the suspect's name."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of keys: the accused and the best of the others in order of their p, and how many are not shown."""

    level: str
    keys: int
    judged: int
    accused: int
    best: KeyResult | None
    shown: tuple[KeyResult, ...]
    left_out: int


def cleaned(inquiry: MarkInquiry) -> MarkInquiry:
    """The same case with every string passed through `clean`."""
    made: MarkInquiry = _cleaned(inquiry, "")
    return made


def ranked(keys: Sequence[KeyResult]) -> tuple[KeyResult, ...]:
    """Accused first, then by adjusted p, by raw p and by score; those that could not be judged last."""
    return tuple(sorted(keys, key=_order))


def accused(inquiry: MarkInquiry) -> tuple[KeyResult, ...]:
    """The accused keys, the narrowest level last."""
    return tuple(one for level in LEVELS for one in ranked([k for k in inquiry.keys if k.level == level and k.accused]))


def rungs(inquiry: MarkInquiry) -> tuple[Rung, ...]:
    """The three levels from provider to account, empty ones too."""
    return tuple(_rung(level, [one for one in inquiry.keys if one.level == level]) for level in LEVELS)


def alarms(inquiry: MarkInquiry) -> tuple[str, ...]:
    """What must be read before the verdict is believed; empty where the test is in order."""
    said = []
    if not inquiry.decoys.sound:
        said.append("The decoys are not sound: keys that marked nothing do not score as chance. Accuse nobody on this.")
    elif inquiry.verdict == "abstains":
        said.append("The test abstains: it accuses nobody and clears nobody.")
    if inquiry.decoys.count <= 0:
        said.append("No decoys were drawn: nothing shows that the stated error rate holds here.")
    if inquiry.commitment is not None and not inquiry.commitment.holds:
        said.append(f"What was tested is not what was committed to. {inquiry.commitment.text}".rstrip())
    if finite(inquiry.dominance) and inquiry.dominance > _DOMINANT:
        said.append(
            f"One pair carries much of the score: dominance {inquiry.dominance:.2f}, where 1 is one pair alone."
        )
    return tuple(said)


def p_words(log10_p: float | None) -> str:
    """log10 p as a p-value: "0.013", "4.1e-10", and never less than "< 1e-12"."""
    if log10_p is None or math.isnan(log10_p):
        return "cannot judge"
    if log10_p < LEAST_LOG10_P:
        return "< 1e-12"
    p = 10.0 ** min(0.0, log10_p)
    return f"{p:.2g}" if p >= 0.001 else f"{p:.1e}".replace(".0e", "e").replace("e-0", "e-")


def adjusted_words(one: KeyResult) -> str:
    """The adjusted p-value; "not opened" where the level above closed the way to a key that has a raw one."""
    return "not opened" if one.log10_p_adjusted is None and one.log10_p is not None else p_words(one.log10_p_adjusted)


def rank_words(one: KeyResult, rung: Rung, decoys: int) -> str:
    """ "1 of 2,000": among all keys of the level and the decoys."""
    return figures.UNKNOWN if one.rank is None else f"{one.rank:,} of {rung.keys + decoys:,}"


def key_words(one: KeyResult) -> str:
    """Whose key that is: "account a-17 in cohort C-3", "cohort C-3", "provider"; epoch where there is one."""
    within = f" in cohort {one.cohort}" if one.cohort and one.level == "account" else ""
    holder = {"account": one.account, "cohort": one.cohort}.get(one.level, "")
    named = f"{one.level} {holder}".strip() + within
    return f"{named}, epoch {one.epoch}" if one.epoch else named


def access_words(access: str) -> tuple[str, str]:
    """(short name, what was seen of the suspect)."""
    return _ACCESS.get(access, (access, ""))


def two_digits(value: float | None) -> str:
    """A figure that has no sign to tell: "0.98"; a dash where it is none."""
    return f"{value:.2f}" if value is not None and math.isfinite(value) else figures.UNKNOWN


def finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _rung(level: str, keys: Sequence[KeyResult]) -> Rung:
    order = ranked(keys)
    guilty = sum(one.accused for one in order)
    shown = order[: max(_SHOWN, min(guilty, _MOST_ACCUSED))]
    judged = [one for one in order if one.log10_p is not None]
    return Rung(
        level, keys=len(order), judged=len(judged), accused=guilty, best=judged[0] if judged else None, shown=shown,
        left_out=len(order) - len(shown),
    )  # fmt: skip


def _order(one: KeyResult) -> tuple[object, ...]:
    return (not one.accused, _low(one.log10_p_adjusted), _low(one.log10_p), -(one.z or 0.0) if finite(one.z) else 0.0,
            one.key_id)  # fmt: skip


def _low(value: float | None) -> float:
    """For sorting: what cannot be judged comes after p = 1."""
    return 1.0 if value is None or math.isnan(value) else value


def _cleaned(value: Any, field: str) -> Any:
    if isinstance(value, str):
        return clean(value, _LENGTHS.get(field, _TEXT)) or ("no name" if field in _NAMED else "")
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: _cleaned(getattr(value, name), name) for name in value.__struct_fields__})
    if isinstance(value, tuple | list):
        return tuple(value) if value and isinstance(value[0], float) else tuple(_cleaned(one, field) for one in value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(inner, field) for key, inner in value.items()}
    return value
