from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.radioactivity.expected import (
    Evidence,
    closed_evidence,
    closed_growth,
    open_evidence,
    open_growth,
)
from stillwatch.provenance.watermark.radioactivity.masses import LEAST
from stillwatch.provenance.watermark.radioactivity.positions import context_hashes, open_positions

Chains = Callable[..., Any]


def by_pair(evidence: Evidence) -> dict[tuple[int, int], tuple[float, float]]:
    pairs = evidence.pairs
    names = zip(pairs.contexts[:, -1].tolist(), pairs.tokens.tolist(), strict=True)
    return dict(zip(names, zip(evidence.seen.tolist(), evidence.expected.tolist(), strict=True), strict=True))


def test_closed_counts_what_was_written_and_what_the_reference_would_have(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(20, 50, seed=2)
    found = closed_evidence(texts, chain(plain), 1)
    written = distinct_pairs(texts, 1)
    assert found.access == "closed"
    assert found.tokens == 1000
    assert len(np.unique(found.pairs.hashes)) == len(found.pairs)
    seen = found.seen > 0
    assert dict(zip(found.pairs.hashes[seen].tolist(), found.seen[seen].tolist(), strict=True)) == dict(
        zip(written.hashes.tolist(), written.counts.tolist(), strict=True)
    )
    visits = np.bincount(texts.tokens.reshape(20, 50)[:, :-1].ravel(), minlength=64)
    table = by_pair(found)
    expected = visits[:, None] * plain
    for (context, token), (count, mass) in table.items():
        assert mass == pytest.approx(expected[context, token], rel=1e-4, abs=LEAST / 2 if not count else 1e-4)
    missing = {(c, v) for c in range(64) for v in range(64) if expected[c, v] > 2 * LEAST} - set(table)
    assert not missing


def test_places_of_pairs_are_where_they_were_first_written(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(5, 40, seed=3, prompt=4)
    pairs = closed_evidence(texts, chain(plain), 1).pairs
    told = pairs.positions >= 0
    assert np.array_equal(told, pairs.counts > 0)
    assert np.array_equal(texts.tokens[pairs.positions[told]], pairs.tokens[told])
    assert np.array_equal(texts.tokens[pairs.positions[told] - 1], pairs.contexts[told, 0])


def test_computing_a_context_once_changes_nothing(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(20, 50, seed=4)
    once, each = chain(plain), chain(plain, reach=None)
    short, long = by_pair(closed_evidence(texts, once, 1)), by_pair(closed_evidence(texts, each, 1))
    assert len(once.seen[0].positions) <= 64 < sum(len(batch.positions) for batch in each.seen)
    for name in set(short) & set(long):
        assert short[name] == pytest.approx(long[name], rel=1e-4, abs=0.6 * LEAST)
    alone = [(short | long)[name] for name in set(short) ^ set(long)]
    assert all(seen == 0 and mass < 1.2 * LEAST for seen, mass in alone)


def test_growth_is_the_evidence_of_a_part(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(16, 33, seed=5)
    quarter, whole = closed_growth(texts, chain(plain, reach=None), 1, (4 * 33, 16 * 33))
    alone = closed_evidence(texts.first(4 * 33), chain(plain, reach=None), 1)
    assert whole.tokens == 16 * 33
    assert quarter.tokens == alone.tokens
    a, b = by_pair(quarter), by_pair(alone)
    assert {name: v[0] for name, v in a.items() if v[0]} == {name: v[0] for name, v in b.items() if v[0]}
    for name in set(a) & set(b):
        assert a[name] == pytest.approx(b[name], rel=1e-4, abs=0.6 * LEAST)


def test_prompts_are_not_among_the_tokens_of_a_size(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(10, 30, seed=8, prompt=10)
    part, whole = closed_growth(texts, chain(plain), 1, (45, 300))
    # An echo of the prompt is left out now and then.
    assert 40 <= part.seen.sum() <= 45
    assert 290 <= whole.seen.sum() <= texts.written == 300


def test_open_sums_both_over_contexts_seen_once(plain: Any, learnt: Callable[..., Any], chain: Chains) -> None:
    student = learnt(plain)
    texts = chain(plain).write(30, 40, seed=6)
    found = open_evidence(chain(student), chain(plain), texts, 1)
    at = open_positions(texts, context_hashes(texts, 1), 1, 64)
    visits = np.bincount(texts.tokens[at - 1], minlength=64)
    assert found.access == "open"
    for (context, token), (seen, mass) in by_pair(found).items():
        assert seen == pytest.approx(visits[context] * student[context, token], rel=1e-3, abs=LEAST)
        assert mass == pytest.approx(visits[context] * plain[context, token], rel=1e-3, abs=LEAST)
        assert max(seen, mass) >= LEAST
    parts = open_growth(chain(student), chain(plain), texts, 1, (120, 600, 1200))
    assert [part.tokens for part in parts] == [120, 600, 1200]


def test_tokens_that_a_model_does_not_know(plain: Any, chain: Chains) -> None:
    with pytest.raises(BadInput, match=r"token 64 is in the texts, but a model knows 64 tokens"):
        closed_evidence(Texts.of([[1, 2, 64, 3]]), chain(plain), 1)


def test_nothing_to_score(plain: Any, chain: Chains) -> None:
    found = closed_evidence(Texts.of([[5], [6]]), chain(plain), 1)
    assert len(found.pairs) == len(found.seen) == 0
    assert found.tokens == 2


def test_padded_schemes_score_short_contexts(plain: Any, chain: Chains) -> None:
    texts = Texts.of([[1, 2, 3]])
    assert len(closed_evidence(texts, chain(plain), 4).pairs) == 0
    found = closed_evidence(texts, chain(plain), 4, padded=True)
    assert found.pairs.contexts[found.seen > 0].tolist() in (
        [[-1, -1, -1, 1], [-1, -1, 1, 2]], [[-1, -1, 1, 2], [-1, -1, -1, 1]],
    )  # fmt: skip
