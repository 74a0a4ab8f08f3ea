from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.stats import kstest

from stillwatch.errors import BadSettings
from stillwatch.marks import CommitmentCheck
from stillwatch.provenance.watermark.keys import KeyName
from stillwatch.provenance.watermark.laws import Bernoulli
from stillwatch.provenance.watermark.radioactivity import looks
from stillwatch.provenance.watermark.radioactivity.reference import Reference
from stillwatch.provenance.watermark.radioactivity.study import Case, gather, study
from stillwatch.provenance.watermark.radioactivity.suspect import Suspect
from stillwatch.provenance.watermark.radioactivity.weights import declared_weight
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import Candidate, decoy_keys

Chains = Callable[..., Any]
Learnt = Callable[..., Any]
SCHEME = Kgw()
GUILTY = 3


def candidates(count: int = 9, **more: Any) -> list[Candidate]:
    names = [KeyName(provider="acme", scheme=SCHEME.name, epoch="e1", cohort="c1")] + [
        KeyName(provider="acme", scheme=SCHEME.name, epoch="e1", cohort="c1", account=f"a{n}") for n in range(1, count)
    ]
    keys = decoy_keys(count, 7, "keys of a test")
    return [Candidate(name, key, **more) for name, key in zip(names, keys, strict=True)]


class World:
    """A reference, and students that learnt `share` of their data from text marked with the guilty key."""

    def __init__(self, plain: Any, chain: Chains, learnt: Learnt) -> None:
        self.plain, self.chain, self.learnt = plain, chain, learnt
        self.reference = Reference("plain", "model", chain(plain), "reference")

    def rows(self, share: float) -> Any:
        # A student that learnt nothing marked is still not the reference: other data, other habits.
        other = np.random.default_rng(11).dirichlet(np.full(len(self.plain), 0.3), len(self.plain))
        return self.learnt(0.8 * self.plain + 0.2 * other, candidates()[GUILTY].key, share=share)

    def closed(self, share: float, documents: int = 300, seed: int = 4) -> Suspect:
        texts = self.chain(self.rows(share)).write(documents, 60, seed=seed)
        return Suspect("student", "closed", texts, "suspect")

    def open(self, share: float, seed: int = 5) -> Suspect:
        contexts = self.chain(self.plain).write(200, 60, seed=seed)
        return Suspect("student", "open", contexts, "suspect", model=self.chain(self.rows(share)))

    def case(self, suspect: Suspect, **more: Any) -> Case:
        return Case(**{"suspect": suspect, "reference": self.reference, "scheme": SCHEME, "keys": candidates()} | more)


@pytest.fixture(scope="module")
def world(plain: Any, chain: Chains, learnt: Learnt) -> World:
    return World(plain, chain, learnt)


@pytest.mark.parametrize("access", ["closed", "open"])
def test_the_right_key_of_a_student_is_found_and_no_other(world: World, access: str) -> None:
    found = study(world.case(getattr(world, access)(1.0)))
    assert (found.kind, found.access, found.verdict) == ("radioactivity", access, "marked")
    assert [key.account for key in found.keys if key.accused] == [f"a{GUILTY}"]
    guilty = found.keys[GUILTY]
    assert guilty.rank == 1
    assert guilty.log10_p is not None
    assert guilty.log10_p < -20
    assert f"account a{GUILTY}" in found.sentence
    assert found.decoys.sound
    assert found.rivals
    assert found.provenance["reference_sha256"] == "reference"


@pytest.mark.parametrize("access", ["closed", "open"])
def test_a_student_of_other_text_is_not(world: World, access: str) -> None:
    found = study(world.case(getattr(world, access)(0.0)))
    assert found.verdict == "not shown"
    assert not any(key.accused for key in found.keys)
    assert found.growth == ()
    assert found.rivals == ()


@pytest.mark.parametrize("access", ["closed", "open"])
def test_wrong_keys_are_uniform_on_a_student_of_other_text(world: World, access: str) -> None:
    evidence = gather(getattr(world, access)(0.0), world.reference, SCHEME)
    weights = declared_weight(evidence)
    totals = SCHEME.totals(evidence.pairs, weights, decoy_keys(1000, 3, "wrong"))
    log10_p = Tail(weights, SCHEME.law).log10_p(totals)
    assert kstest(10.0**log10_p, "uniform").pvalue > 1e-3
    assert log10_p.min() > -6


