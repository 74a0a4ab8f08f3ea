"""What a test would show, and cost, before anything is asked of anybody: from the reference alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.marks import PowerPoint
from stillwatch.provenance.probing import MOST_QUESTIONS
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.back_off import BackOff
from stillwatch.provenance.watermark.radioactivity.expected import closed_evidence
from stillwatch.provenance.watermark.radioactivity.forecast import BUDGETS, Rates, forecast, least_share, rates_of
from stillwatch.provenance.watermark.radioactivity.reference import is_model, read_answers, read_reference
from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary
from stillwatch.provenance.watermark.radioactivity.windows import Predictor
from stillwatch.provenance.watermark.schemes import Scheme

__all__ = ["CHANCE", "Budget", "Measured", "Outlook", "halves", "measure", "outlook"]

CHANCE = 0.9
"""What "is reached" means in a sentence."""

READ = 100_000
"""Written tokens that are read for the rates: enough for every pair that carries weight."""

_SMALLER = 1 / 3  # of the text at least, else documents are too uneven to be dealt out whole

STANDS_ON = (
    "How often each pair is written was measured on unmarked text with the reference.",
    "How far an honest student strays from it, and how much of a mark a student picks up, come from small students on "
    "one text: a forecast orders budgets, it does not promise.",
    "It takes the suspect to have learnt from answers as they were, all its data to be of the reference's kind, and "
    "its answers to be read (closed access).",
)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """`least_share` of the data brings p to the level in nine cases of ten; None: not even all of it does. `questions`
    and `cost` (in the price's currency, None: no price) are those of asking for so many tokens."""

    tokens: int
    least_share: float | None
    questions: int
    cost: float | None
    text: str = ""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """`power` has every budget and share; p-values in it are after correction for `keys` that are tried. `read`:
    tokens that the rates were measured on."""

    scheme: str
    reference: str
    level: float
    keys: int
    read: int
    budgets: tuple[Budget, ...]
    power: tuple[PowerPoint, ...]
    stands_on: tuple[str, ...] = STANDS_ON


@dataclass(frozen=True)
class Measured:
    """`answer` and `prompt` are mean tokens of one exchange; prompts are 0 where the texts came without."""

    reference: str
    rates: Rates
    read: int
    answer: float
    prompt: float


def measure(reference: Path, contexts: Path | None, vocabulary: Vocabulary | None, scheme: Scheme) -> Measured:
    """How often the reference writes each pair. A model is read over `contexts`. Answers are dealt into two halves,
    one counted, one read: read with itself a text would seem far more predictable than the next one is."""
    if is_model(reference):
        if contexts is None:
            raise BadSettings(
                f"{reference}: a model's forecast needs --contexts FILE: texts of the kind that the suspect will be "
                "asked for, best some of the model's own answers."
            )
        model = read_reference(reference, vocabulary, width=scheme.width)
        texts = read_answers(contexts, vocabulary, what="--contexts").texts.first(READ)
        return _measured(reference, model.predictor, texts, texts, scheme)
    if contexts is not None:
        raise BadSettings("--contexts is for a reference that is a model's folder; answers are read as they are.")
    answers = read_answers(reference, vocabulary, what="a reference").texts
    counted, read = halves(answers)
    size = max(int(answers.tokens.max()) + 1, 0 if vocabulary is None else vocabulary.size)
    return _measured(reference, BackOff(counted, scheme.width, size), read.first(READ), answers, scheme)


def outlook(
    measured: Measured, scheme: Scheme, level: float, *, keys: int = 1, budgets: Sequence[int] = BUDGETS,
    price: tuple[float, float] | None = None, prompt: float | None = None, most: int | None = None,
) -> Outlook:  # fmt: skip
    """`price` is (in, out) per million tokens, `prompt` the mean tokens of a question where known, `most` the longest
    answer that will be asked for."""
    sizes = tuple(sorted(set(budgets)))
    answer = max(1.0, min(measured.answer, most or math.inf))
    asked = measured.prompt if prompt is None else prompt

    def budget(tokens: int) -> Budget:
        questions = math.ceil(tokens / answer)
        cost = None if price is None else (questions * asked * price[0] + tokens * price[1]) / 1e6
        share = least_share(measured.rates, scheme, level, tokens, keys=keys, chance=CHANCE)
        beyond = f"More than the {MOST_QUESTIONS:,} questions that a model is asked." * (questions > MOST_QUESTIONS)
        return Budget(tokens=tokens, least_share=share, questions=questions, cost=cost, text=beyond)

    return Outlook(
        scheme=scheme.name, reference=measured.reference, level=level, keys=keys, read=measured.read,
        budgets=tuple(budget(tokens) for tokens in sizes),
        power=forecast(measured.rates, scheme, level, keys=keys, budgets=sizes),
    )  # fmt: skip


def halves(texts: Texts) -> tuple[Texts, Texts]:
    """Every other document, so that what changes along the file is in both; each document cut in its middle where they
    are few or too uneven for that."""
    written = np.diff(texts.offsets) - texts.prompts
    odd = np.arange(len(texts)) % 2 == 1
    if min(written[odd].sum(), written[~odd].sum()) >= _SMALLER * max(texts.written, 1):
        return _picked(texts, ~odd), _picked(texts, odd)
    middles = texts.offsets[:-1] + texts.prompts + written // 2
    spans = list(zip(texts.offsets[:-1].tolist(), middles.tolist(), texts.offsets[1:].tolist(), strict=True))
    return (
        Texts.of([texts.tokens[a:b] for a, b, _ in spans], texts.prompts.tolist()),
        Texts.of([texts.tokens[b:c] for _, b, c in spans]),
    )


def _picked(texts: Texts, chosen: NDArray[np.bool_]) -> Texts:
    lengths = np.diff(texts.offsets)
    offsets = np.concatenate([[0], np.cumsum(lengths[chosen])]).astype(np.int64)
    return Texts(texts.tokens[np.repeat(chosen, lengths)], offsets, texts.prompts[chosen])


def _measured(reference: Path, predictor: Predictor, read: Texts, whole: Texts, scheme: Scheme) -> Measured:
    evidence = closed_evidence(read, predictor, scheme.width, padded=scheme.padded)
    count = max(len(whole), 1)
    return Measured(
        str(reference), rates_of(evidence), read.written, whole.written / count, float(whole.prompts.sum()) / count
    )
