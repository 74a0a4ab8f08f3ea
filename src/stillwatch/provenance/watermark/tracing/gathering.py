"""The suspect's side of a trace, which no key enters: of a model against a reference, or of a text by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.radioactivity.weights import declared_weight
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of
from stillwatch.provenance.watermark.text.detection import WEIGHT
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.tracing.trace import Suspicion

__all__ = ["Gathered", "gathered_evidence", "gathered_text"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gathered:
    """`weight` is the name of the declared weight; `provenance` what the report repeats: hashes of what was read."""

    suspect: str
    access: Literal["text", "closed", "open"]
    tokens: int
    weight: str
    suspicion: Suspicion
    provenance: dict[str, str] = field(default_factory=dict)


def gathered_evidence(
    suspect: str, evidence: Evidence, weight: str, provenance: dict[str, str] | None = None
) -> Gathered:
    """A model's answers or probabilities against those of a reference, with the weight declared for that access."""

    def weigh(seen: Array, expected: Array) -> Array:
        return declared_weight(replace(evidence, seen=seen, expected=expected))

    suspicion = Suspicion(evidence.pairs, evidence.seen, evidence.expected, weigh)
    return Gathered(suspect, evidence.access, evidence.tokens, weight, suspicion, provenance or {})


def gathered_text(suspect: str, documents: Documents, scheme: Scheme) -> Gathered:
    """Text that may be our own answers, such as somebody's training data: every distinct pair weighs the same."""
    pairs = pairs_of(scheme, documents.texts)
    seen = pairs.counts.astype(np.float64)
    suspicion = Suspicion(pairs, seen, np.zeros(len(pairs)), lambda seen, _: np.ones(len(seen)))
    provenance = {
        **{f"file {path}": digest for path, digest in documents.files},
        **{f"left out ({reason})": f"{count:,}" for reason, count in documents.left_out},
    }
    return Gathered(suspect, "text", documents.texts.written, WEIGHT, suspicion, provenance)
