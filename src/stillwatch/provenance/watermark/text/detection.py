"""Is this text ours, and under whose key was it written? One case over all documents, many keys at once.

Each distinct (context, token) pair counts once, with weight 1, so the tail of the score is exact: binomial, gamma,
or the saddlepoint's where a scheme's own values differ in weight. The keys are those named before, all of them; one
family-wise error covers them and, where asked for, the scan for spans. Decoys say whether that error can be
believed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch import __version__
from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.marks import CommitmentCheck, DecoyCheck, KeyResult, MarkedSpan, MarkInquiry
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.decoys import DECOYS, check_decoys, ranks
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.levels import gatekept
from stillwatch.provenance.watermark.text.spans import find_spans
from stillwatch.provenance.watermark.text.verdict import LIMITS, rivals, told, verdict_of, would_change

__all__ = ["WEIGHT", "detect"]

WEIGHT = "equal"
"""Name of the weight, as a commitment's plan says it: each distinct pair counts once."""


def detect(
    documents: Documents,
    scheme: Scheme,
    keys: Sequence[Candidate],
    *,
    level: float = 1e-6,
    decoys: int = DECOYS,
    seed: int = 0,
    spans: bool = False,
    commitment: CommitmentCheck | None = None,
    suspect: str = "",
    progress: Callable[[str, float], None] | None = None,
) -> MarkInquiry:
    """Try every key on the documents together. With `spans`, half of `level` goes to the scan for marked stretches,
    and p-values are adjusted for that too. Seeds draw the decoys and nothing else.

    Keys of all levels are opened at once (`gatekept(gated=False)`): one exchange carries one key, so a text marked
    for an account shows nothing under its cohort's key, and a gate there would hide it.
    """
    if not keys:
        raise NothingToRead(f"no key of scheme {scheme.name} to try. Add one, or name another scheme.")
    if not 0 < level < 1:
        raise BadSettings(f"level {level}: is a probability between 0 and 1.")
    say = progress or (lambda _what, _share: None)
    say("distinct pairs", 0.05)
    pairs = pairs_of(scheme, documents.texts)
    weights = np.ones(len(pairs))
    tail = Tail(weights, scheme.law)
    say(f"{len(keys):,} keys", 0.2)
    totals = scheme.totals(pairs, weights, [one.key for one in keys]) if len(pairs) else np.zeros(len(keys))
    say(f"{decoys:,} decoys", 0.4)
    check = check_decoys(scheme, pairs, weights, tail, decoys, seed, [one.key for one in keys])
    tests = 2 if spans else 1
    z, log10_p = np.broadcast_to(tail.z(totals), len(keys)), tail.log10_p(totals)
    places = _places(keys, z, check)
    results = [
        one.result(float(z[i]), float(log10_p[i]), int(places[i])) if len(pairs) else _unjudged(one)
        for i, one in enumerate(keys)
    ]
    results = _tested(results, keys, level, tests)
    found: list[MarkedSpan] = []
    counted = [one for one in keys if one.counts]
    if spans and len(pairs) and counted:
        say("marked spans", 0.6)
        found = _adjusted(find_spans(documents, scheme, counted, level / tests), tests)
    verdict = verdict_of(check, results, found)
    written = documents.texts.written
    case = MarkInquiry(
        kind="text", suspect=suspect or _named(documents), access="text", scheme=scheme.name, verdict=verdict,
        sentence="", tokens=written, pairs=len(pairs), level=level, weight=WEIGHT, dominance=tail.dominance,
        keys=tuple(sorted(results, key=_order)), decoys=check, spans=tuple(found),
        commitment=commitment,
        provenance={
            "stillwatch": __version__, "seed": str(seed), "decoys": str(decoys), "documents": str(len(documents)),
            "gate": "none: keys of all levels are opened at once",
            **{f"sha256 of {name}": value for name, value in documents.files},
            **{f"left out: {reason}": str(count) for reason, count in documents.left_out},
        },
    )  # fmt: skip
    say("verdict", 0.95)
    return msgspec.structs.replace(
        case, sentence=told(case), would_change=would_change(case, scheme.law), limits=LIMITS, rivals=rivals(case)
    )


def _tested(results: list[KeyResult], keys: Sequence[Candidate], level: float, tests: int) -> list[KeyResult]:
    """Adjusted over the keys that count; the others keep their raw p-value and accuse nobody."""
    counted = [i for i, one in enumerate(keys) if one.counts]
    tested = gatekept([results[i] for i in counted], level / tests, gated=False)
    made = list(results)
    for i, one in zip(counted, tested, strict=True):
        adjusted = one.log10_p_adjusted
        more = None if adjusted is None else min(0.0, adjusted + math.log10(tests))
        made[i] = msgspec.structs.replace(one, log10_p_adjusted=more)
    return made


def _adjusted(spans: list[MarkedSpan], tests: int) -> list[MarkedSpan]:
    more = math.log10(tests)
    return [msgspec.structs.replace(s, log10_p_adjusted=min(0.0, s.log10_p_adjusted + more)) for s in spans]


def _places(keys: Sequence[Candidate], z: NDArray[np.float64], decoys: DecoyCheck) -> NDArray[np.int64]:
    """Each key's place among the keys of its level and the decoys, 1 the highest."""
    levels = np.array([one.name.level for one in keys])
    places = np.ones(len(keys), np.int64)
    for name in set(levels):
        own = levels == name
        places[own] = ranks(z[own], decoys)
    return places


def _unjudged(one: Candidate) -> KeyResult:
    return msgspec.structs.replace(one.result(0.0, 0.0, 1), z=None, log10_p=None, rank=None)


def _named(documents: Documents) -> str:
    names = [name for name, _ in documents.files] or list(documents.ids)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _order(one: KeyResult) -> tuple[bool, float, float, str]:
    adjusted = one.log10_p_adjusted
    return (not one.accused, 1.0 if adjusted is None else adjusted, -(one.z or 0.0), one.key_id)
