from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.samplers.contexts import batch_contexts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_the_sampler_hashes_the_pairs_that_the_detector_scores(text: list[int], width: int, padding: int) -> None:
    rows = np.array([[9] * padding + text[:-1]], np.int64)
    hashes, may = batch_contexts(rows, np.array([padding]), padding, width, False)
    pairs = distinct_pairs(Texts.of([text]), width)
    last = [int(h) for h, p in zip(pairs.hashes, pairs.positions, strict=True) if p == len(text) - 1]
    assert may[0] == (len(text) > width)
    if last:  # A pair that stood there before has its first place alone.
        assert last == [(int(hashes[0]) + (text[-1] + 1) * int(GOLDEN)) % 2**64]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=14), st.integers(0, 13), st.integers(1, 3))
def test_a_context_is_used_once_in_an_answer(text: list[int], begin: int, width: int) -> None:
    begin = min(begin, len(text))
    _, may = batch_contexts(np.array([text], np.int64), np.zeros(1, np.int64), begin, width, True)
    earlier = [text[end - width : end] for end in range(max(begin, width), len(text))]
    assert may[0] == (len(text) >= width and text[len(text) - width :] not in earlier)


def test_each_row_has_its_own_beginning() -> None:
    rows = np.array([[0, 0, 7, 8], [5, 6, 7, 8]], np.int64)
    hashes, may = batch_contexts(rows, np.array([2, 0]), 4, 3, False)
    assert may.tolist() == [False, True]
    hashes, may = batch_contexts(rows, np.array([2, 0]), 4, 2, False)
    assert may.all()
    assert hashes[0] == hashes[1]
