from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.schemes.mersenne import coin_table, green_tokens, permutation


@pytest.mark.parametrize("seed", [0, 1, 5489, 2**32 - 1])
def test_coins_are_those_of_the_twister(seed: int) -> None:
    words = np.random.RandomState(seed).randint(0, 2**32, 2000, dtype=np.uint32)
    assert (coin_table(np.uint64(seed), 2000) == words % 2).all()


@pytest.mark.parametrize("seed", [7, 2**32 + 7])
def test_permutation_is_a_shuffle_from_the_front(seed: int) -> None:
    words = np.random.RandomState(7).randint(0, 2**32, 99, dtype=np.uint32)
    order = list(range(100))
    for i, word in enumerate(words.tolist()):
        other = i + word % (100 - i)
        order[i], order[other] = order[other], order[i]
    assert permutation(np.uint64(seed), 100).tolist() == order


def test_green_tokens_are_the_first_of_the_permutation() -> None:
    seeds = np.repeat(np.array([3, 4, 5], np.uint64), 50)
    tokens = np.tile(np.arange(50, dtype=np.int32), 3)
    green = green_tokens(seeds, tokens, 50, 20)
    expected = [np.isin(np.arange(50), permutation(seed, 50)[:20]) for seed in seeds[::50]]
    assert (green == np.concatenate(expected)).all()
    assert not green_tokens(seeds[:2], np.array([-1, 50], np.int32), 50, 49).any()
