"""From scores to a panel: each family's version before and after the date, and what each benchmark gained, in logits.

Which version stands for a family is settled by dates and sizes alone, never by scores, so that nobody's choice of a
good or bad version can make an effect.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.benchmarks.scores import Model, Scores, logit
from stillwatch.provenance.rows import quoted

__all__ = ["SATURATED", "Panel", "Step", "by_skill", "make_panel"]

Floats = NDArray[np.float64]
SATURATED = 0.95  # of the ceiling, before: nothing is left to gain there
SAME_SIZE = 2.0  # parameters of two versions may differ by this factor
LEAST_SHARED = 2 / 3  # of the suspect's untargeted skills that a peer must have scores in


@dataclass(frozen=True, slots=True)
class Step:
    """One family's versions: `earlier` is the one before `before`, for the trend that was there already."""

    family: str
    unit: str
    before: Model
    after: Model
    earlier: Model | None


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows are `steps`, the suspect first; columns are `benchmarks`. NaN: no score. `start` is the level before.

    `earlier` is what was gained from `earlier` to `before`, all NaN for families without one.
    """

    steps: tuple[Step, ...]
    benchmarks: tuple[str, ...]
    skills: tuple[str, ...]  # of each benchmark
    gains: Floats
    start: Floats
    earlier: Floats
    saturated: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]  # family, why


def make_panel(scores: Scores, suspect: str, targeted: frozenset[str], after: datetime.date | None) -> Panel | str:
    """The panel, or a sentence that says which half of the suspect's own comparison is missing.

    Raises BadSettings where the suspect is not in the table. Without dates the version order tells before from after.
    """
    last = next((m for m in scores.models if m.name.casefold() == suspect.casefold()), None)
    if last is None:
        raise BadSettings(f"suspect {quoted(suspect)}: no such model in the table of scores.")
    lines: dict[str, list[Model]] = defaultdict(list)
    for model in scores.models:
        lines[model.family].append(model)
    dated = last.day is not None and after is not None
    if last.day is not None and after is None:
        return "A date that parts before from after: give --after, or --campaigns."
    if not dated and last.order is None:
        return "The suspect's date (or version order): without it nothing is before or after."
    cut = float(after.toordinal()) if dated and after is not None else None
    own = _step(lines[last.family], dated, cut, last=last)
    if isinstance(own, str):
        return f"the suspect's own versions: {own}"
    found = sorted(b for b in own.after.shares if b in own.before.shares)
    full = {b for b in found if own.before.shares[b] >= SATURATED}
    steps, left_out = [own], list[tuple[str, str]]()
    aims = (_at(own.before, dated), _at(own.after, dated))
    for family in sorted(lines):
        # A provider's other families are no independent peers of its own suspect.
        if family == last.family or any(m.unit == last.unit for m in lines[family]):
            continue
        step = _step(lines[family], dated, cut, aims=aims)
        if isinstance(step, str):
            left_out.append((family, step))
        elif why := _unlike(step, found, scores.skill_of, targeted):
            left_out.append((family, why))
        else:
            steps.append(step)
    steps, doubles = _one_a_unit(steps, found)
    left_out += doubles
    before = {b: [s.before.shares[b] for s in steps if b in s.before.shares] for b in found}
    full |= {b for b in found if float(np.median(before[b])) >= SATURATED}
    kept = [b for b in found if b not in full]
    return Panel(
        steps=tuple(steps), benchmarks=tuple(kept), skills=tuple(scores.skill_of[b] for b in kept),
        gains=_levels([s.after for s in steps], kept) - _levels([s.before for s in steps], kept),
        start=_levels([s.before for s in steps], kept),
        earlier=_levels([s.before for s in steps], kept) - _levels([s.earlier for s in steps], kept),
        saturated=tuple(sorted(full)), left_out=tuple(left_out),
    )  # fmt: skip


def by_skill(values: Floats, skills: Sequence[str], names: Sequence[str], *, centre: bool) -> Floats:
    """Columns of benchmarks folded to one a skill (in the order of `names`), each skill the mean of its benchmarks.

    `centre`: each benchmark less the mean of all rows first, so that a row which lacks a hard one is not thought good.
    """
    if centre:
        known = np.isfinite(values)
        sums, counts = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
        values = values - sums / np.maximum(counts, 1)
    folded = np.full((len(values), len(names)), np.nan)
    label = np.asarray(skills)
    for place, name in enumerate(names):
        part = values[:, label == name]
        known = np.isfinite(part)
        number = known.sum(axis=1)
        sums = np.where(known, part, 0.0).sum(axis=1)
        folded[:, place] = np.where(number > 0, sums / np.maximum(number, 1), np.nan)
    return folded


def _step(
    line: Sequence[Model], dated: bool, cut: float | None, *, last: Model | None = None,
    aims: tuple[float, float] | None = None,
) -> Step | str:  # fmt: skip
    """A family's versions: those nearest in time to the suspect's, or its latest before where it is the suspect."""
    placed = sorted(((_at(m, dated), m.name, m) for m in line if _known(m, dated)), key=lambda p: p[:2])
    if cut is None:
        end = _at(last, dated) if last else max((p[0] for p in placed), default=0.0)
        late = [p for p in placed if p[0] == end]
        early = [p for p in placed if p[0] < end]
    else:
        late, early = [p for p in placed if p[0] > cut], [p for p in placed if p[0] <= cut]
    if last is not None:
        late = [p for p in late if p[2] is last]
    if not late:
        return f"after the date it has no version with a known {'date' if dated else 'order'}"
    aim_before, aim_after = aims or (max((p[0] for p in early), default=0.0), late[0][0])
    if not dated:
        aim_before, aim_after = max((p[0] for p in early), default=0.0), late[-1][0]
    chosen = min(late, key=lambda p: (abs(p[0] - aim_after), p[:2]))[2]
    early = [p for p in early if _alike(p[2], chosen)]
    if not early:
        return "before the date it has no version of like size with a known " + ("date" if dated else "order")
    at, _, before = min(early, key=lambda p: (abs(p[0] - aim_before), -p[0], p[1]))
    earlier = max((p for p in early if p[0] < at), key=lambda p: p[:2], default=None)
    return Step(chosen.family, chosen.unit, before, chosen, earlier[2] if earlier else None)


def _unlike(step: Step, found: Sequence[str], skill_of: Mapping[str, str], targeted: frozenset[str]) -> str:
    """Why a family cannot be compared with the suspect; "" where it can."""
    shared = {skill_of[b] for b in found if b in step.before.shares and b in step.after.shares}
    every = {skill_of[b] for b in found}
    lacks = sorted((targeted & every) - shared)
    if lacks:
        return f"it has no scores before and after in {', '.join(lacks)}"
    if len(shared - targeted) < LEAST_SHARED * len(every - targeted):
        return "it has scores before and after in too few untargeted skills"
    return ""


def _one_a_unit(steps: Sequence[Step], found: Sequence[str]) -> tuple[list[Step], list[tuple[str, str]]]:
    """One family a provider: that with the most benchmarks. Families of one house are not independent."""

    def rank(step: Step) -> tuple[int, str]:
        return -sum(b in step.before.shares and b in step.after.shares for b in found), step.family

    best: dict[str, Step] = {}
    for step in steps:
        if step.unit not in best or rank(step) < rank(best[step.unit]):
            best[step.unit] = step
    kept = list(best.values())
    chosen = {id(step) for step in kept}
    return kept, [
        (s.family, "another family of the same provider stands for both") for s in steps if id(s) not in chosen
    ]


def _levels(models: Sequence[Model | None], benchmarks: Sequence[str]) -> Floats:
    rows = [[np.nan if m is None else m.shares.get(b, np.nan) for b in benchmarks] for m in models]
    return logit(np.array(rows, dtype=np.float64).reshape(len(models), len(benchmarks)))


def _alike(one: Model, other: Model) -> bool:
    if one.size is None or other.size is None:
        return True
    return max(one.size, other.size) / min(one.size, other.size) <= SAME_SIZE + 1e-9


def _known(model: Model, dated: bool) -> bool:
    return (model.day if dated else model.order) is not None


def _at(model: Model, dated: bool) -> float:
    if dated:
        return float(model.day.toordinal()) if model.day else 0.0
    return model.order or 0.0