@pytest.mark.parametrize("access", ["closed", "open"])
def test_more_text_is_never_worse(world: World, access: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "LOOKS", (1_000, 2_000, 4_000, 8_000, 12_000))
    suspect = getattr(world, access)(0.5)
    read = [
        replace(suspect, texts=suspect.texts.first(tokens)) for tokens in (1_500, 5_000, 9_000, suspect.texts.written)
    ]
    found = [study(world.case(one, keys=candidates()[GUILTY : GUILTY + 1])) for one in read]
    assert [one.tokens for one in found] == [1_000, 4_000, 8_000, 12_000]
    tokens, log10_p = np.array(found[-1].growth).T
    assert tokens.tolist() == [1_000, 2_000, 4_000, 8_000, 12_000]
    assert np.all(np.diff(log10_p) <= 0)
    assert log10_p[-1] < log10_p[0] - 5
    # What a shorter text said stays said.
    assert [one.keys[0].log10_p for one in found] == pytest.approx(log10_p[[0, 2, 3, 4]].tolist(), rel=0.01, abs=0.02)
    assert any("wait for the look at 8,000" in limit for limit in found[1].limits)


def test_what_would_have_been_seen_is_forecast_for_this_text_and_more(world: World) -> None:
    found = study(world.case(world.closed(0.0)))
    assert sorted({one.tokens for one in found.power}) == [16_000, 4 * 16_000]
    assert {one.level for one in found.power} == {1e-6}
    assert max(one.power for one in found.power) > 0.99
    fewer = study(world.case(world.closed(0.0), keys=candidates(2)))
    assert sum(one.power for one in fewer.power) > sum(one.power for one in found.power)
    own = (msgspec.structs.replace(found.power[0], tokens=7),)
    assert study(world.case(world.closed(0.0), power=own)).power == own
    # The forecast's constants are those of sampled answers.
    assert study(world.case(world.open(0.0))).power == ()


def test_the_one_key_there_is_shows_its_growth(world: World) -> None:
    found = study(world.case(world.closed(0.0), keys=candidates()[:1]))
    assert found.verdict == "not shown"
    assert len(found.growth) == 1


def test_a_key_that_leaked_is_shown_and_accuses_nobody(world: World) -> None:
    keys = candidates()
    keys[GUILTY] = Candidate(keys[GUILTY].name, keys[GUILTY].key, counts=False, note="Leaked.")
    found = study(world.case(world.closed(1.0), keys=keys))
    assert found.verdict == "not shown"
    shown = found.keys[GUILTY]
    assert (shown.accused, shown.log10_p_adjusted, shown.text) == (False, None, "Leaked.")
    assert shown.log10_p is not None
    assert shown.log10_p < -20
    with pytest.raises(BadSettings, match="no key that can be evidence"):
        study(world.case(world.closed(1.0), keys=keys[GUILTY : GUILTY + 1]))


def test_keys_that_were_not_committed_to_prove_nothing(world: World) -> None:
    check = CommitmentCheck(root="r", committed_at="t", keys=9, holds=False, text="Another register.")
    found = study(world.case(world.closed(1.0), commitment=check))
    assert found.verdict == "abstains"
    assert "Another register." in found.sentence
    assert not any(key.accused for key in found.keys)


def test_it_abstains_where_decoys_do_not_score_as_chance_would(world: World) -> None:
    class Biased(Kgw):
        """Says that fewer tokens are green than are."""

        @property
        def law(self) -> Bernoulli:
            return Bernoulli(0.1)

    found = study(world.case(world.closed(0.0), scheme=Biased()))
    assert found.verdict == "abstains"
    assert found.decoys.text in found.sentence


def test_the_suspect_is_no_reference_for_itself(world: World) -> None:
    suspect = world.closed(1.0, documents=20)
    with pytest.raises(BadSettings, match="is the suspect itself"):
        gather(suspect, Reference("same", "answers", world.reference.predictor, suspect.sha256), SCHEME)


def test_keys_are_not_shown(world: World) -> None:
    assert repr(candidates()[0].key) not in repr(world.case(world.closed(0.0, documents=20)))


def test_progress_is_told(world: World) -> None:
    steps: list[float] = []
    study(world.case(world.closed(0.0, documents=20)), progress=lambda what, share: steps.append(share))
    assert steps == sorted(steps)
    assert len(steps) >= 3
