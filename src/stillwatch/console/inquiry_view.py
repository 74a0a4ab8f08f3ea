"""What a page and a terminal show of an `Inquiry`: every string made safe, in the order of telling, places computed.

Nothing here judges: counts and places of what the test found, no new figure of merit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stillwatch.console.inquiry_passage import Piece, Silhouette, pieces, silhouette
from stillwatch.console.inquiry_strip import Axis, Dot, FamilyRow, axis, by_family, lanes
from stillwatch.console.text import clean
from stillwatch.inquiry import Calibration, Candidate, Clue, Exhibit, Innocent, Inquiry, Passage, SharedRun

__all__ = [
    "ClueView",
    "ExhibitView",
    "PassageView",
    "PowerRow",
    "Strip",
    "cleaned",
    "clue_views",
    "power_rows",
    "ranked",
    "rarest",
    "reaching",
    "strip",
]  # fmt: skip

EXHIBITS = 20
CONTROLS = 3
RUNS = 60
_TEXT = 900
_LENGTHS = {
    "model": 60, "suspect": 60, "teacher": 60, "nearest_rival": 60, "family": 40, "provider": 40, "benchmark": 60,
    "name": 60, "title": 80, "prompt_id": 60, "prompt": 600,
}  # fmt: skip
# A name that holds nothing that can be shown must still be a name.
_NAMED = frozenset({"model", "suspect", "teacher", "prompt_id", "title"})


@dataclass(frozen=True, slots=True)
class Strip:
    """The suspect's score among innocents': the axis, a row a family, where the suspect stands, how many reach it."""

    scale: Axis
    zero: float | None
    rows: tuple[FamilyRow, ...]
    suspect: float | None
    reaching: tuple[Innocent, ...]


@dataclass(frozen=True, slots=True)
class PassageView:
    """One answer beside others. `role` is suspect, teacher or control."""

    role: str
    model: str
    answer: tuple[Piece, ...]
    outline: Silhouette


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """One prompt with its answers, suspect and teacher first."""

    exhibit: Exhibit
    passages: tuple[PassageView, ...]


@dataclass(frozen=True, slots=True)
class ClueView:
    """One signal: where the suspect and the innocents stand on the axis that all signals share, and its exhibits."""

    clue: Clue
    at: float | None
    low: float | None
    high: float | None
    dots: tuple[Dot, ...]
    matches: tuple[ExhibitView, ...]
    mismatches: tuple[ExhibitView, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class PowerRow:
    """Chance of detection at each level for a model that shares `share` with the teacher; None where not known."""

    share: float
    powers: tuple[float | None, ...]


def cleaned(inquiry: Inquiry) -> Inquiry:
    """The same case with every string passed through `clean`, but for answers, which `pieces` makes safe."""
    made: Inquiry = _cleaned(inquiry, "")
    return made


def ranked(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The highest score first; those that could not be judged last."""
    return tuple(sorted(candidates, key=lambda one: (not _finite(one.score), -(one.score or 0.0), one.teacher)))


def reaching(inquiry: Inquiry) -> tuple[Innocent, ...]:
    """Innocents that score as high as the suspect, or higher."""
    known = [one for one in inquiry.calibration.innocents if _finite(one.score) and one.score >= inquiry.score]
    return tuple(sorted(known, key=lambda one: (-one.score, one.model)))


def rarest(runs: Sequence[SharedRun]) -> tuple[SharedRun, ...]:
    """Those that the fewest controls wrote first, then the longest."""
    return tuple(sorted(runs, key=lambda run: (run.controls_with, run.families_with, -len(run.text), run.text)))


def strip(inquiry: Inquiry) -> Strip:
    innocents = inquiry.calibration.innocents
    scale = axis([inquiry.score, *(one.score for one in innocents)])
    return Strip(scale, scale.at(0.0), by_family(innocents, scale), scale.at(inquiry.score), reaching(inquiry))


def clue_views(clues: Sequence[Clue]) -> tuple[Axis, tuple[ClueView, ...]]:
    """The axis that all signals share, and the signals: those that count first, the highest score first, blind last."""
    scale = axis([score for clue in clues for score in (clue.score, *clue.innocents)])
    order = sorted(clues, key=lambda clue: (not _finite(clue.score), not clue.counted, -(clue.score or 0.0), clue.name))
    return scale, tuple(_clue_view(clue, scale) for clue in order)


def power_rows(calibration: Calibration) -> tuple[tuple[float, ...], tuple[PowerRow, ...]]:
    """The levels, strictest last, and a row for each share."""
    known = {(point.share, point.level): point.power for point in calibration.power}
    levels = tuple(sorted({level for _, level in known}, reverse=True))
    shares = sorted({share for share, _ in known})
    return levels, tuple(PowerRow(share, tuple(known.get((share, level)) for level in levels)) for share in shares)


def _clue_view(clue: Clue, scale: Axis) -> ClueView:
    places = [at for at in (scale.at(score) for score in clue.innocents) if at is not None]
    telling = sorted(clue.exhibits, key=lambda one: (-abs(one.value) if _finite(one.value) else 0.0, one.prompt_id))
    shown = sorted(telling[:EXHIBITS], key=lambda one: (-one.value if _finite(one.value) else 0.0, one.prompt_id))
    return ClueView(
        clue,
        at=scale.at(clue.score),
        low=min(places, default=None),
        high=max(places, default=None),
        dots=lanes([(at, "") for at in places]),
        matches=tuple(_exhibit_view(one) for one in shown if one.value > 0),
        mismatches=tuple(_exhibit_view(one) for one in reversed(shown) if not one.value > 0),
        left_out=max(0, len(clue.exhibits) - EXHIBITS),
    )


def _exhibit_view(exhibit: Exhibit) -> ExhibitView:
    sides = [("suspect", exhibit.suspect), ("teacher", exhibit.teacher)]
    sides += [("control", passage) for passage in exhibit.controls[:CONTROLS]]
    return ExhibitView(exhibit, tuple(_passage_view(role, passage) for role, passage in sides))


def _passage_view(role: str, passage: Passage) -> PassageView:
    answer = pieces(passage.text, passage.marks)
    return PassageView(role, passage.model, answer, silhouette(answer))


def _cleaned(value: Any, field: str) -> Any:
    if isinstance(value, str):
        return clean(value, _LENGTHS.get(field, _TEXT)) or ("no name" if field in _NAMED else "")
    if isinstance(value, Passage):
        return msgspec.structs.replace(value, model=_cleaned(value.model, "model"))
    if isinstance(value, msgspec.Struct):
        fields = {name: _cleaned(getattr(value, name), name) for name in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, tuple | list):
        return tuple(_cleaned(inner, field) for inner in value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(inner, field) for key, inner in value.items()}
    return value


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
