from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.canaries.invention import KINDS, invent
from stillwatch.provenance.canaries.planting import SCHEME, Planted, canaries_of
from stillwatch.provenance.canaries.reading import Answers
from stillwatch.provenance.canaries.search import Haystack, find_canaries
from stillwatch.provenance.watermark.keys import KeyName

Key = Callable[[str], bytes]


def of(texts: list[str], prompts: list[str] | None = None) -> Answers:
    return Answers(tuple(f"o{i}" for i in range(len(texts))), tuple(texts), tuple(prompts or [""] * len(texts)))


def planted(key: Key, *accounts: str) -> list[Planted]:
    names = [KeyName(provider="p", scheme=SCHEME, epoch="e", account=name) for name in accounts]
    return [one for name in names for one in canaries_of(name, key(name.account), 12)]


def test_planted_canaries_are_found_and_their_account_alone(answers: list[str], key: Key) -> None:
    listed = planted(key, "a", "b", "c")
    own = [one for one in listed if one.account == "b"]
    outputs = [f"{text} {own[i].use}" if i < 5 else text for i, text in enumerate(answers)]
    found = find_canaries(of(outputs), listed, of(answers), decoys=299, level=0.02)
    assert [(one.account, one.found, one.p) for one in found.results[:1]] == [("b", 5, pytest.approx(1 / 300))]
    assert [one.accused for one in found.results] == [True, False, False]
    assert {hit.how for hit in found.hits} == {"exact"}
    assert "Canaries of account b are in the outputs: 5 of 12" in found.sentence


def test_nothing_found_means_nothing(answers: list[str], key: Key) -> None:
    found = find_canaries(of(answers), planted(key, "a", "b"), decoys=99)
    assert [one.p for one in found.results] == [1.0, 1.0]
    assert "means nothing" in found.sentence and found.hits == ()


@pytest.mark.parametrize("kind", KINDS)
def test_spelling_case_and_marks_do_not_hide_a_canary(key: Key, kind: str) -> None:
    canary = invent(key("x"), 1, kind)  # type: ignore[arg-type]
    for text in (canary.text.upper(), canary.text.replace("-", " ").replace("_", " "), f"«{canary.text}»!", canary.use):
        assert Haystack(["First.", f"It says {text} there."]).holding(canary) == ("exact", [1])
    assert Haystack(["The gate and the wall."]).holding(canary) == ("", [])


def test_a_slip_in_the_invented_name_is_near_and_two_are_not(key: Key) -> None:
    canary = invent(key("x"), 0, "person")
    core = canary.core
    for slip in (core[:2] + core[3:], core[:3] + "q" + core[3:], core[:3] + "q" + core[4:], f"{core}s"):
        assert Haystack([f"Ask {slip} about it."]).holding(canary)[0] == "near"
    assert Haystack([f"Ask {core[:1] + 'qq' + core[3:-2]} about it."]).holding(canary)[0] == ""
    order = invent(key("x"), 0, "order")
    assert Haystack([f"number {order.text.replace('-', '')}."]).holding(order)[0] == "near"


def test_what_prompts_and_controls_hold_is_no_evidence(answers: list[str], key: Key) -> None:
    listed = planted(key, "a")
    says = [one.use for one in listed]
    echoed = find_canaries(of(says, says), listed, decoys=99)
    assert echoed.hits == () and echoed.results[0].left_out == 12
    known = find_canaries(of(says), listed, of([*answers, *says]), decoys=99)
    assert known.hits == () and known.results[0].p == 1.0


def test_no_claim_without_decoys(answers: list[str], key: Key) -> None:
    with pytest.raises(BadSettings, match="at least 99"):
        find_canaries(of(answers), planted(key, "a"), decoys=0)


def test_the_rank_is_exact_for_innocent_accounts(key: Key) -> None:
    # Outputs full of names that the generator makes: hits by chance, for true sets and decoys alike.
    crowd = [invent(key(f"crowd {i}"), 0, "order").text[:3] + f"-{i:06d}" for i in range(50)]
    crowd += [invent(key(f"crowd {i}"), i % 2).core for i in range(300)]
    near = [word[:-1] for word in crowd]
    listed = planted(key, *(f"innocent {i}" for i in range(40)))
    found = find_canaries(of(crowd + near), listed, decoys=199, level=0.05)
    p = np.array([one.p for one in found.results])
    assert np.mean(p <= 0.05) <= 0.15
    assert not any(one.accused for one in found.results)


@given(st.lists(st.text(max_size=80), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_searched(texts: list[str]) -> None:
    assert Haystack(texts).holding(invent(bytes(32), 0)) == ("", [])
