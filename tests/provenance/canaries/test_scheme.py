from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import kstest

from stillwatch.errors import BadSettings
from stillwatch.provenance.canaries.questions import Counts, count_answers
from stillwatch.provenance.canaries.scheme import Wording, majority_pairs, wording_named
from stillwatch.provenance.canaries.sites import sites_of
from stillwatch.provenance.canaries.table import wording_table
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.schemes.scheme import totals_one_by_one
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.decoys import decoy_keys


def counts(no: list[int], yes: list[int]) -> Counts:
    hashes = np.arange(8, 8 * len(no) + 8, 8, dtype=np.uint64)
    return Counts(hashes, np.array(no), np.array(yes), np.arange(len(no)))


def test_names() -> None:
    version = wording_table().version
    assert Wording().name == f"wording:table={version},width=2"
    for name in ("wording", "wording:width=2", f"wording:table={version},width=2"):
        assert wording_named(name) == Wording(2)
        assert scheme_named(name).name == Wording(2).name
    for name in ("wording:width=9", f"wording:table={version + 1},width=2", "kgw:width=1", "wording:colour=2"):
        with pytest.raises(BadSettings):
            wording_named(name)


def test_the_majority_answers_and_draws_say_nothing() -> None:
    pairs = majority_pairs(counts([3, 1, 2, 0], [1, 4, 2, 1]))
    assert pairs.tokens.tolist() == [0, 1, 1]
    assert pairs.counts.tolist() == [4, 5, 1]


def test_totals_are_the_values_summed_for_each_key(key: Callable[[str], bytes]) -> None:
    pairs = majority_pairs(counts([1] * 300, [0] * 150 + [2] * 150))
    weights = np.random.default_rng(1).random(len(pairs))
    keys = [key(str(i)) for i in range(7)]
    scheme = Wording(2)
    assert np.allclose(scheme.totals(pairs, weights, keys), totals_one_by_one(scheme, pairs, weights, keys))
    assert set(scheme.values(pairs, keys[0]).tolist()) == {0.0, 1.0}
    agreed = scheme.answers(pairs.hashes, keys[0]) == pairs.tokens
    assert np.array_equal(agreed.astype(float), scheme.values(pairs, keys[0]))


def test_wrong_keys_are_fair_coins_on_real_choices(answers: list[str]) -> None:
    pairs = majority_pairs(count_answers([s for text in answers for s in sites_of(text)], 2))
    weights = np.ones(len(pairs))
    totals = Wording(2).totals(pairs, weights, decoy_keys(4_000, 1))
    p = 10.0 ** Tail(weights, Wording(2).law).log10_p(totals)
    assert len(pairs) > 100
    assert abs(float(np.std(totals)) / np.sqrt(len(pairs) / 4) - 1) < 0.05
    assert 0.02 < np.mean(p <= 0.05) < 0.065
    assert p.min() > 1e-6
    assert kstest(p + np.random.default_rng(1).random(len(p)) * 1e-3, "uniform").statistic < 0.08
