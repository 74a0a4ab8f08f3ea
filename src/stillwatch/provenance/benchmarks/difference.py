"""The arithmetic of the difference in differences: did targeted skills gain more than untargeted, beyond the peers'?

`gains` is one row a family (the suspect first, then one row a peer) and one column a skill, in logits, NaN where a
family has no score. Each column is centred on all families, the suspect among them, so that what everyone gained is
gone and every family is treated alike. A family's *contrast* is its mean over targeted skills less that of the rest.

Two tests that fail in different worlds, so the larger p-value is the headline:

- *Placebo models*: the rank of the suspect's contrast among the peers'. Exact where the suspect is one more family like
  them, whatever skills have in common. It fails for a suspect that grew far more than any peer.
- *Permuted skills*: every other choice of as many skills, on the suspect alone, each skill in the peers' standard
  deviations. It holds for such a suspect, and fails where targeted skills move together for innocent reasons.

Measured (bench/histories.py): each alone calls up to 15 % of innocents guilty at 0.05 in the world that it fails in.
Beside them a third: the placebo rank of what is left of the contrast after a straight line in each family's untargeted
gain and in how far its targeted skills lay behind at the start, which is how catching up looks. And, where the
suspect's contrast was above the middle one version earlier too, the rank of what was added since, because a skill that
always grew faster goes on doing so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

__all__ = ["Difference", "centred", "contrast", "difference", "ranked", "skill_sets"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MOST_SETS = 50_000  # choices of skills that are all tried; beyond, as many are drawn
LEAST_ADJUSTED = 12  # peers for a line in two covariates
COVERAGE = 0.95
MIDDLE = 0.5
BEYOND = 0.25  # of the peers' range: how far outside it the suspect is another kind of model than they
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """`effect` in logits, with the interval that inverts the placebo test and the coverage that it has with so few
    peers. `p_value` is the largest of the p-values that count; `floor` the smallest that it could be."""

    effect: float
    low: float
    high: float
    coverage: float
    p_skills: float
    sets: int
    every_set: bool
    p_placebo: float
    p_adjusted: float | None
    p_added: float | None
    p_searched: float
    p_value: float
    floor: float
    contrasts: Floats  # one a family, centred
    outgrew: bool  # the suspect's untargeted skills gained far more, or less, than any peer's
    uneven: bool  # its untargeted gains scatter far more than any peer's


def difference(
    gains: Floats, behind: Floats, targeted: Bools, *, earlier: Floats | None = None, declared: bool = True,
    seed: int = 0,
) -> Difference:  # fmt: skip
    """`behind`: one a family, how far its targeted skills lay below its untargeted at the start, in logits.
    `earlier`: one a family, its contrast one version earlier, NaN where it has none; None: not to be used.

    `declared` False: the skills may have been chosen after the scores were seen. Then the suspect's best choice of as
    many skills is ranked among every peer's own best choice, and that p-value counts as well.
    """
    rows = centred(gains)
    peers = len(rows) - 1
    found = contrast(rows, targeted)
    p_placebo = ranked(found)
    scores = _standardised(rows)
    p_skills, sets, every = _permuted(scores[0], targeted, seed)
    untargeted = np.nanmean(rows[:, ~targeted], axis=1)
    p_adjusted = ranked(_left_over(found, np.column_stack([untargeted, behind]))) if peers >= LEAST_ADJUSTED else None
    p_searched = ranked(_best_choice(scores, int(targeted.sum())))
    place = _place(peers)
    spread = np.nanstd(rows[:, ~targeted], axis=1)
    low, high = _interval(found, spread, place)
    p_added, least = None, peers
    if earlier is not None and np.isfinite(earlier[0]):
        has = np.isfinite(earlier)
        if ranked(earlier[has]) <= MIDDLE:
            added, least = found[has] - earlier[has], int(has.sum()) - 1
            p_added = ranked(added)
            lower, higher = _interval(added, spread[has], _place(least))
            low, high = min(low, lower), max(high, higher)
    others = [p for p in (p_adjusted, p_added, None if declared else p_searched) if p is not None]
    counted = [p_skills, p_placebo, *others]
    effect = float(found[0] - found[1:].mean())
    return Difference(
        effect=effect, low=low, high=high, coverage=1 - 2 * place / (peers + 1),
        p_skills=p_skills, sets=sets, every_set=every, p_placebo=p_placebo, p_adjusted=p_adjusted, p_added=p_added,
        p_searched=p_searched, p_value=max(counted), floor=max(1 / sets, 1 / (least + 1)), contrasts=found,
        outgrew=_outside(untargeted, both=True), uneven=_outside(spread, both=False),
    )  # fmt: skip


def centred(gains: Floats) -> Floats:
    """Gains less the mean of all families, skill by skill."""
    centre: Floats = gains - np.nanmean(gains, axis=0)
    return centre


def contrast(rows: Floats, targeted: Bools) -> Floats:
    """Mean over targeted skills less mean over untargeted, one a row."""
    found: Floats = np.nanmean(rows[:, targeted], axis=1) - np.nanmean(rows[:, ~targeted], axis=1)
    return found


def ranked(values: Floats) -> float:
    """Share of all rows that lie as high as the first, itself among them: exact, never below 1/(peers + 1)."""
    return float((values >= values[0] - _TIE).mean())


@lru_cache(maxsize=16)
def skill_sets(skills: int, chosen: int, seed: int = 0) -> tuple[NDArray[np.int64], bool]:
    """All choices of `chosen` out of `skills` as rows of indices, and True; or MOST_SETS drawn ones, and False."""
    if math.comb(skills, chosen) <= MOST_SETS:
        return np.array(list(islice(combinations(range(skills), chosen), MOST_SETS)), dtype=np.int64), True
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((MOST_SETS, skills)), axis=1)[:, :chosen].astype(np.int64), False


def _permuted(scores: Floats, targeted: Bools, seed: int) -> tuple[float, int, bool]:
    """The share of choices of skills that contrast as much, how many choices, and whether those are all."""
    has = np.isfinite(scores)
    scores, targeted = scores[has], targeted[has]
    chosen = int(targeted.sum())
    sets, every = skill_sets(len(scores), chosen, seed)
    # With the number chosen fixed, the contrast grows with the sum over those chosen.
    sums = scores[sets].sum(axis=1)
    as_high = int((sums >= scores[targeted].sum() - _TIE).sum())
    return (as_high / len(sets), len(sets), True) if every else ((1 + as_high) / (1 + len(sets)), len(sets) + 1, False)


def _standardised(rows: Floats) -> Floats:
    """Each family's gains less its own mean, in the peers' standard deviations of that skill."""
    own = rows - np.nanmean(rows, axis=1, keepdims=True)
    spread = np.sqrt(np.nanmean((own[1:] - np.nanmean(own[1:], axis=0)) ** 2, axis=0))
    typical = float(np.nanmedian(spread)) or 1.0
    # A skill in which the peers hardly differ, by chance or by rounding, must not outweigh all others.
    scores: Floats = own / np.maximum(spread, typical / 4)
    return scores


def _best_choice(scores: Floats, chosen: int) -> Floats:
    """For each family the highest contrast that any choice of as many skills gives, over the scatter of the rest (or
    a family whose scores scatter more would seem to have been taught by choosing alone)."""
    filled = np.where(np.isfinite(scores), scores, 0.0)
    ordered = -np.sort(-filled, axis=1)
    rest = ordered[:, chosen:]
    best: Floats = (ordered[:, :chosen].mean(axis=1) - rest.mean(axis=1)) / np.maximum(rest.std(axis=1), _TIE)
    return best


def _place(peers: int) -> int:
    """Which of the peers, counted from either end, bounds the interval."""
    return max(1, math.floor((1 - COVERAGE) / 2 * (peers + 1)))


def _interval(found: Floats, spread: Floats, place: int) -> tuple[float, float]:
    """Effects that the placebo test would not reject at either end, with contrasts as they are and over each family's
    own scatter: the wider of both, because a suspect whose scores scatter twice as much as the peers' would get too
    narrow a one from the first alone (measured: 80 % instead of 92 %)."""
    peers = len(found) - 1
    plain = np.sort(found[1:])
    scaled = np.sort(found[1:] / np.maximum(spread[1:], _TIE)) * spread[0]
    return (
        float(found[0] - max(plain[peers - place], scaled[peers - place])),
        float(found[0] - min(plain[place - 1], scaled[place - 1])),
    )


def _left_over(values: Floats, covariates: Floats) -> Floats:
    """Residuals of a straight line through all families, each over its own standard error (so that the reach of a
    family that lies far out does not hide it)."""
    design = np.column_stack([np.ones(len(values)), covariates - covariates.mean(axis=0)])
    basis, strength, _ = np.linalg.svd(design, full_matrices=False)
    basis = basis[:, strength > 1e-9 * strength[0]]
    residual = values - basis @ (basis.T @ values)
    found: Floats = residual / np.sqrt(np.maximum(1 - (basis**2).sum(axis=1), 1e-6))
    return found


def _outside(values: Floats, *, both: bool) -> bool:
    low, high = float(values[1:].min()), float(values[1:].max())
    margin = BEYOND * (high - low)
    return bool(values[0] > high + margin or (both and values[0] < low - margin))
