from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Exponential
from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.isolation import strangers
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import check_decoys, decoy_keys, judged, ranks


def plain_pairs(tokens: int, seed: int = 0) -> Pairs:
    return distinct_pairs(Texts.of([np.random.default_rng(seed).integers(0, 30_000, tokens)]), 1)


def test_keys_can_be_drawn_again_and_differ_by_seed_and_purpose() -> None:
    made = decoy_keys(50, 3, "kgw")
    assert made == decoy_keys(50, 3, "kgw") and made[:10] == decoy_keys(10, 3, "kgw")
    assert len({*made, *decoy_keys(50, 4, "kgw"), *decoy_keys(50, 3, "gumbel"), *decoy_keys(50, b"3!", "kgw")}) == 200
    assert {len(key) for key in made} == {32}


@pytest.mark.parametrize("tokens", [2, 6, 40, 3000])
@pytest.mark.parametrize("scheme", [Kgw(), Kgw(gamma=0.5), Gumbel()], ids=lambda s: s.name)
def test_innocent_text_is_sound_however_short(scheme: Kgw | Gumbel, tokens: int) -> None:
    pairs = plain_pairs(tokens)
    weights = np.ones(len(pairs))
    checks = [check_decoys(scheme, pairs, weights, Tail(weights, scheme.law), 1000, seed) for seed in range(8)]
    assert sum(one.sound for one in checks) >= 7
    assert all(one.count == len(one.z) == 1000 and list(one.z) == sorted(one.z) for one in checks)


def test_weights_of_any_kind_are_sound() -> None:
    pairs = plain_pairs(2000)
    weights = np.random.default_rng(1).normal(size=len(pairs))
    assert check_decoys(Gumbel(), pairs, weights, Tail(weights, Exponential())).sound


def test_counting_copies_is_seen() -> None:
    """Pairs that are counted again and again agree with each other under every key: the fault that decoys are for."""
    once = plain_pairs(200)
    copied = once.take(np.tile(np.arange(len(once)), 8))
    weights = np.ones(len(copied))
    check = check_decoys(Kgw(), copied, weights, Tail(weights, Kgw().law))
    assert not check.sound and check.deviation > 2 and "deviation is 2." in check.text


def test_a_wrong_law_is_seen() -> None:
    pairs = plain_pairs(3000)
    weights = np.ones(len(pairs))
    assert not check_decoys(Kgw(gamma=0.25), pairs, weights, Tail(weights, Kgw(gamma=0.15).law)).sound


def test_p_values_that_are_too_large_are_seen_too() -> None:
    tail = Tail(np.ones(500), Exponential())
    drawn = tail.deviation * np.random.default_rng(0).standard_normal(1000)
    assert judged(drawn, tail).sound
    assert not judged(0.8 * drawn, tail).sound and not judged(drawn + 0.4 * tail.deviation, tail).sound


def test_few_decoys_have_wider_bounds_and_too_few_are_refused() -> None:
    pairs = plain_pairs(500)
    weights = np.ones(len(pairs))
    tail = Tail(weights, Kgw().law)
    assert sum(check_decoys(Kgw(), pairs, weights, tail, 100, seed).sound for seed in range(30)) >= 28
    with pytest.raises(BadSettings, match="at least 100"):
        check_decoys(Kgw(), pairs, weights, tail, 99)


def test_nothing_to_score_is_not_sound() -> None:
    none = plain_pairs(1)
    check = check_decoys(Kgw(), none, np.zeros(0), Tail(np.zeros(0), Kgw().law))
    assert not check.sound and check.count == 0 and "no pair" in check.text


def test_no_decoy_shares_a_layer_with_a_tested_key() -> None:
    """Hugging Face's SynthID: 1.4 % of strangers share one, and where the tested key is guilty they look guilty too."""
    scheme = scheme_named("hf-synthid:depth=30")
    pairs = pairs_of(scheme, Texts.of([np.random.default_rng(1).integers(0, 30_000, 1500)]))
    weights = np.ones(len(pairs))
    tail = Tail(weights, scheme.law)
    tested = decoy_keys(3, 9, "tested")
    drawn = decoy_keys(300, 0, scheme.name)
    met = sum(not alone for alone in strangers(scheme, tested, drawn))
    assert met > 3
    check = check_decoys(scheme, pairs, weights, tail, 300, 0, tested)
    plain = check_decoys(scheme, pairs, weights, tail, 300, 0)
    assert check.count == len(check.z) == 300 and check.sound
    assert "share marks" not in check.text
    assert len(set(check.z) & set(plain.z)) == 300 - met


def test_decoys_stay_as_they_were_where_keys_are_long_enough() -> None:
    pairs = plain_pairs(500)
    weights = np.ones(len(pairs))
    tail = Tail(weights, Kgw().law)
    tested = decoy_keys(50, 9, "tested")
    assert check_decoys(Kgw(), pairs, weights, tail, 100, 0, tested) == check_decoys(Kgw(), pairs, weights, tail, 100)


def test_too_many_tested_keys_leave_no_strangers_and_it_is_said() -> None:
    scheme = scheme_named("hf-synthid:depth=30")
    pairs = pairs_of(scheme, Texts.of([np.random.default_rng(1).integers(0, 30_000, 60)]))
    weights = np.ones(len(pairs))
    check = check_decoys(scheme, pairs, weights, Tail(weights, scheme.law), 100, 0, decoy_keys(800, 9, "tested"))
    assert check.count == 100
    assert "of them share marks with a key that is tried" in check.text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.lists(st.floats(-5, 5), max_size=20))
def test_ranks_count_those_above(own: list[float], decoys: list[float]) -> None:
    tail = Tail(np.ones(10), Exponential())
    check = judged(np.array([d * tail.deviation for d in decoys]), tail)
    both = [*own, *check.z]
    assert ranks(own, check).tolist() == [1 + sum(other > value for other in both) for value in own]
