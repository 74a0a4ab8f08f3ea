"""One case of radioactivity, whole: looks at the text, keys by level, decoys, growth, forecast, and the verdict.

Everything before the keys enter is fixed by the suspect and the reference alone: pairs, weights, the law of the score;
and when the text is looked at (`looks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch import __version__
from stillwatch.errors import BadSettings
from stillwatch.marks import CommitmentCheck, DecoyCheck, KeyResult, MarkInquiry, PowerPoint
from stillwatch.provenance.watermark.radioactivity.expected import Evidence, closed_growth, open_growth
from stillwatch.provenance.watermark.radioactivity.forecast import forecast, rates_of, tries
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS, look_on, looks_within
from stillwatch.provenance.watermark.radioactivity.reference import Reference
from stillwatch.provenance.watermark.radioactivity.sharpening import Sharpened, sharpened
from stillwatch.provenance.watermark.radioactivity.suspect import Suspect
from stillwatch.provenance.watermark.radioactivity.telling import limits, rivals, sentence, verdict, would_change
from stillwatch.provenance.watermark.radioactivity.weights import NAME
from stillwatch.provenance.watermark.radioactivity.windows import Predictor
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.decoys import DECOYS, check_decoys, ranks
from stillwatch.provenance.watermark.text.levels import gatekept

__all__ = ["Case", "gather", "study"]

LADDER = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Shares of marked data at which the forecast is drawn."""

Array = NDArray[np.float64]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Case:
    """`keys` are those of the register, in its order; one that leaked is shown and never counts. `provenance` is what
    the report repeats: versions, hashes, seeds. `power` is drawn as given; without it closed access has a forecast
    from the rates of the suspect's own text."""

    suspect: Suspect
    reference: Reference
    scheme: Scheme
    keys: Sequence[Candidate]
    level: float = 1e-6
    decoys: int = DECOYS
    seed: int = 0
    commitment: CommitmentCheck | None = None
    power: tuple[PowerPoint, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)


def gather(suspect: Suspect, reference: Reference, scheme: Scheme) -> Evidence:
    """The key-free table of all the text. Raises BadSettings where suspect and reference are one."""
    return next(_gather(suspect, _fitted(suspect, reference, scheme), scheme, (suspect.texts.written,)))


def _fitted(suspect: Suspect, reference: Reference, scheme: Scheme) -> Sharpened:
    if suspect.sha256 == reference.sha256:
        raise BadSettings(
            f"{reference.name}: is the suspect itself. The reference is a model, or answers of one, that never saw the "
            "mark: your own model with the mark off, or the suspect's public base."
        )
    return sharpened(
        suspect.texts, reference.predictor, scheme.width, suspect=suspect.model, padded=scheme.padded
    )  # fmt: skip


def _gather(suspect: Suspect, reference: Predictor, scheme: Scheme, sizes: Sequence[int]) -> Iterator[Evidence]:
    if suspect.model is None:
        return closed_growth(suspect.texts, reference, scheme.width, sizes, padded=scheme.padded)
    return open_growth(suspect.model, reference, suspect.texts, scheme.width, sizes, padded=scheme.padded)


