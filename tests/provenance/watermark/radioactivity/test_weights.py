from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.radioactivity.expected import Evidence, closed_evidence
from stillwatch.provenance.watermark.radioactivity.weights import (
    HALF_LEARNT,
    NAME,
    SPREADS,
    declared_weight,
    learnt,
    predicted_score,
    spread_of,
)
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import decoy_keys

Chains = Callable[..., Any]
COUNTS = st.lists(st.tuples(st.integers(0, 500), st.floats(0, 400)), max_size=60)


def evidence_of(rows: list[tuple[float, float]], tokens: int = 10_000) -> Evidence:
    seen, expected = np.array(rows, np.float64).reshape(-1, 2).T
    many = len(rows)
    none = np.zeros(many, np.int64)
    pairs = Pairs(np.arange(many, dtype=np.uint64), none[:, None].astype(np.int32), none.astype(np.int32), none, none)
    return Evidence(pairs, seen, expected, tokens, "closed")


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(0, 10**6))
def test_the_weight_is_the_formula(rows: list[tuple[float, float]], tokens: int) -> None:
    evidence = evidence_of(rows, tokens)
    spread = spread_of(evidence)
    assert spread in SPREADS
    n, e = evidence.seen, evidence.expected
    b = e / (e + max(HALF_LEARNT * tokens, 1e-12))
    wanted = (n - e) * b / (1 + spread * e)
    made = declared_weight(evidence)
    # Rounded to eight binary digits, sign and order kept.
    assert np.allclose(made, wanted, rtol=2**-8, atol=0)
    assert np.all(np.isfinite(made))
    assert len(np.unique(np.frexp(made)[0])) <= 2 * 129 + 1


def test_each_pair_is_weighed_alike_whatever_the_order() -> None:
    random = np.random.default_rng(3)
    expected = random.gamma(0.3, 40, 300)
    rows = np.stack([random.poisson(1.3 * expected), expected], 1)
    order = random.permutation(len(rows))
    plain, mixed = declared_weight(evidence_of(rows.tolist())), declared_weight(evidence_of(rows[order].tolist()))
    assert np.array_equal(mixed, plain[order])
    assert len(np.unique(plain)) > 100


def test_a_pair_is_half_learnt_at_its_share_of_the_text() -> None:
    shares = learnt(np.array([0.0, 2.0, 1e9]), 50_000)
    assert shares == pytest.approx([0, 0.5, 1], abs=1e-6)
    rising = learnt(np.geomspace(1e-6, 1e6, 50), 1234)
    assert np.all(np.diff(rising) > 0)
    # The same rate is as well learnt in a text of any length.
    assert learnt(np.array([3.0]), 50_000) == pytest.approx(learnt(np.array([30.0]), 500_000))
    assert np.array_equal(learnt(np.array([0.0]), 0), [0.0])


def test_noisier_evidence_takes_a_wider_spread() -> None:
    random = np.random.default_rng(0)
    expected = random.gamma(1.0, 60, 2000)

    def with_spread(spread: float) -> Evidence:
        rates = expected * random.gamma(1 / spread, spread, len(expected))
        return evidence_of(list(zip(random.poisson(rates).tolist(), expected.tolist(), strict=True)), 100_000)

    assert spread_of(with_spread(0.01)) < spread_of(with_spread(0.1)) <= spread_of(with_spread(1.0))
    assert predicted_score(with_spread(0.01)) > predicted_score(with_spread(1.0))


def test_empty_and_degenerate_evidence() -> None:
    for rows in ([], [(0, 0.0)], [(5, 5.0), (2, 2.0)]):
        evidence = evidence_of(rows)
        assert predicted_score(evidence) == 0.0
        assert not declared_weight(evidence).any()
    # Written, and never expected: nothing a student could have learnt from, so it counts for nothing.
    assert declared_weight(evidence_of([(9, 0.0), (3, 1.0)])).tolist()[0] == 0.0
    assert Tail(declared_weight(evidence_of([])), Kgw().law).log10_p(0.0) == 0.0


def test_the_right_reference_promises_more(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(100, 60, seed=1)
    other = np.random.default_rng(9).dirichlet(np.full(len(plain), 0.3), len(plain))
    scores = [
        predicted_score(closed_evidence(texts, chain((1 - off) * plain + off * other), 1)) for off in (0.0, 0.3, 0.9)
    ]
    assert scores[0] > 1.3 * scores[1] > 1.3 * scores[2] > 0


def test_wrong_keys_score_by_chance(plain: Any, chain: Chains, learnt: Callable[..., Any]) -> None:
    """No key enters the weight: keys that marked nothing stay uniform, though the text carries another one's mark."""
    evidence = closed_evidence(chain(learnt(plain)).write(100, 60, seed=2), chain(plain), 1)
    weights = declared_weight(evidence)
    tail = Tail(weights, Kgw().law)
    z = tail.z(Kgw().totals(evidence.pairs, weights, decoy_keys(800, 5, "weights")))
    assert abs(float(np.mean(z))) < 0.15
    assert 0.9 < float(np.std(z)) < 1.1
    assert NAME
