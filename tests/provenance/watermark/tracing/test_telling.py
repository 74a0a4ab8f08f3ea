from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stillwatch.marks import KeyResult, RivalStory
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.tracing.telling import limits, percent, rivals, sentence, would_change


def finding(**more: object) -> Any:
    decoys = SimpleNamespace(text="Decoys are off.")
    return SimpleNamespace(**{"totals": np.zeros(2000), "decoys": decoys, "least": 0.031, "second_sound": True,
                              "shares": {}, **more})  # fmt: skip


def key(account: str = "", cohort: str = "", *, epoch: str = "1", adjusted: float = -20.0, z: float = 9.0) -> KeyResult:
    level = "account" if account else "cohort" if cohort else "provider"
    return KeyResult(
        key_id="0", level=level, account=account, cohort=cohort, epoch=epoch, z=z, log10_p=adjusted - 3,
        log10_p_adjusted=adjusted, accused=True,
    )  # fmt: skip


def test_the_weakest_of_those_named_gives_the_p_value() -> None:
    said = sentence("m", "marked", [key("b", adjusted=-4.0), key("a"), key(cohort="own")], finding(), 1e-3, None)
    assert said.startswith("Text marked for account a and account b is in m; text marked with the key of own is in it")
    assert "(adjusted p = 0.0001 or less, 2,000 keys tested)" in said


def test_a_long_list_is_cut_and_counted() -> None:
    said = sentence("m", "marked", [key(f"a{n}") for n in range(9)], finding(), 1e-3, None)
    assert "account a4 and 4 more" in said


def test_a_cohort_alone_says_that_no_account_can_be_named() -> None:
    said = sentence("m", "marked", [key(cohort="ring", epoch="")], finding(), 0.01, None)
    assert "Cohort ring, tested as one, is in m, though no account of it can be named alone" in said
    assert "1 in 100 such tests" in said


def test_no_verdict_gives_its_reason() -> None:
    assert "Decoys are off." in sentence("m", "abstains", [], finding(), 1e-3, None)


@pytest.mark.parametrize(("share", "said"), [(0.034, "3.4%"), (0.5, "50%"), (-0.2, "0.0%"), (1.7, "100%")])
def test_percent(share: float, said: str) -> None:
    assert percent(share) == said


def test_rivals_name_spoofing_and_leaks() -> None:
    plain = {rival.name: rival for rival in rivals("closed", None, 0)}
    assert (
        plain["the key leaked"].standing == "unlikely"
        and plain["the mark was imitated (spoofed)"].standing == "possible"
    )
    assert {rival.name: rival for rival in rivals("closed", None, 2)}["the key leaked"].standing == "possible"
    own = RivalStory(name="the mark was imitated (spoofed)", standing="unlikely", text="x")
    assert own in rivals("text", own, 0)


def test_limits_and_what_would_change() -> None:
    assert "about 3.1% of the data" in would_change(finding(), "marked")[0]
    assert any("--cohorts" in text for text in would_change(finding(least=None), "not shown"))
    assert any("was dropped" in text for text in would_change(finding(second_sound=False), "marked"))
    assert not any("was dropped" in text for text in would_change(finding(), "marked"))
    assert any("strongest possible" in text for text in limits(finding(shares={0: 1}), Kgw(), "closed", False, None))
    assert not any("strongest" in text for text in limits(finding(shares={0: 1}), Kgw(), "closed", False, 2.0))
    assert any("not estimated" in text for text in limits(finding(), Kgw(), "open", True, None))