def study(case: Case, *, progress: Progress | None = None) -> MarkInquiry:
    """Raises BadSettings where there is no key to test, or nothing to compare with."""
    told = progress or _untold
    if not any(one.counts for one in case.keys):
        raise BadSettings(
            f"the register has no key that can be evidence for scheme {case.scheme.name}. "
            "`stillwatch watermark keys list` shows schemes and states."
        )
    told("fitting the reference", 0.05)
    fitted = _fitted(case.suspect, case.reference, case.scheme)
    keys = [one.key for one in case.keys]
    sizes = looks_within(case.suspect.texts.written)
    told("reading with the reference", 0.3)
    yet, look = look_on(_gather(case.suspect, fitted, case.scheme, sizes), case.scheme, keys)
    evidence, read = look.evidence, (look.evidence.tokens, len(look.evidence.pairs))
    told("scoring decoys", 0.8)
    decoys = check_decoys(case.scheme, evidence.pairs, look.weights, look.tail, case.decoys, case.seed, keys)
    results = _results(case, look.tail.z(look.totals), yet[-1], decoys)
    answer = verdict(results, decoys, case.commitment)
    if answer == "abstains":
        results = [msgspec.structs.replace(key, accused=False) for key in results]
    told("forecasting", 0.9)
    return MarkInquiry(
        kind="radioactivity",
        suspect=case.suspect.name,
        access=case.suspect.access,
        scheme=case.scheme.name,
        verdict=answer,
        sentence=sentence(answer, results, case.suspect, read, case.level, decoys, case.commitment),
        tokens=read[0],
        pairs=read[1],
        level=case.level,
        weight=NAME,
        dominance=look.tail.dominance,
        keys=tuple(results),
        decoys=decoys,
        growth=_growth(case, sizes, yet, results),
        power=case.power or _power(case, evidence),
        rivals=rivals(answer, case.suspect, sum(not one.counts for one in case.keys)),
        commitment=case.commitment,
        would_change=would_change(answer, case.suspect, case.reference, case.level),
        limits=limits(case.suspect, case.reference, read[0]),
        provenance=_provenance(case, fitted.temperature),
    )


def _untold(_what: str, _share: float) -> None:
    pass


def _results(case: Case, z: Array, log10_p: Array, decoys: DecoyCheck) -> list[KeyResult]:
    """`z` of the last look, `log10_p` over all of them. Every level is opened at once: an answer carries one key, so
    what was marked for an account shows nothing under the key of its cohort, and a gate there would hide it. Holm
    within each level, the levels share the error."""
    z = np.broadcast_to(z, len(case.keys))
    levels = np.array([one.name.level for one in case.keys])
    rank = np.zeros(len(z), np.int64)
    for level in np.unique(levels):
        rank[levels == level] = ranks(z[levels == level], decoys)
    made = [one.result(float(z[i]), float(log10_p[i]), int(rank[i])) for i, one in enumerate(case.keys)]
    counted = [i for i, one in enumerate(case.keys) if one.counts]
    for i, judged in zip(counted, gatekept([made[i] for i in counted], case.level, gated=False), strict=True):
        made[i] = judged
    return made


def _growth(
    case: Case, sizes: Sequence[int], yet: Array, results: Sequence[KeyResult]
) -> tuple[tuple[int, float], ...]:
    """log10 p after each look of the surest accused key, or of the one key that there is. The highest of many that are
    not accused is the highest by chance, and its growth would mean nothing."""
    counted = [i for i, one in enumerate(case.keys) if one.counts]
    shown = [i for i in counted if results[i].accused] or (counted if len(counted) == 1 else [])
    if not shown:
        return ()
    best = min(shown, key=lambda i: yet[-1, i])
    return tuple((size, float(p)) for size, p in zip(sizes, yet[:, best], strict=True))


def _power(case: Case, evidence: Evidence) -> tuple[PowerPoint, ...]:
    """With the text at hand, and with four times as much: what would have been seen. No key enters; the constants of
    the forecast are those of closed access."""
    if evidence.access != "closed" or not len(evidence.pairs):
        return ()
    keys = tries(one.name.level for one in case.keys if one.counts)
    budgets = (evidence.tokens, 4 * evidence.tokens)
    return forecast(rates_of(evidence), case.scheme, case.level, keys=keys, budgets=budgets, shares=LADDER)


def _provenance(case: Case, temperature: float) -> dict[str, str]:
    return {
        **case.provenance,
        "suspect_sha256": case.suspect.sha256,
        "reference": f"{case.reference.kind} {case.reference.name}",
        "reference_sha256": case.reference.sha256,
        "reference_temperature": f"{temperature:g}",
        **{f"file {path}": digest for path, digest in case.suspect.files},
        **{f"left out ({reason})": f"{count:,}" for reason, count in case.suspect.left_out},
        "stillwatch": __version__,
        "seed": str(case.seed),
        "looks": f"after {', '.join(f'{size:,}' for size in LOOKS)} tokens; p times {len(LOOKS)}",
        "gate": "none: keys of all levels are opened at once",
    }
