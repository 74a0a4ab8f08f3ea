"""The signals: each turns the answers of a benchmark into a similarity between models.

The counted ones stand in five groups of equal weight; the others are reported beside the score and never enter it.
Nothing here was fitted: the groups were chosen on the public AlpacaEval outputs, weights are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import scipy.sparse as sp

from stillwatch.provenance.fingerprint import refusals, style
from stillwatch.provenance.fingerprint.features import FEATURES, character_features, counted
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.similarity import (
    Matrix,
    Profiles,
    likeness,
    profiles,
    question_rows,
    question_similarity,
)
from stillwatch.provenance.fingerprint.words import Words, words_of

__all__ = ["FEWEST_ANSWERS", "GROUPS", "RAREST_CLAIM", "SIGNALS", "Reader", "Signal", "similarities"]

# A model that answered fewer questions has no habits to compare: an empty profile is the average one turned round, and
# two of them would be twins.
FEWEST_ANSWERS = 5
# A claim that more than this share of the models makes is common knowledge.
RAREST_CLAIM = 0.1


@dataclass(frozen=True)
class Signal:
    """`how` is profile (all answers together), question (one by one) or one of its own; `of` names the features."""

    name: str
    title: str
    text: str
    how: str
    of: str
    group: str | None = None


SIGNALS = (
    Signal("opening", "Openings", "The words an answer begins with.", "profile", "opening", "openings"),
    Signal("opening_frame", "Frame of openings", "How an answer begins, whatever it is about: function words in order.",
           "profile", "opening frame", "openings"),
    Signal("first_sentence", "First sentence", "Words and pairs of words of the first sentence.",
           "profile", "first sentence", "openings"),
    Signal("words", "Words", "Which words are used how often.", "profile", "words", "wording"),
    Signal("word_pairs", "Pairs of words", "Which words follow each other.", "profile", "word pairs", "wording"),
    Signal("phrasing", "Phrasing", "Pairs of neighbours with a function word or a mark: how things are put.",
           "profile", "function pairs", "wording"),
    Signal("style", "Style", "Layout, punctuation, person, hedging: the mean habits.", "habits", "style", "style"),
    Signal("style_by_question", "Style by question", "At which questions style leaves the usual, and how.",
           "habits by question", "style", "style"),
    Signal("same_words", "Words to the same question", "Words shared in answers to a question that others do not use.",
           "question", "word pairs", "content"),
    Signal("same_characters", "Characters to the same question", "Runs of four characters shared in answers to a "
           "question.", "question", "characters", "content"),
    Signal("same_runs", "Long runs", "Runs of eight words that both wrote to the same question.",
           "question", "long runs", "content"),
    Signal("same_frames", "Sentence frames", "Function words in order, in answers to the same question.",
           "question", "frames", "form"),
    Signal("same_opening", "Opening of the same answer", "The same first words to the same question.",
           "question", "opening", "form"),
    Signal("code_habits", "Markdown and code habits", "Headings, lists, comments, guards, names, usage examples.",
           "habits of the whole", "code"),
    Signal("error_habits", "Errors and edge cases", "How errors are explained and edge cases are flagged.",
           "habits of the whole", "errors"),
    Signal("refusals", "Refusals", "Which questions are declined that others answer.", "refusals", "refusals"),
    Signal("rare_claims", "Rare claims", "Numbers and names that hardly any other model gives to the question, shared "
           "errors among them.", "rare question", "claims", "content"),
)  # fmt: skip
GROUPS = tuple(dict.fromkeys(signal.group for signal in SIGNALS if signal.group))


class Reader:
    """One corpus, read once; every signal takes its features from here.

    `beside` reads what the same models (in the same order) answered to more questions. Signals that look at all answers
    together then compare each model, as a suspect, by its answers here with each other, as a reference, by those there.
    """

    def __init__(self, corpus: Corpus, weights: Matrix, beside: Reader | None = None) -> None:
        self.corpus, self.beside = corpus, beside
        self.silent = corpus.answered().sum(axis=1) < FEWEST_ANSWERS
        self.weights = weights if self.silent.all() else np.where(self.silent, 0.0, weights)
        self._counts: dict[str, sp.csr_array] = {}
        self._references: dict[Signal, Profiles] = {}

    @cached_property
    def beginnings(self) -> pa.Array:
        return self.corpus.beginnings().cast(pa.large_string())

    @cached_property
    def words(self) -> Words:
        return words_of(self.beginnings)

    def counts(self, of: str) -> sp.csr_array:
        """(answers, features); not kept, but for the one asked for last."""
        if of not in self._counts:
            answers = len(self.corpus.texts)
            if of == "characters":
                _, offsets, data = self.beginnings.buffers()
                places = np.frombuffer(offsets, np.int64)[self.beginnings.offset :][: answers + 1]
                found = character_features(np.frombuffer(data, np.uint8), places)
            else:
                found = FEATURES[of](self.words)
            self._counts = {of: counted(found, answers)}
        return self._counts[of]

    def question_rows(self, signal: Signal) -> tuple[sp.csr_array, npt.NDArray[np.int64]]:
        """(models, features of a question) and each column's question; see `similarity.question_rows`."""
        share = RAREST_CLAIM if signal.how == "rare question" else 1.0
        corpus = self.corpus
        return question_rows(
            self.counts(signal.of), corpus.model_of, corpus.prompt_of, len(corpus.models), rarest_share=share
        )

    def similarity(self, signal: Signal) -> Matrix:
        """(models as suspects, models as references); NaN where two cannot be compared, and for a model of fewer than
        `FEWEST_ANSWERS`."""
        found = self._similarity(signal)
        found[self.silent] = np.nan
        found[:, self.silent] = np.nan
        return found

    def _similarity(self, signal: Signal) -> Matrix:
        corpus, at = self.corpus, (self.corpus.model_of, self.corpus.prompt_of)
        if signal.how in ("profile", "habits", "habits of the whole"):
            if self.beside is None:
                return likeness(self._profiles(signal))
            columns = self.beside.references(signal)
            return likeness(self._profiles(signal, columns.basis), columns)
        if signal.how in ("question", "rare question"):
            return question_similarity(self.question_rows(signal)[0], corpus.answered())
        if signal.how == "habits by question":
            return style.habit_question_similarity(self.habits(signal), *at, self.weights)
        return refusals.refusal_similarity(self.refused, *at, len(corpus.models))

    def references(self, signal: Signal) -> Profiles:
        """Profiles of the models as references; kept, for they serve every suspect."""
        if signal not in self._references:
            self._references[signal] = self._profiles(signal)
        return self._references[signal]

    def _profiles(self, signal: Signal, basis: npt.NDArray[Any] | None = None) -> Profiles:
        corpus = self.corpus
        if signal.how == "profile":
            return profiles(self.counts(signal.of), corpus.model_of, self.weights, basis)
        return style.habit_profiles(self.habits(signal), corpus.model_of, corpus.prompt_of, self.weights, basis)

    @cached_property
    def refused(self) -> npt.NDArray[np.bool_]:
        return refusals.declined(self.beginnings)

    def habits(self, signal: Signal) -> Matrix:
        """(answers, habits) that a signal of style counts; those of code and errors in the whole answer."""
        if signal.of == "style":
            return self._style
        return style.habits(self.corpus.texts, style.CODE if signal.of == "code" else style.ERRORS)

    @cached_property
    def _style(self) -> Matrix:
        return style.habits(self.beginnings, style.STYLE)


def similarities(reader: Reader, *, counted_only: bool) -> Iterator[tuple[Signal, Matrix]]:
    """Every signal's similarity, those that read the same features one after the other."""
    chosen = [signal for signal in SIGNALS if signal.group or not counted_only]
    for signal in sorted(chosen, key=lambda one: one.of):
        yield signal, reader.similarity(signal)
