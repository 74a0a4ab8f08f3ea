from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.whose.finding import NoneOfThese, Teacher
from stillwatch.provenance.whose.matching import Match
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.ranking import Ranking
from stillwatch.provenance.whose.telling import LIMITS, none_of_these, notes, sentence


def ranking(p: float | None, margin: float | None = 0.2) -> Ranking:
    teacher = Teacher(provider="birch", score=1.0, p_value=p, p_adjusted=p, p_absent=p, p=p)
    return Ranking((teacher,), margin, (5, 7))


def nobody(**changes: object) -> NoneOfThese:
    facts: dict[str, object] = {
        "standing": "cannot be ruled out", "p_value": 0.3, "floor": 0.0125, "strangers": (0.1, 0.4, 0.9),
        "families": 12, "named": 2, "low": 0.02, "high": 0.48, "rate": 0.03, "rate_by_holm_alone": 0.6, "left_out": (),
        "noticed": (),
        "text": "",
    }  # fmt: skip
    return NoneOfThese(**(facts | changes))  # type: ignore[arg-type]


def test_a_named_provider_comes_with_its_p_and_how_often_innocents_are_named() -> None:
    text = sentence("S", ranking(0.02), nobody(standing="set aside"), ("birch", "elm"))
    assert "S answers as a student of birch or elm would (p = 0.020" in text
    assert "smallest possible here is 0.013" in text or "smallest possible here is 0.012" in text
    assert "3 % of innocent models were named (a model in 2 of 12 control families)" in text


def test_what_is_not_named_is_conditional_on_the_teacher_being_there() -> None:
    text = sentence("S", ranking(0.3), nobody(), ("birch",))
    assert '"none of these" cannot be ruled out' in text
    assert "If one of these providers taught it, it was birch (90 % set)" in text
    assert "p = 0.300" in text
    faint = sentence("S", ranking(0.9), nobody(standing="supported"), ("a", "b", "c"))
    assert faint.startswith("S: none of these. A faithful student")
    assert "a, b or c" in faint
    assert "no provider in the pack can be judged" in sentence("S", Ranking((), None, (0, 0)), nobody(), ())


def test_none_of_these_says_what_an_innocent_looks_like() -> None:
    text = none_of_these(nobody(), ranking(0.3))
    assert "3 families and blends of two scores +0.40" in text
    assert "95 % interval 2 % to 48 %" in text
    assert "60 % would have been" in text
    assert "nobody can be named" not in text


def test_a_pack_that_is_too_small_says_so() -> None:
    text = none_of_these(nobody(floor=0.0625, strangers=()), ranking(0.3, margin=None))
    assert "smallest possible p is 0.062" in text
    assert "add models of further families" in text
    assert "No provider has two models" in text


def test_notes_tell_what_was_left_out(pack: Pack) -> None:
    corpus = pack.corpus
    match = Match(corpus, corpus, 60, 3, ("elm-2",))
    enough, few = Null(np.zeros(9), 12, 6), Null(np.zeros(9), 7, 4)
    found = " ".join(notes(match, pack.manifest, {"alder": enough, "birch": few}))
    assert "40 common questions of the pack's 60. In openings, wording and habits its models are known by all" in found
    assert "3 questions have a name" in found
    assert "left out: elm-2" in found
    assert "to be judged: birch" in found
    assert "No longer in the pack: cedar, dogwood, elm, fir, gorse" in found
    whole = Match(corpus, corpus, 40, 0, ())
    alone = notes(whole, pack.manifest, dict.fromkeys(pack.manifest.providers, enough))
    assert alone == ("Fewer than 100 questions: the ranking is less sure than the rates that docs/whose.md tells.",)
    many = replace(corpus, prompts=tuple(map(str, range(100))))
    assert notes(Match(many, many, 100, 0, ()), pack.manifest, dict.fromkeys(pack.manifest.providers, enough)) == ()


@pytest.mark.parametrize("word", ["version", "weights", "web", "family of models is the unit", "not cleared"])
def test_the_limits_are_told(word: str) -> None:
    assert any(word in text for text in LIMITS)
