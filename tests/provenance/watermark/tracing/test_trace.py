from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.tracing.accusation import accuse
from stillwatch.provenance.watermark.tracing.trace import Suspicion, trace

EIGHT = dict.fromkeys(range(40, 48), 0.125)


def anscombe(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(seen + 3 / 8) - np.sqrt(expected + 3 / 8)


def suspicion(evidence: Evidence) -> Suspicion:
    return Suspicion(evidence.pairs, evidence.seen, evidence.expected, anscombe)


@pytest.mark.parametrize("scheme", [Kgw(width=1), Gumbel(width=1)])
def test_one_account_of_a_thousand_that_marked_half(world, scheme: Scheme) -> None:  # type: ignore[no-untyped-def]
    found = trace(suspicion(world.student({17: 0.5}, scheme=scheme)), scheme, world.keys, strength=2.0)
    assert np.flatnonzero(found.accusation.accused).tolist() == [17]
    assert found.log10_p[17] < -30 and found.accusation.log10_adjusted[17] < -27
    assert found.decoys.sound and found.decoys.count == 1000 and found.second_sound
    assert list(found.shares) == [17] and found.shares[17].low < 0.55 and found.shares[17].high > 0.45


def test_eight_accounts_of_a_campaign_alone_and_as_one(world) -> None:  # type: ignore[no-untyped-def]
    members = [np.arange(40, 48), np.arange(100, 108)]
    found = trace(suspicion(world.student(EIGHT)), Kgw(width=1), world.keys, members=members, decoys=200)
    assert set(np.flatnonzero(found.accusation.accused)) == set(range(40, 48))
    assert found.accusation.cohorts.tolist() == [True, False]
    assert found.cohort_log10_p[0] < -100 and found.cohort_log10_p[1] > -4
    assert found.products[0] < -100 and set(found.shares) == set(range(40, 48))


def test_weak_accounts_are_found_as_one_where_none_is_alone(world) -> None:  # type: ignore[no-untyped-def]
    faint = dict.fromkeys(range(40, 48), 0.016)
    members = [np.arange(40, 48), np.arange(100, 108)]
    found = trace(suspicion(world.student(faint)), Kgw(width=1), world.keys, members=members, decoys=200)
    assert found.accusation.look.max() == 0
    assert found.accusation.cohorts.tolist() == [True, False]
    assert set(np.flatnonzero(found.accusation.accused)) <= set(range(40, 48))


def test_no_student_of_unmarked_text_is_accused(world) -> None:  # type: ignore[no-untyped-def]
    """12 students; 2,000 are in bench/results/watermark-trace.json."""
    scheme, accused, lowest = Kgw(width=1), 0, []
    for seed in range(12):
        evidence = world.student({}, seed=seed + 100, tokens=20_000)
        weights = suspicion(evidence).weights(evidence.expected)
        log10_p = Tail(weights, scheme.law).log10_p(scheme.totals(evidence.pairs, weights, world.keys))
        accused += int(accuse(lambda _, log10_p=log10_p: log10_p, 1e-3).accused.sum())
        lowest.append(log10_p.min())
    assert accused == 0
    assert min(lowest) > -6 and -4 < np.median(lowest) < -2.3


def test_a_second_look_takes_out_what_was_found(world) -> None:  # type: ignore[no-untyped-def]
    taken: list[int] = []
    evidence = world.student({3: 0.6, 9: 0.03})

    def weigh(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
        taken.append(int((expected != evidence.expected).any()))
        return anscombe(seen, expected)

    asked = Suspicion(evidence.pairs, evidence.seen, evidence.expected, weigh)
    found = trace(asked, Kgw(width=1), world.keys, decoys=200, strength=2.0)
    assert taken[:2] == [0, 1] and found.accusation.look[3] == 1
    assert set(np.flatnonzero(found.accusation.accused)) <= {3, 9}


def test_without_a_reference_text_is_scored_and_no_share_told(world) -> None:  # type: ignore[no-untyped-def]
    evidence = world.student({5: 1.0}, tokens=3000)
    written = evidence.pairs.take(evidence.seen > 0)
    asked = Suspicion(written, np.ones(len(written)), np.zeros(len(written)), lambda seen, _: np.ones(len(seen)))
    found = trace(asked, Kgw(width=1), world.keys, decoys=200)
    assert np.flatnonzero(found.accusation.accused).tolist() == [5]
    assert found.shares == {} and found.least is None and found.tail.dominance < 0.1


def test_nothing_to_score_abstains_and_accuses_nobody(world) -> None:  # type: ignore[no-untyped-def]
    none = world.pairs.take(np.zeros(0, np.int64))
    asked = Suspicion(none, np.zeros(0), np.zeros(0), anscombe)
    found = trace(asked, Kgw(width=1), world.keys[:10], members=[np.arange(3)], decoys=100)
    assert not found.decoys.sound and not found.accusation.accused.any() and not found.accusation.cohorts.any()
    assert found.z.tolist() == [0.0] * 10
