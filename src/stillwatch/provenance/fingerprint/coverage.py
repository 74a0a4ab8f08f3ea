"""Who answered what: suspects that answered little, and references that answered more than they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from stillwatch.provenance.fingerprint.centring import AVERAGE_UNDECLARED, voices
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.signals import Reader

__all__ = ["COVERAGE", "by_coverage", "more_than", "references"]

# A model that answered this share of the questions answered them; a suspect with fewer is compared on its own.
COVERAGE = 0.9
# A question is one for references where this share of the controls answered it.
ASKED_OF = 0.5


def by_coverage(
    corpus: Corpus, suspects: Sequence[str], standing: Standing
) -> Iterator[tuple[list[str], Corpus, Reader | None]]:
    """(suspects, corpus, references): those that answered nearly all questions together, each other one on the
    questions it answered, beside what the references answered to all of them."""
    answered = corpus.answered()
    whole = [s for s in suspects if answered[corpus.model(s)].mean() >= COVERAGE]
    if whole:
        yield whole, corpus, None
    known = None
    for suspect in suspects:
        if suspect not in whole:
            known = known or references(corpus, standing)
            part = corpus.restricted(answered[corpus.model(suspect)])
            yield [suspect], part, more_than(part, known)


def references(corpus: Corpus, standing: Standing) -> Reader:
    """The questions that controls were asked, and of the models those that answered nearly all of these: profiles are
    comparable where they stand on the same questions. Read once, for every suspect."""
    answered = corpus.answered()
    asked = answered[standing.control].sum(axis=0) >= max(1.0, ASKED_OF * standing.control.sum())
    wide = answered[:, asked].sum(axis=1) >= max(1.0, COVERAGE * asked.sum())
    part = corpus.restricted(asked)
    kept = wide[part.model_of]
    part = replace(
        part, model_of=part.model_of[kept], prompt_of=part.prompt_of[kept], texts=part.texts.filter(pa.array(kept))
    )
    return Reader(part, voices(standing, undeclared=AVERAGE_UNDECLARED))


def more_than(part: Corpus, known: Reader) -> Reader | None:
    """The references, where they answered more than this part of the questions; else there is nothing to gain."""
    asked = known.corpus.prompts
    return known if len(set(asked) & set(part.prompts)) < COVERAGE * len(asked) and len(known.corpus.texts) else None
