from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.agreement import agreement, beyond_controls
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.signals import SIGNALS, Signal


@pytest.mark.parametrize("signal", [s for s in SIGNALS if s.how == "question"], ids=lambda s: s.name)
def test_the_mean_over_questions_is_the_similarity(sight: Panel, signal: Signal) -> None:
    shared = agreement(sight.reader, signal, 3)
    others = np.arange(len(shared)) != 3
    assert np.nanmean(shared, axis=1)[others] == pytest.approx(sight.similarity[signal][3][others], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_a_student_agrees_with_its_teacher_more_than_controls_do(sight: Panel, signal: Signal) -> None:
    student, teacher = sight.corpus.model("pupil"), sight.corpus.model("alder-2")
    value = beyond_controls(sight, signal, student, teacher)
    assert value.shape == (len(sight.corpus.prompts),)
    if signal.group in ("openings", "wording", "form"):
        assert np.nanmean(value) > 0


def test_a_question_without_an_answer_has_no_agreement(sight: Panel) -> None:
    signal = SIGNALS[0]
    reader = sight.reader
    keep = ~((reader.corpus.model_of == 3) & (reader.corpus.prompt_of == 0))
    corpus = type(reader.corpus)(
        reader.corpus.benchmark, reader.corpus.models, reader.corpus.prompts, reader.corpus.prompt_texts,
        reader.corpus.model_of[keep], reader.corpus.prompt_of[keep], reader.corpus.texts.filter(keep),
    )  # fmt: skip
    shared = agreement(type(reader)(corpus, reader.weights), signal, 3)
    assert np.isnan(shared[:, 0]).all()
    assert np.isfinite(shared[:, 1]).all()
