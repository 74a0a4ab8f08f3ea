from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stillwatch.inquiry import SharedRun
from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.panel import Judgement
from stillwatch.provenance.fingerprint.verdict import hypotheses, sentence, would_change

NULL = Null(np.linspace(-3.0, 0.0, 199), 12, 9)
FOUND = Judgement("toy", "S", "T", 0.5, 0.005, 0.004, 2.0, "R", "supports")


def test_the_sentence_carries_its_error_rate() -> None:
    text = sentence(FOUND, NULL, "maker")
    assert "0 of 199 comparisons" in text and "p = 0.005" in text and "no smaller p than 0.005" in text
    assert "another model of maker" in text
    against = sentence(replace(FOUND, verdict="speaks against", score=-2.0, p_value=0.7, log_lr=-1.6), NULL, "maker")
    assert "speak against" in against and "5 times" in against
    undecided = sentence(replace(FOUND, verdict="inconclusive", score=-0.1, p_value=0.04), NULL, "maker")
    assert "do not decide" in undecided and "needs p of 0.01 or less" in undecided


def test_with_a_sibling_the_version_cannot_be_told() -> None:
    run = SharedRun(text="x", prompt_id="1", controls_with=0, controls=12)
    named = {h.name: h for h in hypotheses(FOUND, "maker", "T2", True, (run,))}
    assert [h.standing for h in named.values()] == ["possible", "cannot be told apart", "not supported"]
    assert "T2" in named["from T"].text and "1 runs" in named["from T"].text
    alone = hypotheses(FOUND, "maker", None, False, ())
    assert alone[0].standing == "supported"
    assert "versions could not be compared" in alone[0].text


@pytest.mark.parametrize(("verdict", "independent"), [("speaks against", "supported"), ("inconclusive", "possible")])
def test_independence_is_always_one_of_the_three(verdict: str, independent: str) -> None:
    found = replace(FOUND, verdict=verdict, nearest_rival=None)  # type: ignore[arg-type]
    three = hypotheses(found, "maker", None, False, ())
    assert len(three) == 3
    assert three[2].standing == independent


def test_advice_follows_from_what_is_missing() -> None:
    full = would_change(FOUND, NULL, power_known=True, prompts=500)
    short = would_change(replace(FOUND, verdict="inconclusive"), NULL, power_known=False, prompts=40)
    assert not any("sibling" in line for line in full)
    assert any("sibling" in line for line in short) and any("40 were asked" in line for line in short)
    assert "no ratio above 10 is claimed" in full[0]
