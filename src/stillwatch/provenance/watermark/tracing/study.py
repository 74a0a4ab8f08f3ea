"""One case of tracing, whole: keys and standing, cohorts, decoys, shares, the books, and what else would explain it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch import __version__
from stillwatch.errors import BadSettings
from stillwatch.marks import CommitmentCheck, KeyResult, Ledger, MarkInquiry, MarkVerdict, RivalStory
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.schemes.isolation import require_isolated
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.decoys import ranks
from stillwatch.provenance.watermark.text.verdict import in_words
from stillwatch.provenance.watermark.tracing.cohorts import Cohorts
from stillwatch.provenance.watermark.tracing.gathering import Gathered
from stillwatch.provenance.watermark.tracing.ledger import Books, books_of
from stillwatch.provenance.watermark.tracing.telling import limits, percent, rivals, sentence, would_change
from stillwatch.provenance.watermark.tracing.trace import Finding, trace

__all__ = ["Case", "study"]

_MOST_IN_LEDGER = 200


@dataclass(frozen=True)
class Case:
    """What a trace is asked. `gathered` depends on no key. `keys` are in the order of the register; one that leaked is
    shown, and is no part of the test. `strength` is a green list's delta in nats where known."""

    gathered: Gathered
    scheme: Scheme
    keys: Sequence[Candidate]
    cohorts: Cohorts | None = None
    books: Books | None = None
    level: float = 1e-3
    decoys: int = 1000
    seed: int = 0
    strength: float | None = None
    commitment: CommitmentCheck | None = None


def study(
    case: Case, *, spoofing: Callable[[Sequence[bytes]], RivalStory] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> MarkInquiry:  # fmt: skip
    """Test the case. `spoofing(keys)` is asked about the accused keys, strongest first.

    Raises BadSettings where no key can be tested.
    """
    counted = [one for one in case.keys if one.counts]
    if not counted:
        raise BadSettings(
            f"the register has no key that can be evidence for scheme {case.scheme.name}. "
            "`stillwatch watermark keys list` shows their schemes and states."
        )
    gathered = case.gathered
    names = [one.name for one in counted]
    keys = [one.key for one in counted]
    require_isolated(case.scheme, keys, [name.id for name in names])
    members = case.cohorts.keys_of(names) if case.cohorts else {}
    found = trace(
        gathered.suspicion, case.scheme, keys, members=list(members.values()), level=case.level, decoys=case.decoys,
        seed=case.seed, strength=case.strength, progress=progress,
    )  # fmt: skip
    sound = found.decoys.sound and (case.commitment is None or case.commitment.holds)
    results = [*_pooled(found, members, sound), *_alone(found, counted, sound), *_void(case, found)]
    accused = [result for result in results if result.accused]
    strongest = sorted(np.flatnonzero(found.accusation.accused), key=lambda place: -found.totals[place])
    story = spoofing([keys[place] for place in strongest]) if spoofing and sound and strongest else None
    answer: MarkVerdict = "abstains" if not sound else "marked" if accused else "not shown"
    return MarkInquiry(
        kind="trace",
        suspect=gathered.suspect,
        access=gathered.access,
        scheme=case.scheme.name,
        verdict=answer,
        sentence=sentence(gathered.suspect, answer, results, found, case.level, case.commitment),
        tokens=gathered.tokens,
        pairs=len(gathered.suspicion.pairs),
        level=case.level,
        weight=gathered.weight,
        dominance=found.tail.dominance,
        keys=tuple(results),
        decoys=found.decoys,
        rivals=rivals(gathered.access, story, len(case.keys) - len(counted)) if answer == "marked" else (),
        commitment=case.commitment,
        ledger=_looked_up(case, accused),
        would_change=would_change(found, answer),
        limits=limits(found, case.scheme, gathered.access, bool(members), case.strength),
        provenance={
            **gathered.provenance,
            "stillwatch": __version__,
            "seed": str(case.seed),
            "keys tested": str(len(keys)),
            **({"cohorts_sha256": case.cohorts.sha256} if case.cohorts else {}),
        },
    )


def _looked_up(case: Case, accused: Sequence[KeyResult]) -> tuple[Ledger, ...]:
    """The books of accused accounts, then of members of accused cohorts, some of each, who are told from them."""
    alone = [one.account for one in accused if one.account]
    inside = [
        account
        for one in accused
        if one.level == "cohort" and case.cohorts is not None
        for account in case.cohorts.members.get(one.cohort, ())[:_MOST_IN_LEDGER]
    ]
    rows = books_of([*alone, *inside], case.books, case.cohorts)
    note = "A member of a cohort that was found as one, not found by itself."
    return tuple(
        row if row.account in alone else msgspec.structs.replace(row, text=f"{note} {row.text}".strip()) for row in rows
    )


def _alone(found: Finding, counted: Sequence[Candidate], sound: bool) -> list[KeyResult]:
    levels = np.array([one.name.level for one in counted])
    rank = np.zeros(len(levels), np.int64)
    for level in np.unique(levels):
        rank[levels == level] = ranks(found.z[levels == level], found.decoys)
    made = []
    for place, one in enumerate(counted):
        share = found.shares.get(place)
        told = ""
        if share is not None:
            told = f"About {percent(share.estimate)} of the data ({percent(share.low)} to {percent(share.high)})."
        look = int(found.accusation.look[place])
        accused = bool(found.accusation.accused[place]) and sound
        if accused and look == 0:
            told = f"{told} Found among the keys of its cohort.".strip()
        elif accused and look > 1:
            told = f"{told} Found in look {look}, without what stronger keys explain.".strip()
        plain = one.result(float(found.z[place]), float(found.log10_p[place]), int(rank[place]))
        made.append(
            msgspec.structs.replace(
                plain, log10_p_adjusted=float(found.accusation.log10_adjusted[place]), accused=accused,
                share=None if share is None else float(np.clip(share.estimate, 0.0, 1.0)),
                share_low=None if share is None else share.low, share_high=None if share is None else share.high,
                text=told if accused else plain.text,
            )
        )  # fmt: skip
    return made


def _pooled(found: Finding, members: dict[str, NDArray[np.int64]], sound: bool) -> list[KeyResult]:
    return [
        KeyResult(
            key_id="1 key" if len(inside) == 1 else f"{len(inside):,} keys as one",
            level="cohort",
            cohort=cohort,
            z=float(found.cohort_z[place]),
            log10_p=float(found.cohort_log10_p[place]),
            log10_p_adjusted=float(found.accusation.log10_cohorts[place]),
            accused=bool(found.accusation.cohorts[place]) and sound,
            text=f"Its keys as one. The truncated product, exploratory, has {in_words(float(found.products[place]))}.",
        )
        for place, (cohort, inside) in enumerate(members.items())
    ]


def _void(case: Case, found: Finding) -> list[KeyResult]:
    """Keys that leaked: what they score, and that it is no evidence."""
    leaked = [one for one in case.keys if not one.counts]
    if not leaked:
        return []
    z, log10_p = found.beside(case.scheme, case.gathered.suspicion.pairs, [one.key for one in leaked])
    return [
        KeyResult(
            key_id=one.name.id, level=one.name.level, cohort=one.name.cohort, account=one.name.account,
            epoch=one.name.epoch, z=float(z[row]), log10_p=float(log10_p[row]), text=one.note,
        )
        for row, one in enumerate(leaked)
    ]  # fmt: skip
