"""Attacked suspects judged by folds of families, so that no model is a control and attacked at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from provenance_attacks import ATTACKS
from provenance_rows import Pair, Row, judged, undeclared, with_texts
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Corpus, _clean
from stillwatch.provenance.fingerprint.panel import panel


def folds(pairs: Sequence[Pair], lineage: Lineage, count: int) -> list[set[str]]:
    """Families in `count` folds, those with a teacher spread as far as they go: an attacked teacher would be no
    teacher."""
    families = sorted({pair.family for pair in pairs})
    teachers = {lineage.rows[pair.benchmark, pair.teacher][0] for pair in pairs}
    ordered = [f for f in families if f in teachers] + [f for f in families if f not in teachers]
    return [set(ordered[fold::count]) for fold in range(count)]


def attacked_rows(
    corpus: Corpus, lineage: Lineage, pairs: Sequence[Pair], count: int, attacks: Sequence[str | None]
) -> Iterator[tuple[str | None, list[Row]]]:
    """(attack, rows of one fold). All models of the fold's families are attacked, and their kind is not told; pairs
    whose teacher is in the fold too are left out (each fold has one family of teachers at most)."""
    table = _answers(corpus)
    for fold in folds(pairs, lineage, count):
        blank = undeclared(lineage, fold)
        here = [p for p in pairs if p.family in fold and lineage.rows[p.benchmark, p.teacher][0] not in fold]
        suspects = sorted({pair.suspect for pair in here})
        donors = {suspect: _donor(suspect, pairs, lineage, fold, corpus) for suspect in suspects}
        for attack in attacks:
            texts = corpus if attack is None else _attacked(corpus, table, donors, attack)
            yield attack, judged(panel(texts, blank, suspects=suspects), here)


def _answers(corpus: Corpus) -> list[list[str | None]]:
    table: list[list[str | None]] = [[None] * len(corpus.prompts) for _ in corpus.models]
    for model, prompt, text in zip(corpus.model_of, corpus.prompt_of, corpus.texts.to_pylist(), strict=True):
        table[model][prompt] = text
    return table


def _donor(suspect: str, pairs: Sequence[Pair], lineage: Lineage, fold: set[str], corpus: Corpus) -> int:
    """A control whose answers the suspect borrows: not of its teachers' provider nor its own, and not in the fold."""
    own = [pair for pair in pairs if pair.suspect == suspect]
    at = corpus.benchmark
    avoided = {lineage.rows[at, pair.teacher][1] for pair in own if pair.positive} | {lineage.rows[at, suspect][1]}
    able = []
    for place, model in enumerate(corpus.models):
        family, provider, kind = lineage.rows[at, model]
        if kind in ("native", "human") and provider not in avoided and family not in fold:
            able.append(place)
    return able[int(np.random.default_rng(zlib.crc32(suspect.encode())).integers(len(able)))]


def _attacked(corpus: Corpus, table: list[list[str | None]], donors: Mapping[str, int], attack: str) -> Corpus:
    changed = {
        corpus.model(suspect): ATTACKS[attack](suspect, table[corpus.model(suspect)], table[donor])
        for suspect, donor in donors.items()
    }
    texts = [
        changed[model][prompt] if model in changed else table[model][prompt]
        for model, prompt in zip(corpus.model_of.tolist(), corpus.prompt_of.tolist(), strict=True)
    ]
    # Read as answers are read: with the punctuation made plain and no answer empty.
    return with_texts(corpus, [text or "-" for text in _clean(pa.chunked_array([texts])).to_pylist()])
