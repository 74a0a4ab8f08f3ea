from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stillwatch.provenance.watermark.radioactivity.expected import closed_growth
from stillwatch.provenance.watermark.radioactivity.looks import (
    LOOKS,
    PENALTY,
    Look,
    look_on,
    looks_within,
    next_look,
    over_looks,
)
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.text import decoy_keys

Chains = Callable[..., Any]
SINGLE = arrays(np.float64, (5, 3), elements=st.floats(-400, 0))


def test_looks_are_preferred_numbers() -> None:
    steps = np.diff(np.log10(LOOKS))
    assert np.all(np.abs(steps - 0.1) < 0.01)
    assert pytest.approx(PENALTY) == np.log10(len(LOOKS))


@settings(max_examples=100)
@given(st.integers(1, 3_000_000))
def test_a_text_is_looked_at_where_it_was_declared(tokens: int) -> None:
    sizes = looks_within(tokens)
    assert sizes == tuple(size for size in LOOKS if size <= tokens) or (sizes == (tokens,) and tokens < LOOKS[0])
    following = next_look(tokens)
    assert following is None if tokens >= LOOKS[-1] else following is not None and following > tokens
    # Longer texts are looked at wherever shorter ones were, but for those before the first look.
    if tokens >= LOOKS[0]:
        assert looks_within(tokens + 100_000)[: len(sizes)] == sizes


@settings(max_examples=60)
@given(SINGLE)
def test_p_over_looks_never_rises_and_pays_for_all_of_them(single: np.ndarray) -> None:
    yet = over_looks(single)
    assert np.all(np.diff(yet, axis=0) <= 0)
    assert np.all(yet <= 0)
    assert np.all(yet >= np.minimum(0, single.min(0)))
    assert np.allclose(yet[-1], np.minimum(0, single.min(0) + PENALTY))


def test_wrong_keys_reach_a_level_no_more_often_than_it_says(plain: Any, chain: Chains) -> None:
    """However often one looks: the smallest p of eight looks, taken bare, would be below .05 far too often."""
    texts = chain(plain).write(100, 50, seed=3)
    growth = list(closed_growth(texts, chain(plain), 1, tuple(range(600, 5_000, 600))))
    keys = decoy_keys(1000, 1, "looks")
    yet, last = look_on(growth, Kgw(), keys)
    bare = np.min([Look.at(one, Kgw(), keys).log10_p for one in growth], axis=0)
    assert np.mean(bare <= np.log10(0.05)) > 0.08
    assert np.mean(yet[-1] <= np.log10(0.05)) < 0.05
    assert last.evidence is growth[-1]
    assert np.mean(last.log10_p <= np.log10(0.05)) == pytest.approx(0.05, abs=0.02)
