from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.laws import Layers
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme
from stillwatch.provenance.watermark.tracing.mixture import Mixture, mixture_of

MARKED = {3: 0.4, 9: 0.15, 12: 0.05}


def fitted(world, scheme: Scheme, marked: dict[int, float], seed: int = 0) -> Mixture:  # type: ignore[no-untyped-def]
    evidence = world.student(marked, scheme=scheme, seed=seed)
    strength = 2.0 if isinstance(scheme, Kgw) else None
    made = mixture_of(scheme, evidence.pairs, evidence.seen, evidence.expected, strength)
    assert made is not None
    return made


@pytest.mark.parametrize("scheme", [Kgw(width=1), Gumbel(width=1)])
def test_shares_of_three_campaigns_at_once(world, scheme: Scheme) -> None:  # type: ignore[no-untyped-def]
    shares = fitted(world, scheme, MARKED).shares([world.keys[place] for place in (*MARKED, 500)])
    # A Gumbel key has one favourite in each of the chain's 160 contexts: two keys' favourites meet by chance, unevenly.
    near = 0.03 if isinstance(scheme, Kgw) else 0.08
    for share, true in zip(shares, (*MARKED.values(), 0.0), strict=True):
        assert share.estimate == pytest.approx(true, rel=0.3, abs=near)
        assert 0 <= share.low <= max(share.estimate, 0.0) and share.estimate <= share.high <= 1
    assert shares[3].low == 0.0


def test_shares_are_lower_bounds_where_the_strength_is_not_known(world) -> None:  # type: ignore[no-untyped-def]
    evidence = world.student({3: 0.4})
    made = mixture_of(Kgw(width=1), evidence.pairs, evidence.seen, evidence.expected)
    assert made is not None
    assert 0.1 < made.shares([world.keys[3]])[0].estimate < 0.4


def test_what_is_found_is_explained_and_others_are_left(world) -> None:  # type: ignore[no-untyped-def]
    made = fitted(world, Kgw(width=1), {3: 0.5, 9: 0.1})
    rest = made.explained([world.keys[3]])
    assert rest.shape == made.expected.shape and (rest > 0).all() == (made.expected > 0).all()
    weights = made.seen - rest
    before, after = (
        Kgw(width=1).totals(made.pairs, w, [world.keys[3], world.keys[9]]) / np.linalg.norm(w) / np.sqrt(3 / 16)
        for w in (made.seen - made.expected, weights)
    )
    assert before[0] > 20 > abs(after[0]) * 2
    assert after[1] > before[1] > 3
    assert made.explained([]) is made.expected and made.shares([]) == []


def test_the_least_share_is_where_keys_begin_to_be_found(world) -> None:  # type: ignore[no-untyped-def]
    made = fitted(world, Kgw(width=1), {})
    assert 0.005 < made.least(4.75) < 0.05
    assert made.least(9.5) == pytest.approx(2 * made.least(4.75))


def test_no_formula_or_no_reference_is_told_as_none(world) -> None:  # type: ignore[no-untyped-def]
    evidence = world.student({}, tokens=2000)

    class Layered(Kgw):
        law = Layers((1.0, 1.0))  # type: ignore[assignment]

    assert mixture_of(Layered(), evidence.pairs, evidence.seen, evidence.expected) is None
    assert mixture_of(Kgw(), evidence.pairs, evidence.seen, np.zeros(len(evidence.pairs))) is None
