from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.tracing.spoofing import NAME, frequencies, spoofing_test, untested

SCHEME = Kgw(width=1)
KEY = bytes(range(32))
VOCABULARY = 300


def written(seed: int, known: NDArray[np.int64] | None, tokens: int = 8000, green: float = 0.65) -> Pairs:
    """Text of two-token documents over Zipf contexts. Its second token is green with chance `green`; with `known`, only
    after contexts that stand in marked text often enough to be learnt from."""
    random = np.random.default_rng(seed)
    zipf = 1 / np.arange(1, VOCABULARY + 1)
    contexts = random.choice(VOCABULARY, tokens, p=zipf / zipf.sum())
    choices = random.integers(0, VOCABULARY, (tokens, 12))
    table = np.stack([np.repeat(contexts[:, None], 12, 1).ravel(), choices.ravel()], 1).astype(np.int32)
    every = distinct_pairs(Texts.of(list(table)), 1)
    order = np.argsort(every.contexts[:, 0].astype(np.int64) * VOCABULARY + every.tokens)
    index = (every.contexts[:, 0].astype(np.int64) * VOCABULARY + every.tokens)[order]
    value = SCHEME.values(every, KEY)[order]
    colour = value[np.searchsorted(index, table[:, 0].astype(np.int64) * VOCABULARY + table[:, 1])].reshape(tokens, 12)
    chance = np.full(tokens, green)
    if known is not None:
        chance = 0.25 + (green - 0.25) * known[contexts] / (known[contexts] + 20)
    wanted = (random.random(tokens) < chance)[:, None] == (colour == 1)
    drawn = choices[np.arange(tokens), wanted.argmax(1)]
    return distinct_pairs(Texts.of(list(np.stack([contexts, drawn], 1).astype(np.int32))), 1)


@pytest.fixture(scope="module")
def public() -> Pairs:
    return written(1, None)


@pytest.fixture(scope="module")
def learnt(public: Pairs) -> NDArray[np.int64]:
    return np.bincount(public.contexts[:, 0], public.counts, VOCABULARY).astype(np.int64)


def test_an_imitation_is_recognised_and_genuine_text_is_not(public: Pairs, learnt: NDArray[np.int64]) -> None:
    genuine = written(2, None)
    for beside in (None, genuine):
        story, p = spoofing_test(SCHEME, written(3, learnt), KEY, public, beside, permutations=499)
        assert p is not None and p <= 0.01 and story.standing == "possible" and story.name == NAME
        story, p = spoofing_test(SCHEME, written(4, None), KEY, public, beside, permutations=499)
        assert p is not None and p > 0.01
        assert story.standing == ("possible" if beside is None else "unlikely")


def test_false_alarms_are_as_rare_as_stated(public: Pairs) -> None:
    genuine = written(2, None)
    p = [
        spoofing_test(SCHEME, written(50 + n, None, 1500), KEY, public, genuine, permutations=99)[1] for n in range(30)
    ]
    assert all(one is not None for one in p) and sum(one <= 0.05 for one in p if one is not None) <= 5


def test_the_seed_decides_and_nothing_else(public: Pairs) -> None:
    text = written(7, None, 1500)
    first, again, other = (
        spoofing_test(SCHEME, text, KEY, public, permutations=99, seed=seed)[1] for seed in (5, 5, 6)
    )
    assert first == again and other is not None


def test_frequencies_are_of_contexts_and_count_every_token() -> None:
    known = distinct_pairs(Texts.of([[1, 2, 1, 2, 1, 3], [9, 9]]), 1)
    text = distinct_pairs(Texts.of([[1, 5, 2, 7, 8, 1]]), 1)
    frequency, place = frequencies(text, known)
    told = dict(zip(text.contexts[:, 0].tolist(), np.expm1(frequency[place]).round(9).tolist(), strict=True))
    assert told == {1: 3, 5: 0, 2: 2, 7: 0, 8: 0}
    assert frequencies(text, known.take(np.zeros(0, np.int64)))[0].tolist() == [0.0] * 5


def test_too_little_or_too_even_cannot_be_judged(public: Pairs) -> None:
    few = written(8, None, 60)
    story, p = spoofing_test(SCHEME, few, KEY, public)
    assert p is None and story.standing == "not tested" and "fewer than" in story.text
    nothing = public.take(np.zeros(0, np.int64))
    story, p = spoofing_test(SCHEME, public, KEY, nothing)
    assert p is None and "equally frequent" in story.text


def test_where_there_is_no_test_it_is_said() -> None:
    assert untested("closed").standing == "possible" and "No test" not in untested("text").text
    assert untested("text").standing == "not tested" and "--public" in untested("text").text
