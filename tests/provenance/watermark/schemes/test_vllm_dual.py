from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Exponential
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.vllm_dual import VllmDualGumbel, WeightedExponentials, both_keys
from stillwatch.provenance.watermark.tails import Tail

Vectors = Callable[[str], dict[str, Any]]


def test_both_keys_are_derived_as_vllm_derives_them(vectors: Vectors) -> None:
    assert list(both_keys(20260101)) == vectors("vllm")["derived"]


def test_text_that_vllm_marked_is_found(vectors: Vectors) -> None:
    text = vectors("vllm")["texts"][1]
    scheme = VllmDualGumbel()
    pairs = scheme.pairs(Texts.of([text["tokens"]]))
    assert len(pairs) == text["scored"]
    keys = [raw_key("vllm-dual-gumbel", str(text["key"] + off)) for off in range(60)]
    assert scheme.values(pairs, keys[0]).sum() == pytest.approx(text["score"], rel=1e-9)
    weights = np.ones(len(pairs))
    totals = scheme.totals(pairs, weights, keys)
    assert totals[0] == pytest.approx(text["score"] - len(pairs), rel=1e-9)
    log10_p = Tail(weights, scheme.law).log10_p(totals)
    assert log10_p[0] < -15
    assert log10_p[1:].min() > -4


def test_law_is_that_of_the_weighted_sum() -> None:
    law = WeightedExponentials((0.7, 0.3))
    t = np.array([-2.0, -0.1, 0.0, 0.3, 1.2])
    log, first, second = law.cumulants(t)
    parts = [Exponential().cumulants(t * w) for w in law.weights]
    assert log == pytest.approx(parts[0][0] + parts[1][0])
    assert first == pytest.approx(0.7 * parts[0][1] + 0.3 * parts[1][1])
    assert second == pytest.approx(0.49 * parts[0][2] + 0.09 * parts[1][2])
    assert (law.mean, law.variance, law.bound) == pytest.approx((1.0, 0.58, 1 / 0.7))


def test_its_tail_is_that_of_simulation() -> None:
    weights = np.ones(40)
    tail = Tail(weights, WeightedExponentials((0.9, 0.1)))
    draws = np.random.default_rng(1).exponential(size=(100_000, 40, 2)) @ np.array([0.9, 0.1])
    totals = draws.sum(1) - 40
    for p in (0.1, 0.01, 0.001):
        bar = float(np.quantile(totals, 1 - p))
        assert 10 ** tail.log10_p(bar)[0] == pytest.approx(p, rel=0.15)


def test_name_says_all() -> None:
    assert scheme_named(VllmDualGumbel(2, 0.25).name) == VllmDualGumbel(2, 0.25)
    with pytest.raises(BadSettings, match="alpha"):
        VllmDualGumbel(alpha=1.5)
