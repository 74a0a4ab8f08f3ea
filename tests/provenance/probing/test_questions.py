from __future__ import annotations

import hashlib

from stillwatch.provenance.probing.questions import STRATA, Probe, ProbeSet, commitment, encoded, prompt_id_of


def one(prompt: str = "Why?", repeat: int = 1) -> Probe:
    return Probe(prompt_id="a", stratum="neutral", half="own", prompt=prompt, repeat=repeat)


def test_the_strata_make_two_halves_of_three_hundred() -> None:
    assert sum(STRATA.values()) == 300
    assert len(STRATA) == 9


def test_the_commitment_is_the_hash_of_the_lines() -> None:
    lines = encoded([one(), one("两\nlines")])
    assert lines.count(b"\n") == 2
    assert commitment([one(), one("两\nlines")]) == hashlib.sha256(lines).hexdigest()


def test_every_change_changes_the_commitment() -> None:
    sets = [(one(),), (one("Why not?"),), (one(repeat=2),), (one(), one("b")), (one("b"), one())]
    assert len({ProbeSet(name="x", probes=kept).sha256 for kept in sets}) == len(sets)
    assert ProbeSet(name="x", probes=(one(),)).sha256 == ProbeSet(name="y", probes=(one(),)).sha256


def test_an_id_is_bound_to_the_words() -> None:
    assert prompt_id_of("code", "a") == prompt_id_of("code", "a")
    assert prompt_id_of("code", "a") != prompt_id_of("code", "b")
    assert prompt_id_of("code", "a").startswith("code-")


def test_strata_are_counted() -> None:
    assert ProbeSet(name="x", probes=(one(), one())).strata == {"neutral": 2}
