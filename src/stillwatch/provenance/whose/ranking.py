"""The providers of a pack, ranked as the teacher of one suspect, each with the p-values that it has to pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint import evidence
from stillwatch.provenance.fingerprint.innocents import FEWEST_FAMILIES, FEWEST_MODELS, Null, innocents
from stillwatch.provenance.fingerprint.significance import conformal, holm
from stillwatch.provenance.fingerprint.similarity import Matrix
from stillwatch.provenance.fingerprint.students import FAITHFUL, student_scores
from stillwatch.provenance.whose.finding import Teacher, Version
from stillwatch.provenance.whose.likenesses import likenesses
from stillwatch.provenance.whose.resemblance import Resemblance, highest
from stillwatch.provenance.whose.strangers import Stranger

__all__ = ["COVERAGE", "LEVEL", "Ranking", "closed", "rank", "rarity"]

# A provider is named at this p. A set of providers that cannot be told apart covers the true one this often.
LEVEL = 0.05
COVERAGE = 0.9
# Students that are half the teacher's decide how far below the best the true teacher may stand.
HALF = 0.5


@dataclass(frozen=True)
class Ranking:
    """`teachers` from the highest score down. `margin`: how far below the best a provider is still as good; None where
    no provider has two models. `first_without` is (times, families): how often the best stayed the best."""

    teachers: tuple[Teacher, ...]
    margin: float | None
    first_without: tuple[int, int]

    @property
    def best(self) -> Teacher | None:
        return next((one for one in self.teachers if one.p_value is not None), None)

    @property
    def named(self) -> bool:
        best = self.best
        return best is not None and best.p is not None and best.p <= LEVEL


def rarity(score: float, strangers: Sequence[Stranger]) -> float:
    """Share of strangers whose highest score reaches this one, the suspect counted among them."""
    values = np.array([one.score for one in strangers])
    return (1.0 + float((values >= score).sum())) / (1.0 + len(values))


def closed(sight: Resemblance, suspect: int, *, seed: int = 0) -> dict[str, Null]:
    """{provider: innocents to compare the suspect with}, its own provider among them."""
    found = innocents(sight.affinity(), sight.standing, seed=seed)
    firsts = {str(sight.standing.providers[i]): int(i) for i in sight.controls()[::-1]}
    return {name: found.null(suspect, firsts[name]) for name in sight.candidates()}


def rank(sight: Resemblance, suspect: int, nulls: Mapping[str, Null], strangers: Sequence[Stranger]) -> Ranking:
    """`sight` holds the pack's controls and, last, the suspect, which is no control. `nulls` are those of `closed`."""
    standing, candidates = sight.standing, sight.candidates()
    affinity = sight.affinity()
    against = sight.scores_of(suspect, affinity)
    best = highest(against[None, :], standing, candidates)[0]
    own = standing.providers[suspect]
    finite = np.isfinite(best).tolist()
    judged = [
        bool(name != own and nulls[name].enough and known) for name, known in zip(candidates, finite, strict=True)
    ]
    p_values = [conformal(s, nulls[n]) if yes else None for n, s, yes in zip(candidates, best, judged, strict=True)]
    adjusted = holm(p_values)
    ranges, first = _without_families(sight, suspect, candidates, best, judged)
    strange = standing.families != standing.families[suspect]
    among = sight.only(np.flatnonzero(standing.control & strange))
    margin = likenesses(among, among.affinity(), HALF).shortfall(COVERAGE)
    top = max((s for s, yes in zip(best, judged, strict=True) if yes), default=math.nan)
    teachers = []
    for place, name in enumerate(candidates):
        score, p_adjusted = float(best[place]), adjusted[place]
        versions = _versions(sight, against, name)
        absent = rarity(score, strangers) if judged[place] else None
        ratio = None
        if judged[place] and absent is not None:
            version = sight.models.index(versions[0].model)
            students = student_scores(affinity, standing, suspect, version, FAITHFUL)
            # The tail beyond a score is at most 1 / p times as probable for a student as for a stranger.
            ratio = min(evidence.log_likelihood_ratio(score, nulls[name], students), -math.log(absent))
        teachers.append(
            Teacher(
                provider=name, score=score if math.isfinite(score) else None, low=ranges[place][0],
                high=ranges[place][1], versions=versions, p_value=p_values[place], p_adjusted=p_adjusted,
                p_absent=absent, p=None if p_adjusted is None or absent is None else max(p_adjusted, absent),
                log_lr=ratio, in_set=bool(judged[place] and score >= top - (margin or 0.0)),
                own=bool(name == own), missing="" if judged[place] else _missing(name, nulls[name], bool(name == own)),
            )
        )  # fmt: skip
    teachers.sort(key=lambda one: (-(one.score if one.score is not None else -math.inf), one.provider))
    return Ranking(tuple(teachers), margin, first)


def _versions(sight: Resemblance, against: Matrix, provider: str) -> tuple[Version, ...]:
    places = [int(i) for i in sight.controls() if sight.standing.providers[i] == provider]
    places.sort(key=lambda i: -against[i] if np.isfinite(against[i]) else math.inf)
    return tuple(
        Version(
            model=sight.models[i], family=str(sight.standing.families[i]),
            score=float(against[i]) if np.isfinite(against[i]) else None,
        )
        for i in places
    )  # fmt: skip


def _without_families(
    sight: Resemblance, suspect: int, candidates: list[str], best: Matrix, judged: Sequence[bool]
) -> tuple[list[tuple[float | None, float | None]], tuple[int, int]]:
    """Lowest and highest score of each candidate with one control family left out, and how often the best stays so."""
    standing = sight.standing
    may: npt.NDArray[np.bool_] = np.array(judged, bool)
    first = int(np.where(may, best, -np.inf).argmax()) if may.any() else -1
    found, stayed, families = [best], 0, sorted({str(f) for f in standing.families[standing.control]})
    for family in families:
        places = np.flatnonzero((standing.families != family) | (np.arange(len(sight.models)) == suspect))
        rest = sight.only(places)
        against = rest.scores_of(int(np.searchsorted(places, suspect)))
        row = highest(against[None, :], rest.standing, candidates)[0]
        found.append(row)
        seen = np.where(may & np.isfinite(row), row, -np.inf)
        stayed += bool(np.isfinite(seen).any() and int(seen.argmax()) == first)
    table = np.stack(found)
    some = np.isfinite(table)
    low = np.where(some, table, np.inf).min(axis=0)
    high = np.where(some, table, -np.inf).max(axis=0)
    ranges: list[tuple[float | None, float | None]] = [
        (float(a), float(b)) if a <= b else (None, None) for a, b in zip(low, high, strict=True)
    ]
    return ranges, (stayed, len(families))


def _missing(name: str, null: Null, own: bool) -> str:
    if own:
        return f"The suspect is declared to stand on {name}'s weights: that it resembles {name} is no finding."
    return (
        f"{name} cannot be judged: the pack has {null.models} control models in {null.families} families of other "
        f"providers, and {FEWEST_MODELS} in {FEWEST_FAMILIES} are needed."
    )
