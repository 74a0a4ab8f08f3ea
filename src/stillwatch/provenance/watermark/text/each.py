"""Each document by itself: which of many answers carry a mark, with one family-wise error over documents and keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from stillwatch.provenance.watermark.schemes import Scheme, pairs_of
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.levels import holm

__all__ = ["DocumentResult", "detect_each"]


class DocumentResult(msgspec.Struct, frozen=True, kw_only=True):
    """One document under its best key. `account` is what its row says, `key_id` what its tokens say. p-values are None
    where there was no pair to score; adjusted is Bonferroni's over the keys, then Holm's over the documents."""

    document: str
    account: str
    tokens: int
    pairs: int
    key_id: str
    log10_p: float | None
    log10_p_adjusted: float | None
    marked: bool


def detect_each(
    documents: Documents,
    scheme: Scheme,
    keys: Sequence[Candidate],
    level: float,
    progress: Callable[[str, float], None] | None = None,
) -> list[DocumentResult]:
    """In order. With probability `level` at most, any document is called marked that has nothing to do with the keys.
    Keys that do not count as evidence are not tried. A document that repeats another is judged as that one is."""
    tried = [one for one in keys if one.counts]
    secrets = [one.key for one in tried]
    best = np.zeros(len(documents), np.int64)
    log10_p = np.full(len(documents), np.nan)
    sizes = np.zeros(len(documents), np.int64)
    for index in range(len(documents)):
        if progress is not None and index % 64 == 0:
            progress("each document", index / len(documents))
        pairs = pairs_of(scheme, documents.one(index).texts)
        sizes[index] = len(pairs)
        if len(pairs) and tried:
            weights = np.ones(len(pairs))
            totals = scheme.totals(pairs, weights, secrets)
            best[index] = int(np.argmax(totals))
            log10_p[index] = float(Tail(weights, scheme.law).log10_p(totals[best[index]])[0])
    judged = np.flatnonzero(~np.isnan(log10_p))
    adjusted = np.full(len(documents), np.nan)
    adjusted[judged] = holm(np.minimum(log10_p[judged] + math.log10(max(len(tried), 1)), 0.0))
    written = np.diff(documents.texts.offsets) - documents.texts.prompts
    return [
        DocumentResult(
            document=documents.ids[i], account=documents.accounts[i], tokens=int(written[i]), pairs=int(sizes[i]),
            key_id=tried[best[i]].name.id if sizes[i] and tried else "",
            log10_p=None if math.isnan(log10_p[i]) else float(log10_p[i]),
            log10_p_adjusted=None if math.isnan(adjusted[i]) else float(adjusted[i]),
            marked=bool(adjusted[i] <= math.log10(level)),
        )
        for i in range(len(documents))
    ]  # fmt: skip
