from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches import bits
from stillwatch.sketches.lexicon import chain as plain_chain
from stillwatch.sketches.lexicon import mix as plain_mix

WORD = st.integers(0, 2**64 - 1)


def siphash(c_rounds: int, d_rounds: int, key: tuple[int, int], words: list[int], size: int) -> int:
    """The published algorithm in plain integers, for whole 8-byte words."""
    mask = 2**64 - 1

    def rot(x: int, by: int) -> int:
        return ((x << by) | (x >> (64 - by))) & mask

    v = [
        key[0] ^ 0x736F6D6570736575,
        key[1] ^ 0x646F72616E646F6D,
        key[0] ^ 0x6C7967656E657261,
        key[1] ^ 0x7465646279746573,
    ]

    def turn(times: int) -> None:
        for _ in range(times):
            v[0] = (v[0] + v[1]) & mask
            v[1] = rot(v[1], 13) ^ v[0]
            v[0] = rot(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = rot(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = rot(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = rot(v[1], 17) ^ v[2]
            v[2] = rot(v[2], 32)

    for word in [*words, size << 56]:
        v[3] ^= word
        turn(c_rounds)
        v[0] ^= word
    v[2] ^= 0xFF
    turn(d_rounds)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_the_plain_siphash_is_the_published_one() -> None:
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash(2, 4, key, [0x0706050403020100], 8) == 0x93F5F5799A932462  # the reference vector of 8 bytes


@given(x=WORD, purpose=WORD, key=st.tuples(WORD, WORD))
@settings(max_examples=50, deadline=None)
def test_seal_is_siphash_1_3(x: int, purpose: int, key: tuple[int, int]) -> None:
    sealed = bits.seal(np.array(key, np.uint64), np.uint64(purpose), np.uint64(x))
    assert int(sealed) == siphash(1, 3, key, [x, purpose], 16)


@given(a=WORD, b=WORD)
@settings(max_examples=50, deadline=None)
def test_compiled_and_plain_agree(a: int, b: int) -> None:
    assert int(bits.mix(np.uint64(a))) == plain_mix(a)
    assert int(bits.chain(np.uint64(a), np.uint64(b))) == plain_chain(a, b)


@given(a=WORD, b=WORD)
@settings(max_examples=50, deadline=None)
def test_order_counts_in_a_chain(a: int, b: int) -> None:
    assert a == b or plain_chain(a, b) != plain_chain(b, a)


def test_the_fingerprint_is_a_number_above_zero() -> None:
    assert bits.fingerprint() == bits.fingerprint() > 0
