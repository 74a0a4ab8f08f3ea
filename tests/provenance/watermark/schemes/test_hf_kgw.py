from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.hf_kgw import HfKgw

Vectors = Callable[[str], dict[str, Any]]
KEY = raw_key("hf-kgw", "15485863")


@pytest.mark.parametrize("which", range(4))
def test_lists_are_hugging_faces_own(vectors: Vectors, which: int, pairs_from: Callable[[Any, Any], Pairs]) -> None:
    case = vectors("huggingface")["green_lists"][which]
    scheme = HfKgw(case["vocabulary"], seeding=case["seeding"], context=case["context_width"])
    key = raw_key("hf-kgw", str(case["hashing_key"]))
    pairs = pairs_from(case["contexts"], case["tokens"])
    assert scheme.greens_of(pairs.contexts, pairs.tokens, key).tolist() == case["green"]
    assert scheme.values(pairs, key).tolist() == case["green"]


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 2**63 - 1), st.integers(0, 2**31 - 1))
def test_seeds_are_pythons_remainder(number: int, token: int) -> None:
    seeds = HfKgw(1000).seeds(np.array([[token]], np.int32), np.zeros(1, np.int32), raw_key("hf-kgw", str(number)))
    assert int(seeds[0]) == number * token % (2**64 - 1) & 0xFFFFFFFF


def test_what_tells_nothing_is_the_mean(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    scheme = HfKgw(100, gamma=0.253)
    values = scheme.values(pairs_from([[0], [3], [4]], [5, 5, 5]), KEY)
    assert scheme.law.mean == 0.25
    assert values[0] == 0.25
    assert set(values[1:]) <= {0.0, 1.0}
    # Under selfhash the least of a window decides: two windows may make one pair of it, which counts once.
    self_hash = HfKgw(100, seeding="selfhash")
    contexts = np.random.default_rng(0).integers(0, 9, (60, 3))
    values = self_hash.values(pairs_from(contexts, np.full(60, 50)), KEY)
    seeds = self_hash.seeds(contexts.astype(np.int32), np.full(60, 50, np.int32), KEY)
    assert (values != 0.25).sum() == len(set(seeds.tolist())) < 60


def test_totals_are_the_sums_of_values(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    random = np.random.default_rng(0)
    pairs = pairs_from(random.integers(1, 50, (300, 1)), random.integers(0, 50, 300))
    scheme, weights = HfKgw(50), random.normal(size=300)
    expected = [weights @ (scheme.values(pairs, KEY) - 0.24)]
    assert scheme.totals(pairs, weights, [KEY]) == pytest.approx(expected, rel=1e-9)


def test_name_says_all() -> None:
    for scheme in (HfKgw(32_000), HfKgw(99, 0.5, "selfhash", 3)):
        assert scheme_named(scheme.name) == scheme
    assert (HfKgw(99, context=4).width, HfKgw(99, seeding="selfhash").width) == (1, 3)


@pytest.mark.parametrize("name", ["hf-kgw", "hf-kgw:vocabulary=1", "hf-kgw:vocabulary=9,seeding=righthash"])
def test_bad_settings_are_told(name: str) -> None:
    with pytest.raises(BadSettings):
        scheme_named(name)
    with pytest.raises(BadSettings, match="knows no context"):
        HfKgw(99, seeding="selfhash", context=1)
