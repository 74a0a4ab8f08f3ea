from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stillwatch.marks import DecoyCheck, KeyResult, MarkedSpan, MarkInquiry
from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Layers
from stillwatch.provenance.watermark.text.verdict import (
    ABSENCE,
    LIMITS,
    in_words,
    named,
    rivals,
    told,
    verdict_of,
    would_change,
)  # fmt: skip

DECOYS = DecoyCheck(
    count=1000, z=(), deviation=1.0, beyond_5=0.05, lowest_log10_p=-3, log10_p_uniform=-0.3, sound=True, text="Fine."
)
SPAN = MarkedSpan(document="d", key_id="k", start=10, end=90, log10_p_adjusted=-8.0)


def key(**more: Any) -> KeyResult:
    return KeyResult(**{"key_id": "k1", "level": "provider", "log10_p": -1.0, "log10_p_adjusted": 0.0, **more})


def case(*keys: KeyResult, **more: Any) -> MarkInquiry:
    common: dict[str, Any] = {
        "kind": "text", "suspect": "s", "access": "text", "scheme": "kgw", "verdict": "not shown", "sentence": "",
        "tokens": 1200, "pairs": 1100, "level": 1e-6, "weight": "equal", "dominance": 0.03, "keys": keys or (key(),),
        "decoys": DECOYS,
    }  # fmt: skip
    return MarkInquiry(**{**common, **more})


def test_unsound_decoys_overrule_everything() -> None:
    unsound = msgspec.structs.replace(DECOYS, sound=False)
    assert verdict_of(unsound, [key(accused=True)], [SPAN]) == "abstains"
    assert verdict_of(DECOYS, [key(accused=True)], []) == "marked"
    assert verdict_of(DECOYS, [key()], [SPAN]) == "marked"
    assert verdict_of(DECOYS, [key()], []) == "not shown"


def test_the_sentence_says_sizes_and_error() -> None:
    strong = key(accused=True, log10_p_adjusted=-400.0)
    said = told(case(strong, key(accused=True, log10_p_adjusted=-7.0), verdict="marked"))
    assert "p < 1e-12 after correction" in said and "1,200 tokens, 1,100 distinct pairs" in said
    assert "of 1 other key." in said and "over 2 keys" in said
    assert "over 1 key;" in told(case(verdict="not shown")) and told(case()).endswith(ABSENCE)
    assert told(case(verdict="abstains")).startswith("No judgement on 1,200 tokens")
    assert "80 tokens and p = 1e-08" in told(case(verdict="marked", spans=(SPAN,)))


def test_keys_are_named_by_their_holder() -> None:
    assert named(key(epoch="2026")) == "the provider's own key (key k1, epoch 2026)"
    assert named(key(level="cohort", cohort="c")) == "cohort c (key k1)"
    assert named(key(level="account", cohort="c", account="a")) == "account a of cohort c (key k1)"


@pytest.mark.parametrize(
    ("log10_p", "words"), [(None, "p unknown"), (0.0, "p = 1"), (-2.0, "p = 0.01"), (-12.5, "p < 1e-12")]
)
def test_p_is_never_told_below_a_millionth_of_a_millionth(log10_p: float | None, words: str) -> None:
    assert in_words(log10_p) == words


@pytest.mark.parametrize(("law", "fewest"), [(Bernoulli(0.25), 10), (Layers((1.0,) * 30), 1), (Exponential(), None)])
def test_it_is_said_when_no_text_of_that_length_could_reach_the_level(law: Any, fewest: int | None) -> None:
    short = would_change(case(pairs=0), law)
    assert (short[0].startswith(f"At least {fewest} pairs")) == (fewest is not None)
    assert not would_change(case(), law)[0].startswith("At least")


def test_rivals_and_limits_are_told() -> None:
    assert {one.name: one.standing for one in rivals(case(verdict="marked"))} == {
        "chance": "ruled out", "quotation": "possible", "spoofing": "not tested", "leaked key": "not tested",
    }  # fmt: skip
    assert [one.standing for one in rivals(case())] == ["possible"]
    assert ABSENCE in LIMITS and "leaked" in would_change(case(verdict="marked"), Exponential())[0]
