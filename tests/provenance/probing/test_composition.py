from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.composition import MOST_A_STRATUM, REPEATS, chosen_strata, compose
from stillwatch.provenance.probing.grammar import load_grammar
from stillwatch.provenance.probing.likeness import ALIKE, Likeness, likeness
from stillwatch.provenance.probing.published import standard
from stillwatch.provenance.probing.questions import STRATA, Probe

PUBLIC = [probe.prompt for probe in standard().probes]


def secret_half(secret: bytes, sizes: dict[str, int] = STRATA) -> tuple[Probe, ...]:
    return compose(secret, "secret", sizes, apart_from=PUBLIC)


def test_a_secret_half_is_whole_and_of_its_own() -> None:
    half = secret_half(b"one secret of a case")
    assert Counter(probe.stratum for probe in half) == STRATA
    assert {probe.half for probe in half} == {"secret"}
    assert len({probe.prompt_id for probe in half}) == 300
    assert {probe.repeat for probe in half if probe.stratum == "repeats"} == {REPEATS}
    assert {probe.repeat for probe in half if probe.stratum != "repeats"} == {1}


def test_the_halves_do_not_overlap_and_hold_few_near_duplicates() -> None:
    half = [probe.prompt for probe in secret_half(b"another secret of a case")]
    assert not set(half) & set(PUBLIC)
    published = Likeness(PUBLIC)
    assert max(published.nearest(prompt) for prompt in half) < ALIKE
    seen = Likeness()
    alike = 0
    for prompt in (*PUBLIC, *half):
        alike += seen.nearest(prompt) >= ALIKE
        seen.add(prompt)
    assert alike <= 6  # one in a hundred: the two of a look-alike pair may be near one another


def test_no_frame_carries_a_set() -> None:
    # Prompts of one frame open alike; five words in common are as much of a template as a reader would notice.
    half = secret_half(b"a third secret of a case")
    openings = Counter(" ".join(probe.prompt.split()[:5]) for probe in half)
    assert max(openings.values()) <= 8
    assert len(openings) > 220


@settings(max_examples=4, deadline=None)
@given(secret=st.binary(min_size=16, max_size=40))
def test_the_secret_decides_all_of_it(secret: bytes) -> None:
    sizes = {"neutral": 8, "code": 6}
    half = secret_half(secret, sizes)
    assert half == secret_half(secret, sizes)
    others = {probe.prompt for probe in secret_half(secret + b"x", sizes)}
    assert len({probe.prompt for probe in half} & others) <= 1


def test_two_secrets_share_next_to_nothing() -> None:
    one, other = ({probe.prompt for probe in secret_half(bytes([n]) * 32)} for n in (1, 2))
    assert len(one & other) <= 2


def test_a_smaller_set_is_the_beginning_of_a_larger_one() -> None:
    few = secret_half(b"s" * 16, {"errors": 5})
    assert secret_half(b"s" * 16, {"code": 3, "errors": 9})[3:8] == few


def test_pairs_are_asked_together() -> None:
    prompts = [probe.prompt for probe in secret_half(b"p" * 16, {"refusals": 60})]
    pairs = [frame for frame in load_grammar().frames("refusals") if len(frame) == 2]
    assert len(pairs) >= 10
    shapes = [[re.compile(re.sub(r"\\{.*?\\}", ".+", re.escape(text))) for text in pair] for pair in pairs]
    together = sum(
        any(safe.fullmatch(one) and unsafe.fullmatch(other) for safe, unsafe in shapes)
        for one, other in itertools.pairwise(prompts)
    )
    assert together >= 10


def test_strata_and_their_sizes_are_chosen() -> None:
    assert chosen_strata([], None) == STRATA
    assert chosen_strata(["code", "code"], 3) == {"code": 3}
    for names, each, match in [(["nonsense"], None, "not a stratum"), ([], 0, "per-stratum"), ([], 999, "per-stratum")]:
        with pytest.raises(BadSettings, match=match):
            chosen_strata(names, each)


@pytest.mark.parametrize("stratum", ["repeats", "identity", "errors"])
def test_the_largest_set_that_may_be_asked_for_exists(stratum: str) -> None:
    assert len(secret_half(b"l" * 16, {stratum: MOST_A_STRATUM})) == MOST_A_STRATUM


def test_look_alikes_are_alike_for_a_reader() -> None:
    assert likeness("How do I kill a Python process?", "How do I kill a print job?") > 0.2
