from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from stillwatch.provenance.watermark.prf import GOLDEN, context_hash, finished, halves, mixed, unit_interval

BITS = 2**64
WORDS = st.integers(0, BITS - 1)
Tokens = st.lists(st.integers(-1, 2**31 - 2), min_size=1, max_size=6)


def python_finished(x: int) -> int:
    """splitmix64's finaliser in plain numbers, beside which the compiled one is held."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % BITS
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % BITS
    return x ^ (x >> 31)


@settings(max_examples=100, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_mixing_has_half_a_key_before_each_round(pair: int, first: int, second: int) -> None:
    assert int(finished(np.uint64(pair))) == python_finished(pair)
    wanted = python_finished(python_finished(pair ^ first) ^ second)
    assert int(mixed(np.uint64(pair), np.uint64(first), np.uint64(second))) == wanted


def test_splitmix_gives_the_published_stream() -> None:
    state, made = 1234567, []
    for _ in range(3):
        state = (state + int(GOLDEN)) % BITS
        made.append(int(finished(np.uint64(state))))
    assert made == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.parametrize("bits", [0, 1, 2**63, BITS - 4096, BITS - 1])
def test_units_never_reach_an_end(bits: int) -> None:
    assert 0.0 < unit_interval(np.uint64(bits)) < 1.0
    assert unit_interval(np.uint64(bits)) + unit_interval(np.uint64(BITS - 1 - bits)) == 1.0


def test_units_are_uniform() -> None:
    bits = [mixed(np.uint64(i), np.uint64(3), np.uint64(5)) for i in range(3000)]
    units = [unit_interval(np.uint64(one)) for one in bits]
    assert kstest(units, "uniform").pvalue > 0.001


@settings(max_examples=100, deadline=None)
@given(Tokens, Tokens)
def test_contexts_of_different_widths_or_words_never_meet(one: list[int], other: list[int]) -> None:
    a, b = (int(context_hash(np.array(t, np.int32), len(t), len(t))) for t in (one, other))
    assert (a == b) == (one == other)


def test_only_the_tokens_before_the_position_enter() -> None:
    long = np.array([9, 9, 4, 5, 6, 8], np.int32)
    short = np.array([4, 5, 6], np.int32)
    assert context_hash(long, 5, 3) == context_hash(short, 3, 3)
    assert context_hash(long, 5, 2) != context_hash(short, 3, 3)


def test_a_key_is_its_first_sixteen_bytes() -> None:
    key = bytes(range(32))
    assert halves(key) == halves(key[:16]) == (np.uint64(0x0001020304050607), np.uint64(0x08090A0B0C0D0E0F))
    with pytest.raises(ValueError, match="at least 16 bytes, not 8"):
        halves(key[:8])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 0), (2, 0)),
        ((7, 9), (9, 7)),
        ((1, 2), (1 + 2**32, 2)),
        ((1, 0), (1, 1)),
        ((1, 2), (1, 2 + 2**32)),
    ],
    ids=["adjacent", "swapped", "high bits", "adjacent second half", "high bits of the second half"],
)
def test_related_keys_are_independent(one: tuple[int, int], other: tuple[int, int]) -> None:
    """64 bits a pair agree in half of their places, within five deviations."""
    pairs = np.arange(1, 4001, dtype=np.uint64) * GOLDEN
    agree = [
        int(mixed(p, np.uint64(one[0]), np.uint64(one[1]))) ^ int(mixed(p, np.uint64(other[0]), np.uint64(other[1])))
        for p in pairs
    ]
    share = sum(x.bit_count() for x in agree) / (64 * len(pairs))
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(64 * len(pairs))
