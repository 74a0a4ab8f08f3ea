from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.radioactivity.positions import (
    closed_positions,
    context_hashes,
    contexts_at,
    open_positions,
    window_starts,
)

few = settings(max_examples=40, deadline=None)
documents = st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=6)


@few
@given(documents, st.integers(0, 3), st.booleans())
def test_pairs_are_those_of_the_detector(written: list[list[int]], width: int, padded: bool) -> None:
    texts = Texts.of(written)
    hashes = context_hashes(texts, width)
    at = closed_positions(texts, hashes, width, padded=padded)
    mine = hashes[at] + (texts.tokens[at].astype(np.uint64) + np.uint64(1)) * GOLDEN
    theirs = distinct_pairs(texts, max(width, 1) if not padded else width, padded=padded)
    if width == 0 or padded:  # the first token of all has nothing before it: no reference can predict it
        assert set(mine.tolist()) <= set(distinct_pairs(texts, width, padded=padded).hashes.tolist())
    else:
        assert set(mine.tolist()) == set(theirs.hashes.tolist())
        assert len(at) == theirs.counts.sum()


def test_an_echo_of_the_own_prompt_is_left_out_and_another_prompt_is_not() -> None:
    texts = Texts.of([[1, 2, 3, 1, 2, 4], [9, 9, 1, 2, 4, 5]], prompts=[3, 2])
    at = closed_positions(texts, context_hashes(texts, 1), 1)
    assert at.tolist() == [3, 5, 8, 9, 10, 11]  # 4 is the pair (1, 2), which the first prompt holds


def test_only_what_was_written_is_scored_and_contexts_reach_into_the_prompt() -> None:
    texts = Texts.of([[1, 2, 3, 4]], prompts=[2])
    at = closed_positions(texts, context_hashes(texts, 2), 2)
    assert at.tolist() == [2, 3]
    assert contexts_at(texts, at, 2).tolist() == [[1, 2], [2, 3]]
    assert contexts_at(texts, np.array([0, 1]), 2).tolist() == [[-1, -1], [-1, 1]]


def test_open_access_takes_a_context_once_in_each_input() -> None:
    texts = Texts.of([[1, 2, 1, 3, 1, 2], [1, 2]])
    hashes = context_hashes(texts, 1)
    assert open_positions(texts, hashes, 1, 64).tolist() == [1, 2, 4, 7]


def test_open_access_takes_it_again_once_it_is_out_of_sight() -> None:
    texts = Texts.of([[1, 2, 3, 4, 5, 6, 7, 1, 8]])
    hashes = context_hashes(texts, 1)
    assert 8 not in open_positions(texts, hashes, 1, 64)
    assert 8 in open_positions(texts, hashes, 1, 4)


def test_a_context_in_the_prompt_was_seen() -> None:
    texts = Texts.of([[1, 2, 5, 1, 2, 6]], prompts=[3])
    assert open_positions(texts, context_hashes(texts, 1), 1, 64).tolist() == [3]


@few
@given(st.lists(st.integers(0, 40), min_size=1, max_size=4), st.integers(1, 8))
def test_windows_show_at_least_half_of_themselves(lengths: list[int], half: int) -> None:
    texts = Texts.of([[0] * length for length in lengths])
    places = np.arange(len(texts.tokens))
    starts = window_starts(texts, places, 2 * half)
    first = np.repeat(texts.offsets[:-1], lengths)
    assert np.all(starts >= first)
    assert np.all(places - starts < 2 * half)
    assert np.all(places - starts >= np.minimum(half, places - first))
