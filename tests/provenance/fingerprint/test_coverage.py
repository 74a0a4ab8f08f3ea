"""Suspects that answered little beside references that answered much: who is compared with what, and what it gains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.coverage import COVERAGE, by_coverage, more_than, references
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Corpus, Outputs
from stillwatch.provenance.fingerprint.panel import Panel, panel
from stillwatch.provenance.fingerprint.signals import SIGNALS

Read = Callable[[Iterable[dict[str, Any]]], Outputs]
FEW, DRAWS = 8, 3
TEACHERS = [f"{tree}-{n}" for tree in ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse") for n in (1, 2)]
TAUGHT = {f"student {n}": teacher for n, teacher in enumerate(TEACHERS)}
PROFILES = ("profile", "habits", "habits of the whole")


@pytest.fixture(scope="module")
def school(make: Any) -> Any:
    """Ten providers and fourteen students, each half its teacher's."""
    return make(students=TAUGHT, share=0.5)


@pytest.fixture(scope="module")
def whole(school: Any, read: Read) -> Corpus:
    return read(school.outputs).only("toy")


def drawn(corpus: Corpus, seed: int) -> Corpus:
    some = np.zeros(len(corpus.prompts), bool)
    some[np.random.default_rng(seed).choice(len(some), FEW, replace=False)] = True
    return corpus.restricted(some)


def seen(corpus: Corpus, lineage: Lineage, whole: Corpus | None) -> Panel:
    standing = lineage.standing("toy", corpus.models, suspects=list(TAUGHT))
    beside = None if whole is None else more_than(corpus, references(whole, standing))
    return panel(corpus, lineage, suspects=list(TAUGHT), beside=beside)


@pytest.fixture(scope="module")
def pairs(school: Any, whole: Corpus, lineage: Any) -> list[tuple[Panel, Panel]]:
    """The same few questions: (answered by all models, by suspects alone), and so for other draws."""
    said = lineage(school)
    return [(seen(part, said, None), seen(part, said, whole)) for part in (drawn(whole, s) for s in range(DRAWS))]


def above(sight: Panel) -> float:
    """How much higher students score against their teachers than against other providers' models, in standard
    deviations of those."""
    far = []
    for student, teacher in TAUGHT.items():
        scores, own = sight.total[sight.corpus.model(student)], teacher.split("-")[0]
        others = [n for n, name in enumerate(sight.corpus.models) if name not in TAUGHT and not name.startswith(own)]
        far.append((scores[sight.corpus.model(teacher)] - scores[others].mean()) / scores[others].std())
    return float(np.mean(far))


def test_references_that_answered_more_tell_more(pairs: list[tuple[Panel, Panel]]) -> None:
    few, more = np.mean([[above(one) for one in pair] for pair in pairs], axis=0)
    assert 0.5 < few < more - 0.1


def test_innocents_are_called_students_no_more_often_than_they_may(pairs: list[tuple[Panel, Panel]]) -> None:
    """Each control by its few answers as the suspect, the others by all of theirs: as its innocents are."""
    found = [
        one.p_value
        for _, sight in pairs
        for suspect in sight.corpus.models
        for teacher in ("alder-1", "elm-2", "hazel-1", "juniper-2")
        if suspect not in TAUGHT and suspect.split("-")[0] != teacher.split("-")[0]
        for one in [sight.judge(suspect, teacher)]
    ]
    p_values = np.array([p for p in found if p is not None])
    assert len(p_values) == len(found) == DRAWS * 4 * 18
    assert np.mean(p_values <= 0.05) <= 0.08
    assert np.mean(p_values <= 0.01) <= 0.03


def test_only_signals_of_all_answers_together_look_beside(pairs: list[tuple[Panel, Panel]]) -> None:
    few, more = pairs[0]
    for signal in few.similarity:
        assert np.array_equal(few.similarity[signal], more.similarity[signal]) == (signal.how not in PROFILES)
    some = next(signal for signal in SIGNALS if signal.how == "profile")
    assert few.similarity[some] == pytest.approx(few.similarity[some].T)
    assert more.similarity[some] != pytest.approx(more.similarity[some].T, abs=1e-3)


def test_nothing_changes_where_the_suspect_answered_all(school: Any, whole: Corpus, lineage: Any) -> None:
    said = lineage(school)
    plain, beside = seen(whole, said, None), seen(whole, said, whole)
    assert plain.total.tobytes() == beside.total.tobytes()
    nearly = whole.restricted(np.arange(len(whole.prompts)) >= round((1 - COVERAGE) * len(whole.prompts)))
    assert seen(nearly, said, None).total.tobytes() == seen(nearly, said, whole).total.tobytes()


def test_suspects_stand_beside_what_references_answered(school: Any, read: Read, lineage: Any) -> None:
    """A suspect's further questions, and a reference that was asked as little, have no part in the comparison."""
    rows = [row for row in school.outputs if row["model"] != "student 0" or row["prompt_id"] < "q15"]
    rows = [row for row in rows if row["model"] not in ("student 1", "fir-1") or row["prompt_id"] < "q12"]
    rows = [row for row in rows if row["model"] != "student 2" or row["prompt_id"] != "q00"]
    extra = [row | {"prompt_id": f"own {n}"} for n, row in enumerate(rows) if row["model"] == "student 0"][:3]
    corpus = read([*rows, *extra]).only("toy")
    standing = lineage(school).standing("toy", corpus.models, suspects=list(TAUGHT))
    parts = list(by_coverage(corpus, ["student 0", "student 2", "student 1"], standing))
    assert [(names, len(part.prompts)) for names, part, _ in parts] == [
        (["student 2"], 43), (["student 0"], 18), (["student 1"], 12)
    ]  # fmt: skip
    assert parts[0][1] is corpus
    assert parts[0][2] is None
    known = parts[1][2]
    assert known is not None
    assert known is parts[2][2]
    assert (known.corpus.models, len(known.corpus.prompts)) == (corpus.models, 40)
    silent = {corpus.models[n] for n in np.flatnonzero(known.silent)}
    assert silent == {"student 0", "student 1", "fir-1"}
    found = panel(parts[1][1], lineage(school), suspects=list(TAUGHT), beside=known)
    assert np.isfinite(found.total[corpus.model("student 0"), [corpus.model("alder-1"), corpus.model("fir-1")]]).all()


def test_without_anybody_to_refer_to_nothing_stands_beside(whole: Corpus) -> None:
    standing = Lineage({}).standing("toy", whole.models)
    part = drawn(whole, 0)
    assert more_than(part, references(whole, standing)) is None
    assert not standing.control.any()
    empty = replace(whole, model_of=whole.model_of[:0], prompt_of=whole.prompt_of[:0], texts=whole.texts[:0])
    assert more_than(part, references(empty, Lineage({}, declared=False).standing("toy", whole.models))) is None
