from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.marks import CommitmentCheck, DecoyCheck, KeyResult
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.reference import Reference
from stillwatch.provenance.watermark.radioactivity.suspect import Suspect
from stillwatch.provenance.watermark.radioactivity.telling import limits, rivals, sentence, verdict, would_change

DECOYS = DecoyCheck(
    count=1000, z=(0.0,), deviation=1.0, beyond_5=0.05, lowest_log10_p=-3.0, log10_p_uniform=-0.3, sound=True,
    text="Fine.",
)  # fmt: skip
BROKEN = CommitmentCheck(root="r", committed_at="t", keys=1, holds=False, text="Never committed to: abc.")
KEPT = CommitmentCheck(root="r", committed_at="t", keys=1, holds=True)


def key(log10_p: float, accused: bool = False, **more: Any) -> KeyResult:
    given: dict[str, Any] = {"key_id": "k", "level": "account", "cohort": "c1", "account": "a1"} | more
    return KeyResult(log10_p_adjusted=log10_p, log10_p=log10_p - 1, accused=accused, **given)


def suspect(access: Any = "closed", prompts: int = 0, retokenised: bool = False) -> Suspect:
    return Suspect("the student", access, Texts.of([[1] * 50], [prompts]), "s", retokenised=retokenised)


def reference(kind: Any = "model") -> Reference:
    return Reference("plain", kind, None, "r", 5000)  # type: ignore[arg-type]


def test_the_verdict() -> None:
    hit, miss = key(-20, True), key(-0.1)
    off = DecoyCheck(**{name: getattr(DECOYS, name) for name in DECOYS.__struct_fields__} | {"sound": False})
    assert verdict([miss, hit], DECOYS, None) == "marked"
    assert verdict([hit], DECOYS, KEPT) == "marked"
    assert verdict([miss], DECOYS, None) == "not shown"
    assert verdict([hit], off, None) == "abstains"
    assert verdict([hit], DECOYS, BROKEN) == "abstains"


def test_a_sentence_that_may_be_quoted() -> None:
    said = sentence("marked", [key(-300, True), key(-0.2)], suspect(), (50, 1234), 1e-6, DECOYS, None)
    assert "account a1" in said
    assert "p < 1e-12" in said
    assert "1 in 1,000,000" in said
    assert "50 tokens of answers, 1,234 pairs, 2 keys tried" in said
    assert "not who bought it" in said


def test_the_narrowest_level_is_named_and_the_weakest_p() -> None:
    keys = [key(-30, True, level="cohort", account=""), key(-8, True), key(-9, True, account="a2")]
    said = sentence("marked", keys, suspect("open"), (50, 10), 1e-6, DECOYS, None)
    assert said.index("account a2") < said.index("account a1")
    assert "p = 1e-08" in said
    assert "tokens of its probabilities" in said


def test_absence_is_told_to_mean_nothing() -> None:
    said = sentence("not shown", [key(-0.5)], suspect(), (50, 10), 1e-6, DECOYS, None)
    assert "No mark is shown in the student" in said
    assert "no sign of innocence" in said


@pytest.mark.parametrize(("commitment", "why"), [(None, "Fine."), (BROKEN, "Never committed to: abc.")])
def test_an_abstention_says_why(commitment: CommitmentCheck | None, why: str) -> None:
    assert why in sentence("abstains", [key(-9)], suspect(), (50, 10), 1e-6, DECOYS, commitment)


def test_rivals_are_told_where_there_is_something_to_explain() -> None:
    assert rivals("not shown", suspect(), 0) == ()
    stories = {story.name: story for story in rivals("marked", suspect(), 0)}
    assert {"trained on published marked text", "answers bought through a reseller", "the key leaked"} <= set(stories)
    assert stories["the mark is in the prompts, not in the model"].standing == "possible"
    assert stories["the key leaked"].standing == "unlikely"
    assert {story.standing for story in stories.values()} <= {"possible", "not tested", "unlikely"}
    known = {story.name: story.standing for story in rivals("marked", suspect(prompts=3), 1)}
    assert known["the mark is in the prompts, not in the model"] == "unlikely"
    assert known["the key leaked"] == "possible"


def test_limits_follow_what_was_given() -> None:
    plain = " ".join(limits(suspect(prompts=2), reference(), 50))
    blunt = " ".join(limits(suspect(retokenised=True), reference("answers"), 40))
    assert "best of the declared looks" in plain
    for words in (
        "provider's tokenizer",
        "prompts are not known",
        "counted from 5,000",
        "10 tokens after the first 40",
    ):
        assert words in blunt
        assert words not in plain


def test_what_to_try_next() -> None:
    assert "model instead of answers" in " ".join(would_change("not shown", suspect(), reference("answers"), 1e-6))
    assert "known to have got" in " ".join(would_change("not shown", suspect("open"), reference(), 1e-6))
    assert np.all([len(would_change(answer, suspect(), reference(), 1e-6)) for answer in ("marked", "abstains")])  # type: ignore[arg-type]
