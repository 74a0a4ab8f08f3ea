from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.sglang_gumbel import SglangGumbel
from stillwatch.provenance.watermark.tails import Tail

Vectors = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("which", [0, 1])
def test_text_that_sglang_marked_is_found(vectors: Vectors, which: int) -> None:
    text = vectors("sglang")["texts"][which]
    both = ":" + text["key_b"] if text["key_b"] else ""
    scheme = SglangGumbel(dual=int(bool(both)), mixing=text["mixing"])
    pairs = scheme.pairs(Texts.of([[*text["prompt"], *text["tokens"]]], [len(text["prompt"])]))
    assert len(pairs) == text["scored"]
    keys = [raw_key("sglang-gumbel", text["key"] + both)]
    keys += [raw_key("sglang-gumbel", f"{number:x}" + both) for number in range(200)]
    assert scheme.values(pairs, keys[0]).sum() == pytest.approx(text["score"], rel=1e-12)
    weights = np.ones(len(pairs))
    log10_p = Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, keys))
    assert log10_p[0] < -20
    if not both:  # a wrong key A beside the right key B still finds what key B drew, as it should
        assert log10_p[1:].min() > -4.5
        assert 1 <= (log10_p[1:] < np.log10(0.05)).sum() <= 24


def test_uniforms_are_sglangs_own(vectors: Vectors, pairs_from: Callable[[Any, Any], Pairs]) -> None:
    for case in vectors("sglang")["hashes"]:
        u = (case["word"] + 0.5) / 2**32
        width = len(case["context"])
        pairs, key = pairs_from([case["context"]], [case["token"]]), raw_key("sglang-gumbel", case["key"])
        assert SglangGumbel(width).values(pairs, key)[0] == pytest.approx(-np.log1p(-u), rel=1e-12)
        # The coin says which key is asked: just above it A is, at it B is.
        both = raw_key("sglang-gumbel", f"{case['key']}:{case['key_b']}")
        share = case["coin"] / 2**32
        taken = SglangGumbel(width, 1, share + 1e-9).uniforms(pairs.contexts, pairs.tokens, both)[0]
        other = SglangGumbel(width, 1, share).uniforms(pairs.contexts, pairs.tokens, both)[0]
        second = raw_key("sglang-gumbel", case["key_b"])
        assert taken == u
        assert other == SglangGumbel(width).uniforms(pairs.contexts, pairs.tokens, second)[0]


@pytest.mark.parametrize("dual", [0, 1])
def test_totals_are_the_sums_of_values(pairs_from: Callable[[Any, Any], Pairs], dual: int) -> None:
    random = np.random.default_rng(0)
    pairs = pairs_from(random.integers(-1, 999, (1300, 3)), random.integers(0, 999, 1300))
    scheme, weights = SglangGumbel(3, dual), random.normal(size=1300)
    keys = [random.bytes(32) for _ in range(3)]
    expected = [weights @ (scheme.values(pairs, key) - 1) for key in keys]
    assert scheme.totals(pairs, weights, keys) == pytest.approx(expected, rel=1e-9)


def test_name_says_all() -> None:
    for scheme in (SglangGumbel(2), SglangGumbel(4, 1, 0.3)):
        assert scheme_named(scheme.name) == scheme
    with pytest.raises(BadSettings, match="mixing"):
        SglangGumbel(mixing=1.0)
