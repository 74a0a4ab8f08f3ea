from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs, pair_hashes
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash

Documents = st.lists(
    st.lists(st.integers(0, 3), max_size=12).flatmap(lambda d: st.tuples(st.just(d), st.integers(0, len(d)))),
    max_size=5,
)


def by_hand(
    documents: list[tuple[list[int], int]], width: int, padded: bool
) -> dict[tuple[tuple[int, ...], int], tuple[int, int]]:
    """{(context, token): (first position, count)} of what was written and stands in no prompt."""
    echoes, found, begin = set(), {}, 0
    scored = []
    for tokens, prompt in documents:
        for i in range(0 if padded else width, len(tokens)):
            context = tuple(tokens[k] if k >= 0 else -1 for k in range(i - width, i))
            if i < prompt:
                echoes.add((context, tokens[i]))
            else:
                scored.append(((context, tokens[i]), begin + i))
        begin += len(tokens)
    for pair, position in scored:
        if pair not in echoes:
            first, count = found.get(pair, (position, 0))
            found[pair] = first, count + 1
    return found


@settings(max_examples=150, deadline=None)
@given(Documents, st.sampled_from([1, 2, 4]), st.booleans())
def test_pairs_are_those_counted_by_hand(documents: list[tuple[list[int], int]], width: int, padded: bool) -> None:
    texts = Texts.of([d for d, _ in documents], [p for _, p in documents])
    pairs = distinct_pairs(texts, width, padded=padded)
    made = {
        (tuple(int(t) for t in context), int(token)): (int(position), int(count))
        for context, token, position, count in zip(
            pairs.contexts, pairs.tokens, pairs.positions, pairs.counts, strict=True
        )
    }
    assert made == by_hand(documents, width, padded)
    assert len(made) == len(pairs) == len(set(pairs.hashes.tolist()))
    assert np.all(np.diff(pairs.positions) > 0)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_hashes_are_those_that_samplers_draw_by(width: int) -> None:
    rng = np.random.default_rng(0)
    texts = Texts.of([rng.integers(0, 50_000, 40), rng.integers(0, 50_000, 3), []])
    pairs = distinct_pairs(texts, width, padded=True)
    for context, token, value in zip(pairs.contexts, pairs.tokens, pairs.hashes, strict=True):
        head = int(context_hash(context, width, width))
        assert int(value) == (head + (int(token) + 1) * int(GOLDEN)) % 2**64


def test_widths_never_meet() -> None:
    texts = Texts.of([np.zeros(50, np.int32)])
    met = [set(pair_hashes(texts.tokens, texts.offsets, width).tolist()) for width in (1, 2, 3, 4)]
    assert len(set.union(*met)) == sum(len(one) for one in met)


def test_an_echo_of_the_prompt_is_left_out() -> None:
    pairs = distinct_pairs(Texts.of([[1, 2, 3, 1, 2, 4, 3, 4]], [3]), 1)
    assert [(int(c[0]), int(t)) for c, t in zip(pairs.contexts, pairs.tokens, strict=True)] == [
        (3, 1), (2, 4), (4, 3), (3, 4),
    ]  # fmt: skip


def test_an_echo_counts_in_whatever_document_it_stands() -> None:
    assert len(distinct_pairs(Texts.of([[1, 2], [1, 2]], [0, 2]), 1)) == 0


def test_repeats_count_once_and_are_counted() -> None:
    pairs = distinct_pairs(Texts.of([[5, 6] * 500]), 1)
    assert pairs.counts.tolist() == [500, 499]
    assert pairs.positions.tolist() == [1, 2]


def test_taking_keeps_columns_together() -> None:
    pairs = distinct_pairs(Texts.of([[1, 2, 3, 4]]), 1)
    some = pairs.take(np.array([False, True, True]))
    assert some.tokens.tolist() == [3, 4] and some.contexts.tolist() == [[2], [3]] and len(some) == 2


@settings(max_examples=100, deadline=None)
@given(Documents, st.integers(0, 6))
def test_what_is_written_is_told_token_by_token(documents: list[tuple[list[int], int]], least: int) -> None:
    texts = Texts.of([d for d, _ in documents], [p for _, p in documents])
    by_hand = [place >= prompt and place >= least for tokens, prompt in documents for place in range(len(tokens))]
    made = texts.is_written(least)
    assert made.dtype == np.bool_ and made.tolist() == by_hand
    assert texts.is_written().sum() == texts.written


def test_texts_are_cut_at_whole_documents() -> None:
    texts = Texts.of([[1] * 10, [2] * 10, [3] * 10], [4, 0, 0])
    assert len(texts) == 3 and texts.written == 26
    assert [texts.first(n).written for n in (1, 6, 7, 16, 17, 999)] == [6, 6, 16, 16, 26, 26]
    assert Texts.of([]).first(5).written == 0
    assert len(distinct_pairs(Texts.of([]), 2)) == 0
