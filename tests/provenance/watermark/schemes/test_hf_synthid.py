from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.hf_synthid import HfSynthid
from stillwatch.provenance.watermark.tails import Tail

Vectors = Callable[[str], dict[str, Any]]


def test_g_values_are_hugging_faces_own(vectors: Vectors) -> None:
    made = vectors("huggingface")["synthid"]
    scheme = HfSynthid(depth=len(made["keys"]), ngram=made["ngram"])
    pairs = distinct_pairs(Texts.of([made["tokens"]]), scheme.width)
    key = raw_key("hf-synthid", ",".join(map(str, made["keys"])))
    assert scheme.g_values(pairs.contexts, pairs.tokens, key).tolist() == made["g_values"]
    weighted = np.array(made["g_values"]) @ scheme.layer_weights
    assert scheme.values(pairs, key) == pytest.approx(weighted)


@pytest.mark.parametrize("weights", ["linear", "equal"])
def test_totals_are_the_sums_of_values(pairs_from: Callable[[Any, Any], Pairs], weights: str) -> None:
    random = np.random.default_rng(0)
    pairs = pairs_from(random.integers(-1, 9, (4000, 4)), random.integers(0, 9, 4000))
    scheme, weight = HfSynthid(weights=weights), random.normal(size=4000)
    keys = [random.bytes(32) for _ in range(3)]
    expected = [weight @ (scheme.values(pairs, key) - scheme.law.mean) for key in keys]
    assert scheme.totals(pairs, weight, keys) == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_what_the_hash_cannot_tell_apart_counts_once(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    scheme, key = HfSynthid(depth=3, weights="equal"), bytes(range(32))
    twice = pairs_from([[1, 2, 3, 4], [1, 2, 3, 4 + 65536]], [7, 7])
    assert len(set(scheme.places(twice.contexts, twice.tokens).tolist())) == 1
    values = scheme.values(twice, key)
    assert values[0] in (0, 1, 2, 3)
    assert values[1] == 1.5
    texts = Texts.of([np.random.default_rng(1).integers(0, 60_000, 100_000)])
    pairs = scheme.pairs(texts)
    places = scheme.places(pairs.contexts, pairs.tokens)
    assert len(set(places.tolist())) == len(pairs) <= 65_536
    log10_p = Tail(np.ones(len(pairs)), scheme.law).log10_p(scheme.totals(pairs, np.ones(len(pairs)), [key]))
    assert -4 < log10_p[0] <= 0


def test_a_key_and_itself_plus_the_table_mark_alike(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    pairs = pairs_from(np.arange(400).reshape(100, 4), np.arange(100))
    one, other = raw_key("hf-synthid", "5,6"), raw_key("hf-synthid", f"{5 + 65536},{6 - 65536}")
    scheme = HfSynthid(depth=2)
    assert (scheme.values(pairs, one) == scheme.values(pairs, other)).all()


def test_name_says_all() -> None:
    for scheme in (HfSynthid(), HfSynthid(9, 3, "equal", 1024, 7)):
        assert scheme_named(scheme.name) == scheme
    assert sum(HfSynthid().layer_weights) == pytest.approx(30)


@pytest.mark.parametrize("options", ["depth=0", "ngram=1", "table=1000", "weights=steep"])
def test_bad_settings_are_told(options: str) -> None:
    with pytest.raises(BadSettings, match="hf-synthid"):
        scheme_named(f"hf-synthid:{options}")
