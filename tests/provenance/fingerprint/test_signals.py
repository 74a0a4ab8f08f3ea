"""The signals together: each sees families, none invents what is not there."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.centring import voices
from stillwatch.provenance.fingerprint.features import FEATURES
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.signals import (
    FEWEST_ANSWERS,
    GROUPS,
    SIGNALS,
    Reader,
    Signal,
    similarities,
)

# The toy authors write no code and find no errors.
SEEN = [signal for signal in SIGNALS if signal.name not in ("error_habits",)]


def of(signal: Signal) -> str:
    return signal.name


def test_signals_are_named_once_and_say_what_they_are() -> None:
    assert len({signal.name for signal in SIGNALS}) == len({signal.title for signal in SIGNALS}) == len(SIGNALS)
    assert len(GROUPS) == 5
    assert all(signal.text.endswith(".") for signal in SIGNALS)
    used = {signal.of for signal in SIGNALS if signal.how in ("profile", "question", "rare question")}
    assert used == set(FEATURES) | {"characters"}


@pytest.mark.parametrize("signal", SIGNALS, ids=of)
def test_a_similarity_is_symmetric_and_bounded(sight: Panel, signal: Signal) -> None:
    found = sight.similarity[signal]
    known = found[np.isfinite(found)]
    assert found.shape == (len(sight.corpus.models),) * 2
    assert found == pytest.approx(found.T, nan_ok=True, abs=1e-5)
    assert np.abs(known).max() <= 1 + 1e-4


@pytest.mark.parametrize("signal", SEEN, ids=of)
def test_versions_of_one_provider_are_closer_than_strangers(sight: Panel, signal: Signal) -> None:
    found, providers = sight.similarity[signal], sight.standing.providers
    same = (providers[:, None] == providers[None, :]) & ~np.eye(len(providers), dtype=bool)
    assert np.nanmean(found[same]) > np.nanmean(found[~same & ~np.eye(len(providers), dtype=bool)]) + 0.01


def test_uncounted_signals_are_computed_only_when_asked(sight: Panel) -> None:
    names = {signal.name for signal, _ in similarities(sight.reader, counted_only=True)}
    assert names == {signal.name for signal in SIGNALS if signal.group}
    assert {signal.name for signal in sight.affinity} == {signal.name for signal in SIGNALS}


def test_models_of_too_few_answers_are_not_compared(world, read, lineage) -> None:  # type: ignore[no-untyped-def]
    few = {f"q{n:02d}" for n in range(FEWEST_ANSWERS - 1)}
    rows = [row for row in world.outputs if row["model"] not in ("fir-1", "gorse-2") or row["prompt_id"] in few]
    corpus = read(rows).only("toy")
    reader = Reader(corpus, np.ones(len(corpus.models)))
    assert [corpus.models[n] for n in np.flatnonzero(reader.silent)] == ["fir-1", "gorse-2"]
    for signal in SIGNALS:
        found = reader.similarity(signal)
        assert np.isnan(found[reader.silent]).all()
        assert np.isnan(found[:, reader.silent]).all()
        assert signal.how == "refusals" or np.isfinite(found[~reader.silent][:, ~reader.silent]).all()


def test_models_without_an_answer_are_as_if_not_there(world, read, lineage) -> None:  # type: ignore[no-untyped-def]
    """Two empty profiles would be twins, and the average is taken without them."""
    gone = ("fir-1", "gorse-2")
    rows = [row for row in world.outputs if row["model"] not in gone or row["prompt_id"] < "q10"]
    later = np.arange(40) >= 10
    corpus = read(rows).only("toy").restricted(later)
    standing = lineage(world).standing("toy", corpus.models)
    reader = Reader(corpus, voices(standing))
    silent = [corpus.model("fir-1"), corpus.model("gorse-2")]
    assert np.flatnonzero(reader.silent).tolist() == silent
    without = Reader(
        read([row for row in rows if row["model"] not in gone]).only("toy").restricted(later),
        np.delete(voices(standing), silent),
    )
    for signal in SIGNALS:
        found = reader.similarity(signal)
        rest = np.delete(np.delete(found, silent, 0), silent, 1)
        assert rest == pytest.approx(without.similarity(signal), abs=1e-4, nan_ok=True)


def test_a_corpus_of_one_short_answer_is_no_error(read) -> None:  # type: ignore[no-untyped-def]
    corpus = read([{"benchmark": "b", "prompt_id": "p", "prompt": "", "model": "m", "output": "x"}]).only("b")
    reader = Reader(corpus, np.ones(1))
    for signal in SIGNALS:
        assert np.isnan(reader.similarity(signal)).all()


def test_answers_without_a_word_in_them_are_no_error(world, read) -> None:  # type: ignore[no-untyped-def]
    """Blank lines, marks, other scripts: as servers do send them."""
    odd = ["...", "#", "好", "?\n\n?", "🙂" * 50, "1", "\x00", "a" * 5000]
    rows = [row | {"output": odd[n % len(odd)]} for n, row in enumerate(world.outputs)]
    reader = Reader(read(rows).only("toy"), np.ones(len(world.models)))
    for signal in SIGNALS:
        assert not np.isinf(reader.similarity(signal)).any()
