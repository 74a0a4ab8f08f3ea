"""The open question, whole: one suspect's answers and a pack in, ranked teachers and "none of these" out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from stillwatch.errors import BadInput
from stillwatch.provenance.fingerprint.innocents import FEWEST_FAMILIES, FEWEST_MODELS, Null
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.panel import SPEAKS_AGAINST_AT
from stillwatch.provenance.whose import telling
from stillwatch.provenance.whose.finding import NoneOfThese, Whose
from stillwatch.provenance.whose.leaving_out import interval, leave_out, noticed
from stillwatch.provenance.whose.matching import Match, matched
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.ranking import COVERAGE, LEVEL, Ranking, closed, rank
from stillwatch.provenance.whose.resemblance import Resemblance, resemblance
from stillwatch.provenance.whose.strangers import Stranger, Strangers

__all__ = ["Judged", "answered", "judge", "whose"]

Progress = Callable[[str, float], None]
Standings = Literal["set aside", "cannot be ruled out", "supported"]


@dataclass(frozen=True)
class Judged:
    """A ranking and what it was measured by: `nulls` are innocents with a home in the pack, `measure` strangers."""

    ranking: Ranking
    nulls: dict[str, Null]
    measure: list[Stranger]
    strangers: Strangers


def whose(
    pack: Pack, own: Corpus, model: str, *, family: str | None = None, seed: int = 0, progress: Progress | None = None
) -> Whose:
    """Ask whose answers `model` was trained on. `family` is the pack's family that it is known to stand on (its base).

    Raises BadInput where it answered other questions than the pack's, or no provider can be judged.
    """
    told = progress or (lambda _what, _share: None)
    told("common questions", 0.0)
    match = matched(pack, own, model)
    told(f"reading {len(match.corpus.texts):,} answers", 0.05)
    sight = resemblance(match.corpus, _standing(pack, match, family), match.whole)
    told("ranking", 0.5)
    judged = judge(sight, len(match.corpus.models) - 1, seed=seed)
    return answered(pack, match, judged, seed=seed, progress=lambda what, share: told(what, 0.6 + 0.4 * share))


def judge(sight: Resemblance, suspect: int, *, strangers: Strangers | None = None, seed: int = 0) -> Judged:
    """Rank the providers for one suspect, which is no control and stands last. Raises BadInput where none can be."""
    standing = sight.standing
    nulls = closed(sight, suspect, seed=seed)
    others = [null for name, null in nulls.items() if name != standing.providers[suspect]]
    if not any(null.enough for null in others):
        models = max((null.models for null in others), default=0)
        families = max((null.families for null in others), default=0)
        raise BadInput(
            f"No provider can be judged: each needs {FEWEST_MODELS} control models in {FEWEST_FAMILIES} families "
            f"of other providers beside it, and has {models} in {families} at most. Build a pack of more models."
        )
    outside = standing.families != standing.families[suspect]
    known = strangers or Strangers(sight.only(np.flatnonzero(standing.control & outside)), seed=seed)
    measure = known.all(family=str(standing.families[suspect]))
    return Judged(rank(sight, suspect, nulls, measure), nulls, measure, known)


def answered(pack: Pack, match: Match, judged: Judged, *, seed: int = 0, progress: Progress | None = None) -> Whose:
    """Put a ranking into an answer, with how often innocents are called something."""
    ranking = judged.ranking
    group = tuple(one.provider for one in ranking.teachers if one.in_set)
    none = _none_of_these(judged, seed=seed, progress=progress)
    stayed, times = ranking.first_without
    manifest, suspect = pack.manifest, match.corpus.models[-1]
    return Whose(
        suspect=suspect, pack=f"{manifest.name} {manifest.probes_sha256[:12]}", probes=manifest.name,
        prompts=len(match.corpus.prompts), pack_prompts=match.pack_prompts, models=len(match.corpus.models) - 1,
        families=len(np.unique(judged.strangers.pack.standing.families)), level=LEVEL, coverage=COVERAGE,
        answer=" or ".join(group) if ranking.named else None,
        sentence=telling.sentence(suspect, ranking, none, group), teachers=ranking.teachers,
        cannot_be_told_apart=group, margin=ranking.margin, first_without=f"{stayed} of {times}", none=none,
        notes=telling.notes(match, manifest, judged.nulls), limits=telling.LIMITS,
    )  # fmt: skip


def _none_of_these(judged: Judged, *, seed: int, progress: Progress | None) -> NoneOfThese:
    ranking, best = judged.ranking, judged.ranking.best
    rows = leave_out(judged.strangers, seed=seed, progress=progress)
    hits = sum(row.named > 0 for row in rows)
    low, high = interval(hits, len(rows))
    ratios = [one.log_lr for one in ranking.teachers if one.log_lr is not None]
    standing: Standings = "cannot be ruled out"
    if ranking.named:
        standing = "set aside"
    elif ratios and max(ratios) <= SPEAKS_AGAINST_AT:
        standing = "supported"
    none = NoneOfThese(
        standing=standing, p_value=None if best is None else best.p, floor=1.0 / (1.0 + len(judged.measure)),
        strangers=tuple(sorted(one.score for one in judged.measure)), families=len(rows), named=hits, low=low,
        high=high, rate=float(np.mean([row.named / row.models for row in rows])) if rows else 0.0,
        rate_by_holm_alone=float(np.mean([row.by_holm_alone / row.models for row in rows])) if rows else 0.0,
        left_out=rows, noticed=noticed(judged.strangers.pack, judged.nulls, judged.measure), text="",
    )  # fmt: skip
    return msgspec.structs.replace(none, text=telling.none_of_these(none, ranking))


def _standing(pack: Pack, match: Match, family: str | None) -> Standing:
    manifest, models = pack.manifest, match.corpus.models
    base = manifest.lineage().standing("", models[:-1])
    own = ("(suspect)", "(suspect)")
    if family is not None:
        providers = {entry.family: entry.provider for entry in manifest.entries}
        if family not in providers:
            raise BadInput(f"--family: the pack has no family {family!r}. It has {', '.join(sorted(providers))}.")
        own = (family, providers[family])
    return Standing(
        np.append(base.families, own[0]), np.append(base.providers, own[1]), np.append(base.control, False),
        np.append(base.rival, False),
    )  # fmt: skip
