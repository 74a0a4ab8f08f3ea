"""Attacked suspects judged by folds, so that no model is a control and attacked at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from provenance_attacks import ATTACKS, MIXED
from provenance_rows import Pair, Row, judged, with_texts
from stillwatch.provenance.fingerprint.lineage import CONTROL_KINDS, Lineage
from stillwatch.provenance.fingerprint.outputs import Corpus, _clean
from stillwatch.provenance.fingerprint.panel import panel

ABSENT = ", that model not at hand"


def attacked_rows(
    corpus: Corpus, lineage: Lineage, pairs: Sequence[Pair], count: int
) -> Iterator[tuple[str | None, list[Row]]]:
    """(attack, rows of one fold), None first: the same fold without attack.

    The suspects of a fold are attacked and their kind is not told; the other models of their families stay as they are.
    Pairs whose teacher is among the attacked are left out, and where another model's answers are mixed in, innocent
    pairs whose teacher is of that model's provider: they would not be innocent.
    """
    provider = {name: lineage.rows[corpus.benchmark, name][1] for name in corpus.models}
    answers = _answers(corpus)
    for suspects in folds(pairs, count):
        blank = Lineage({at: (f, p, "" if at[1] in suspects else kind) for at, (f, p, kind) in lineage.rows.items()})
        here = [pair for pair in pairs if pair.suspect in suspects and pair.teacher not in suspects]
        donor = _donor(here, blank, corpus)
        clean = [pair for pair in here if pair.positive or provider[pair.teacher] != provider[donor]]
        yield None, judged(panel(corpus, blank, suspects=sorted(suspects)), here)
        for attack in ATTACKS:
            changed = _attacked(corpus, answers, suspects, donor, attack)
            own = clean if attack in MIXED else here
            yield attack, judged(panel(changed, blank, suspects=sorted(suspects)), own)
            if attack in MIXED:
                lacking = _without(changed, donor)
                own = [pair for pair in clean if pair.suspect != donor]
                yield attack + ABSENT, judged(panel(lacking, blank, suspects=sorted(suspects)), own)


def folds(pairs: Sequence[Pair], count: int) -> list[set[str]]:
    """Suspects in folds of like size, no student with its own teacher; families spread over the folds."""
    found: list[set[str]] = [set() for _ in range(count)]
    taught = {pair.suspect: pair.teacher for pair in pairs if pair.positive}
    teachers = sorted({pair.teacher for pair in pairs} & {pair.suspect for pair in pairs})
    for at, teacher in enumerate(teachers):
        found[at % count].add(teacher)
    rest = sorted({(pair.family, pair.suspect) for pair in pairs if pair.suspect not in teachers})
    for _, suspect in rest:
        able = [fold for fold in found if taught.get(suspect) not in fold]
        min(able, key=len).add(suspect)
    return found


def _donor(pairs: Sequence[Pair], lineage: Lineage, corpus: Corpus) -> str:
    """The control whose answers the suspects of a fold borrow: not a teacher, nor of a true teacher's provider."""
    rows = {name: lineage.rows[corpus.benchmark, name] for name in corpus.models}
    avoided = {rows[pair.teacher][1] for pair in pairs if pair.positive}
    teachers = {pair.teacher for pair in pairs}
    able = [
        name for name, (_, provider, kind) in rows.items()
        if kind in CONTROL_KINDS and provider not in avoided and name not in teachers
    ]  # fmt: skip
    return able[int(np.random.default_rng(len(pairs)).integers(len(able)))]


def _answers(corpus: Corpus) -> list[list[str | None]]:
    table: list[list[str | None]] = [[None] * len(corpus.prompts) for _ in corpus.models]
    for model, prompt, text in zip(corpus.model_of, corpus.prompt_of, corpus.texts.to_pylist(), strict=True):
        table[model][prompt] = text
    return table


def _attacked(
    corpus: Corpus, answers: list[list[str | None]], suspects: set[str], donor: str, attack: str
) -> Corpus:  # fmt: skip
    changed = {
        corpus.model(name): ATTACKS[attack](name, answers[corpus.model(name)], answers[corpus.model(donor)])
        for name in suspects
    }
    texts = [
        changed[model][prompt] if model in changed else answers[model][prompt]
        for model, prompt in zip(corpus.model_of.tolist(), corpus.prompt_of.tolist(), strict=True)
    ]
    # Read as answers are read: with the punctuation made plain and no answer empty.
    return with_texts(corpus, [text or "-" for text in _clean(pa.chunked_array([texts])).to_pylist()])


def _without(corpus: Corpus, name: str) -> Corpus:
    gone = corpus.model(name)
    keep = corpus.model_of != gone
    model_of = corpus.model_of[keep]
    return replace(
        corpus, models=tuple(one for one in corpus.models if one != name),
        model_of=(model_of - (model_of > gone)).astype(np.int32), prompt_of=corpus.prompt_of[keep],
        texts=corpus.texts.filter(pa.array(keep)),
    )  # fmt: skip
