from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.vllm_gumbel import VllmGumbel, philox_uniforms
from stillwatch.provenance.watermark.tails import Tail

Vectors = Callable[[str], dict[str, Any]]


def test_uniforms_are_vllms_own(vectors: Vectors) -> None:
    for case in vectors("vllm")["uniforms"]:
        contexts, tokens = np.array(case["contexts"], np.int32), np.array(case["tokens"], np.int32)
        assert philox_uniforms(contexts, tokens, case["key"]).tolist() == case["uniforms"]


def test_text_that_vllm_marked_is_found(vectors: Vectors) -> None:
    text = vectors("vllm")["texts"][0]
    scheme = VllmGumbel(width=text["width"])
    key = raw_key("vllm-gumbel", str(text["key"]))
    pairs = scheme.pairs(Texts.of([[5, 5, 5, 5, 5, *text["tokens"]]], [5]))  # a prompt, that vLLM does not look at
    assert len(pairs) == text["scored"]
    assert scheme.values(pairs, key).sum() == pytest.approx(text["score"], rel=1e-12)
    others = [raw_key("vllm-gumbel", str(number)) for number in range(text["key"] + 1, text["key"] + 201)]
    weights = np.ones(len(pairs))
    log10_p = Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key, *others]))
    assert log10_p[0] < -20
    assert log10_p[1:].min() > -4.5
    assert 1 <= (log10_p[1:] < np.log10(0.05)).sum() <= 24


def test_totals_are_the_sums_of_values(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    random = np.random.default_rng(0)
    pairs = pairs_from(random.integers(-1, 999, (1300, 5)), random.integers(0, 999, 1300))
    scheme, weights = VllmGumbel(width=5), random.normal(size=1300)
    keys = [random.bytes(32) for _ in range(3)]
    expected = [weights @ (scheme.values(pairs, key) - 1) for key in keys]
    assert scheme.totals(pairs, weights, keys) == pytest.approx(expected, rel=1e-9)


def test_every_bit_of_the_key_matters(pairs_from: Callable[[Any, Any], Pairs]) -> None:
    pairs = pairs_from([[1, 2, 3, 4]] * 8, range(8))
    values = {VllmGumbel().values(pairs, (1 << bit).to_bytes(8).ljust(32, b"\0")).tobytes() for bit in range(64)}
    assert len(values) == 64


def test_name_says_all() -> None:
    assert scheme_named(VllmGumbel(width=2).name) == VllmGumbel(width=2)
    with pytest.raises(BadSettings, match="width=0"):
        scheme_named("vllm-gumbel:width=0")
