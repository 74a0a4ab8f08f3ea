from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import find_spans
from stillwatch.provenance.watermark.text.spans import SHORTEST, windows_of

Make = Callable[..., Any]


def test_any_stretch_holds_a_window_of_a_third() -> None:
    for pairs in (16, 100, 1000):
        windows = [(s, s + length) for length, starts in windows_of(pairs).items() for s in starts.tolist()]
        assert all(0 <= start < end <= pairs for start, end in windows) and (0, pairs) in windows
        for size in (24, 60, 90):
            for begin in range(0, pairs - size, 7):
                inside = max(e - s for s, e in windows if begin <= s and e <= begin + size)
                assert inside >= size / 3
    assert windows_of(0) == {} and {k: v.tolist() for k, v in windows_of(SHORTEST - 1).items()} == {15: [0]}


@pytest.mark.parametrize("scheme", [Gumbel(width=2), Kgw(width=1)], ids=lambda s: s.name)
def test_planted_stretches_are_found_where_they_are(scheme: Any, write: Make, bundle: Make, keys: Make) -> None:
    """200 of 3,000 tokens at 1 nat, under one of 40 keys."""
    tried = keys(scheme)
    overlap = found = 0
    for seed in range(4):
        where = range(500 + 600 * seed, 700 + 600 * seed)
        text = write(3000, scheme, tried[7 + seed].key, seed=seed, where=where.__contains__)
        spans = find_spans(bundle(text), scheme, tried, 0.01)
        assert {one.key_id for one in spans} == {tried[7 + seed].name.id}
        tokens = {t for one in spans for t in range(one.start, one.end)}
        overlap += len(tokens & set(where))
        found += len(tokens)
        assert all(one.log10_p_adjusted <= -2 and one.document == "d0" for one in spans)
        assert all(one.document_tokens == 3000 for one in spans)
    assert overlap / 800 > 0.85 and overlap / found > 0.85


def test_two_stretches_stay_two_and_keys_are_told_apart(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=1)
    tried = keys(scheme)
    one = write(400, scheme, tried[3].key, seed=1, where=range(100).__contains__)
    other = write(300, scheme, tried[4].key, seed=2, where=range(50, 200).__contains__)
    spans = find_spans(bundle(np.concatenate([one, other])), scheme, tried, 0.01)
    assert [s.key_id for s in spans] == [tried[3].name.id, tried[4].name.id]
    assert [s.start for s in spans] == pytest.approx([0, 450], abs=40)
    assert [s.end for s in spans] == pytest.approx([100, 600], abs=40)


def test_unmarked_documents_have_no_spans(bundle: Make, keys: Make) -> None:
    """200 documents as one family at level .01, under two schemes; then each as its own family."""
    rng = np.random.default_rng(5)
    texts = [rng.integers(0, 5000, 400) for _ in range(200)]
    for scheme in (Gumbel(), Kgw()):
        assert find_spans(bundle(*texts), scheme, keys(scheme, 10), 0.01) == []
    alone = sum(bool(find_spans(bundle(text), Gumbel(), keys(Gumbel(), 10), 0.01)) for text in texts)
    assert alone <= 8


def test_an_honest_level_is_kept_where_it_can_be_counted(bundle: Make, keys: Make) -> None:
    rng = np.random.default_rng(6)
    tried = keys(Gumbel(), 3)
    hits = sum(bool(find_spans(bundle(rng.integers(0, 5000, 300)), Gumbel(), tried, 0.3)) for _ in range(150))
    assert hits / 150 <= 0.3 + 3 * math.sqrt(0.3 * 0.7 / 150)


def test_repeats_do_not_make_a_span(bundle: Make, keys: Make) -> None:
    phrase = np.random.default_rng(8).integers(0, 5000, 12)
    for scheme in (Gumbel(), Kgw()):
        assert find_spans(bundle(np.tile(phrase, 100)), scheme, keys(scheme), 0.01) == []


def test_prompts_are_not_counted_and_short_documents_do_no_harm(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=1)
    tried = keys(scheme, 5)
    marked = write(150, scheme, tried[2].key, seed=3)
    documents = bundle([1, 2], [], np.concatenate([np.arange(60), marked]))
    documents.texts.prompts[2] = 60
    (span,) = find_spans(documents, scheme, tried, 0.01)
    assert span.document == "d2" and span.start <= 10 and 140 <= span.end <= 150 and span.document_tokens == 150
    assert find_spans(bundle([1, 2], []), scheme, tried, 0.01) == []


def test_the_tail_of_a_window_is_exact(write: Make, bundle: Make, keys: Make) -> None:
    """A document shorter than the shortest window is one window: its p is that of the whole."""
    scheme = Gumbel(width=1)
    tried = keys(scheme, 1)
    text = write(15, scheme, tried[0].key, seed=1)
    (span,) = find_spans(bundle(text), scheme, tried, 0.5)
    from stillwatch.provenance.watermark.schemes import pairs_of

    values = scheme.values(pairs_of(scheme, bundle(text).texts), tried[0].key)
    total = float(values.sum() - len(values))
    assert span.log10_p_adjusted == pytest.approx(float(Tail(np.ones(len(values)), scheme.law).log10_p(total)[0]))
