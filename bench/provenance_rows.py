"""Labelled pairs judged as `stillwatch provenance screen` judges them. Labels are read here and by nothing else."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from stillwatch.provenance.fingerprint import evidence
from stillwatch.provenance.fingerprint.centring import affinities
from stillwatch.provenance.fingerprint.contrast import rows_of_models, scores
from stillwatch.provenance.fingerprint.coverage import by_coverage
from stillwatch.provenance.fingerprint.innocents import Innocents, Null, innocents
from stillwatch.provenance.fingerprint.lineage import Lineage, read_lineage
from stillwatch.provenance.fingerprint.outputs import Corpus, Outputs, read_outputs
from stillwatch.provenance.fingerprint.panel import Panel, panel
from stillwatch.provenance.fingerprint.signals import Reader
from stillwatch.provenance.fingerprint.significance import tail
from stillwatch.provenance.fingerprint.students import FAITHFUL, student_scores

POSITIVE = {"distilled": True, "derived": True, "not_distilled": False}


@dataclass(frozen=True)
class Pair:
    """One labelled line: was `suspect` trained on `teacher`? `confidence` is that of the label."""

    benchmark: str
    suspect: str
    teacher: str
    family: str
    positive: bool
    confidence: str


@dataclass(frozen=True)
class Row:
    """A pair as judged. `standing`, `floor` and `cap` are what its likelihood ratio is made of. NaN: cannot judge, or
    for `p_newcomer` that the suspect has a lineage among the controls."""

    pair: Pair
    score: float
    p_value: float
    p_parametric: float
    p_newcomer: float
    log_lr: float
    standing: float
    floor: float
    cap: float
    verdict: str


@dataclass(frozen=True)
class Data:
    folder: Path

    @cached_property
    def outputs(self) -> Outputs:
        return read_outputs(self.folder / "outputs.parquet")

    @cached_property
    def lineage(self) -> Lineage:
        return read_lineage(self.folder / "models.csv")

    @cached_property
    def pairs(self) -> list[Pair]:
        """All pairs with a label; `excluded` ones are left out."""
        with (self.folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
            return [
                Pair(one["benchmark"], one["suspect"], one["teacher"], one["suspect_family"], POSITIVE[one["label"]],
                     one["confidence"])
                for one in csv.DictReader(file)
                if one["label"] in POSITIVE
            ]  # fmt: skip

    def of(self, benchmark: str) -> list[Pair]:
        return [pair for pair in self.pairs if pair.benchmark == benchmark]


def read_data(folder: Path) -> Data:
    """Ends the script where the labelled outputs are missing."""
    missing = [name for name in ("outputs.parquet", "models.csv", "pairs.csv") if not (folder / name).is_file()]
    if missing:
        sys.exit(f"{folder}: lacks {', '.join(missing)}. Give the folder of labelled outputs with --data.")
    return Data(folder)


class Remembered(Innocents):
    """Innocents that answer the same question once: judging asks for a null, and this bench for its tail."""

    def null(self, suspect: int, teacher: int, signal: object = None) -> Null:
        kept: dict[tuple[str, int], Null] = self.__dict__.setdefault("kept", {})
        key = (str(self.standing.families[suspect]), teacher)
        if signal is not None or key not in kept:
            found = super().null(suspect, teacher, signal)  # type: ignore[arg-type]
            if signal is not None:
                return found
            kept[key] = found
        return kept[key]


def remembering(sight: Panel) -> Panel:
    known = {field.name: getattr(sight.innocents, field.name) for field in fields(sight.innocents)}
    return replace(sight, innocents=Remembered(**known))


def judged(sight: Panel, pairs: Iterable[Pair], *, named: Callable[[str], str] = str) -> list[Row]:
    """Rows of one panel. `named` turns a teacher's name into that of the answers to be used."""
    sight = remembering(sight)
    rows = []
    for pair in pairs:
        teacher = named(pair.teacher)
        found = sight.judge(pair.suspect, teacher)
        standing = floor = cap = np.nan
        if found.p_value is not None:
            i, j = sight.corpus.model(pair.suspect), sight.corpus.model(teacher)
            null = sight.innocents.null(i, j)
            standing, cap = tail(null).standing(found.score), evidence.cap(null)
            floor = evidence.floor(null, student_scores(sight.counted, sight.standing, i, j, FAITHFUL))
        rows.append(
            Row(pair, found.score, _or_nan(found.p_value), _or_nan(found.p_parametric), _or_nan(found.p_newcomer),
                _or_nan(found.log_lr), standing, floor, cap, found.verdict)
        )  # fmt: skip
    return rows


def screened(
    corpus: Corpus, pairs: Sequence[Pair], lineage: Lineage, *, known: Reader | None = None
) -> tuple[list[Row], list[Panel]]:
    """Rows of a benchmark, suspects with few answers on their own, as `screen` has them; and the panels. `known` are
    references that answered more questions than the corpus has."""
    suspects = list(dict.fromkeys(pair.suspect for pair in pairs))
    rows, panels = [], []
    standing = lineage.standing(corpus.benchmark, corpus.models, suspects=suspects)
    for together, part, beside in by_coverage(corpus, suspects, standing):
        sight = panel(part, lineage, suspects=suspects, beside=known or beside)
        rows += judged(sight, [pair for pair in pairs if pair.suspect in together])
        panels.append(sight)
    return rows, panels


def undeclared(lineage: Lineage, families: Collection[str]) -> Lineage:
    """The same lineage with nothing said about the kind of some families."""
    return Lineage({at: (f, p, "" if f in families else kind) for at, (f, p, kind) in lineage.rows.items()})


def withheld(sight: Panel, lineage: Lineage, pairs: Sequence[Pair], *, whole_family: bool) -> list[Row]:
    """Each suspect judged as if nobody had said what it is (or its family): no control, no rival. Similarities are kept
    as they are (the family still weighs in the average profile as declared)."""
    rows = []
    for hidden in dict.fromkeys(pair.family if whole_family else pair.suspect for pair in pairs):
        if whole_family:
            blank = undeclared(lineage, {hidden})
        else:
            blank = Lineage({at: (f, p, "" if at[1] == hidden else kind) for at, (f, p, kind) in lineage.rows.items()})
        standing = blank.standing(sight.corpus.benchmark, sight.corpus.models)
        near = {signal: affinities(matrix, standing) for signal, matrix in sight.similarity.items()}
        total, alone = scores(rows_of_models(near, standing, range(len(sight.corpus.models))), standing)
        seen = replace(
            sight, standing=standing, affinity=near, total=total, alone=alone, innocents=innocents(near, standing)
        )
        rows += judged(seen, [pair for pair in pairs if hidden == (pair.family if whole_family else pair.suspect)])
    return rows


def sample_of(corpus: Corpus, prompts: int, seed: int) -> Corpus:
    """The benchmark on some of its prompts, drawn at random."""
    chosen = np.zeros(len(corpus.prompts), bool)
    chosen[np.random.default_rng(seed).choice(len(chosen), min(prompts, len(chosen)), replace=False)] = True
    return corpus.restricted(chosen)


def with_texts(corpus: Corpus, texts: Sequence[str]) -> Corpus:
    """The same corpus with other answers."""
    return replace(corpus, texts=pa.array(texts, corpus.texts.type))


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
