from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from stillwatch.provenance.watermark.keys import KeyName, Master, derive
from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.prf import halves, mixed
from stillwatch.provenance.watermark.schemes.kgw import Kgw, green_below
from stillwatch.provenance.watermark.schemes.scheme import totals_one_by_one
from stillwatch.provenance.watermark.tails import Tail


def some_pairs(count: int = 3000) -> Pairs:
    return distinct_pairs(Texts.of([np.random.default_rng(2).integers(0, 30_000, count)]), 1)


@pytest.mark.parametrize("gamma", [0.1, 0.25, 0.5])
def test_a_share_gamma_is_green_and_each_by_the_keyed_bits(gamma: float) -> None:
    pairs, scheme, key = some_pairs(), Kgw(gamma=gamma), bytes(range(32))
    values = scheme.values(pairs, key)
    first, second = halves(key)
    assert values[:50].tolist() == [float(mixed(h, first, second) < green_below(gamma)) for h in pairs.hashes[:50]]
    assert abs(values.mean() - gamma) < 5 * np.sqrt(gamma * (1 - gamma) / len(pairs))
    assert scheme.law.mean == gamma


def test_many_keys_at_once_are_each_by_itself() -> None:
    pairs, scheme, rng = some_pairs(500), Kgw(), np.random.default_rng(4)
    weights, keys = rng.normal(size=len(pairs)), [rng.bytes(32) for _ in range(9)]
    assert scheme.totals(pairs, weights, keys) == pytest.approx(totals_one_by_one(scheme, pairs, weights, keys))


@pytest.mark.parametrize("kind", ["random", "adjacent", "of adjacent accounts", "of adjacent masters"])
def test_wrong_keys_are_uniform(kind: str) -> None:
    pairs, scheme, rng = some_pairs(2000), Kgw(), np.random.default_rng(6)
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
    z = tail.z(scheme.totals(pairs, np.ones(len(pairs)), keys))
    assert kstest(z, "norm").pvalue > 1e-3 and abs(z.std() - 1) < 0.08
    assert tail.log10_p(z * tail.deviation).min() > -6


def test_the_name_tells_every_setting() -> None:
    assert Kgw(width=2, gamma=0.5).name == "kgw:gamma=0.5,width=2"
    assert Kgw().name != Kgw(width=2).name
