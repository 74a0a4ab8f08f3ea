from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from stillwatch.provenance.watermark.keys import KeyName, Master, derive
from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash, halves, mixed, unit_interval
from stillwatch.provenance.watermark.schemes.gumbel import Gumbel
from stillwatch.provenance.watermark.schemes.scheme import totals_one_by_one
from stillwatch.provenance.watermark.tails import Tail


def some_pairs(count: int = 3000) -> Pairs:
    return distinct_pairs(Texts.of([np.random.default_rng(2).integers(0, 30_000, count)]), 1)


def test_scores_are_exponential_and_each_by_the_keyed_bits() -> None:
    pairs, scheme, key = some_pairs(), Gumbel(), bytes(range(32))
    values = scheme.values(pairs, key)
    first, second = halves(key)
    expected = [-math.log(1 - unit_interval(np.uint64(mixed(h, first, second)))) for h in pairs.hashes[:50]]
    assert values[:50] == pytest.approx(expected, abs=1e-12)
    assert kstest(values, "expon").pvalue > 1e-3 and np.all(values > 0)


def test_many_keys_at_once_are_each_by_itself() -> None:
    pairs, scheme, rng = some_pairs(500), Gumbel(), np.random.default_rng(4)
    weights, keys = rng.normal(size=len(pairs)), [rng.bytes(32) for _ in range(9)]
    expected = totals_one_by_one(scheme, pairs, weights, keys)
    assert scheme.totals(pairs, weights, keys) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("kind", ["random", "adjacent", "of adjacent accounts", "of adjacent masters"])
def test_wrong_keys_are_uniform(kind: str) -> None:
    pairs, scheme, rng = some_pairs(2000), Gumbel(), np.random.default_rng(6)
    master = Master(bytes(range(32)))
    made = {
        "random": lambda n: rng.bytes(32),
        "adjacent": lambda n: n.to_bytes(8) + bytes(24),
        "of adjacent accounts": lambda n: derive(
            master, KeyName(provider="p", scheme=scheme.name, epoch="1", account=f"account-{n}")
        ),
        "of adjacent masters": lambda n: derive(
            Master(bytes(range(30)) + n.to_bytes(2)), KeyName(provider="p", scheme=scheme.name, epoch="1")
        ),
    }
    keys = [made[kind](n) for n in range(2000)]
    tail = Tail(np.ones(len(pairs)), scheme.law)
    log10_p = tail.log10_p(scheme.totals(pairs, np.ones(len(pairs)), keys))
    assert kstest(10.0**log10_p, "uniform").pvalue > 1e-3
    assert log10_p.min() > -7


def test_drawing_by_the_largest_score_keeps_the_probabilities() -> None:
    """Over keys, the token of largest u ** (1 / p) falls by p: the mark costs nothing in a single draw."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    context = np.array([17], np.int32)
    heads = context_hash(context, 1, 1) + (np.arange(4, dtype=np.uint64) + np.uint64(1)) * GOLDEN
    none = np.zeros((0,), np.int64)
    pairs = Pairs(heads, np.zeros((4, 1), np.int32), np.arange(4, dtype=np.int32), none, none)
    rng = np.random.default_rng(8)
    drawn = [
        int(np.argmax(np.log(-np.expm1(-Gumbel().values(pairs, rng.bytes(32)))) / p)) for _ in range(4000)
    ]  # fmt: skip
    assert chisquare(np.bincount(drawn, minlength=4), 4000 * p).pvalue > 1e-3


def test_the_name_tells_every_setting() -> None:
    assert Gumbel(width=4).name == "gumbel:width=4"
