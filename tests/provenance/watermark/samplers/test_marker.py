from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme, VllmGumbel

RIGHT, WRONG = bytes(range(32)), bytes(range(1, 33))


def written(scheme: Scheme, policy: Policy, rows: int = 8, steps: int = 60) -> Texts:
    """Answers drawn from random logits under a mark, behind prompts of four tokens."""
    random, marker = np.random.default_rng(6), Marker(scheme, policy)
    keys, _ = key_rows(RIGHT, rows)
    tokens = random.integers(0, 500, (rows, 4))
    for _ in range(steps):
        scores = random.normal(0, 2, (rows, 500)).astype(np.float32)
        marker.mark(scores, tokens, keys, begin=4)
        tokens = np.hstack([tokens, np.argmax(scores + random.gumbel(size=scores.shape), 1)[:, None]])
    return Texts.of(list(tokens), [4] * rows)


@pytest.mark.parametrize("scheme", [Kgw(width=1), Kgw(width=3, gamma=0.5), Gumbel(width=1), Gumbel(width=4)])
def test_what_is_written_has_the_values_that_the_scheme_reads(scheme: Scheme) -> None:
    texts = written(scheme, Policy(delta=20.0, low_entropy=0.0, once=False))
    pairs = distinct_pairs(texts, scheme.width, padded=scheme.padded)
    right, wrong = scheme.values(pairs, RIGHT), scheme.values(pairs, WRONG)
    if isinstance(scheme, Kgw):  # With so strong a bias every token is green.
        assert right.mean() > 0.99
    else:  # Of log(u) / p the largest: u itself is near 1.
        assert right.mean() > 3.0
    assert wrong.mean() == pytest.approx(scheme.law.mean, abs=6 * (scheme.law.variance / len(pairs)) ** 0.5)


def test_gumbel_marks_each_context_once_and_a_green_list_always() -> None:
    scores, tokens = np.zeros((1, 50), np.float32), np.array([[1, 2, 1]])
    keys, _ = key_rows(RIGHT, 1)
    assert Marker(Gumbel()).mark(scores.copy(), tokens, keys, begin=0).tolist() == [False]
    assert Marker(Gumbel()).mark(scores.copy(), tokens, keys, begin=2).tolist() == [True]
    assert Marker(Gumbel(), Policy(once=False)).mark(scores.copy(), tokens, keys, begin=0).tolist() == [True]
    assert Marker(Kgw()).mark(scores.copy(), tokens, keys, begin=0).tolist() == [True]
    assert Marker(Kgw(), Policy(once=True)).mark(scores.copy(), tokens, keys, begin=0).tolist() == [False]


def test_keys_are_spread_over_rows() -> None:
    both, has = key_rows([RIGHT, None, WRONG], 6)
    assert has.tolist() == [True, True, False, False, True, True]
    assert both[0].tolist() == both[1].tolist() != both[4].tolist()
    assert key_rows(RIGHT, 3)[1].all()
    for keys, rows in (([RIGHT, WRONG], 3), ([], 2)):
        with pytest.raises(BadSettings):
            key_rows(keys, rows)


def test_an_engines_scheme_has_no_sampler_here() -> None:
    with pytest.raises(BadSettings, match="its own engine"):
        Marker(VllmGumbel())
