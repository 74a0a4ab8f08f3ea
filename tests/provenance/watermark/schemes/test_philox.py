from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.schemes.philox import context_words, philox_rounds, token_uniforms

# Known answers of Random123 1.09 (kat_vectors, philox4x32 10): counter, key, result.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_rounds_give_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, ...], result: tuple[int, ...]
) -> None:
    words = [np.uint64(word) for word in (*counter, *key)]
    assert tuple(int(word) for word in philox_rounds(*words)) == result


def test_short_blocks_are_filled() -> None:
    words = context_words(np.array([[-1, 2, 3, 4, 5]], np.int32))
    assert words[:, 0].tolist() == [0xFFFFFFFF, 2, 3, 4, 5, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC]


def test_a_part_is_the_same_as_the_whole() -> None:
    contexts = np.arange(40, dtype=np.int32).reshape(10, 4)
    words, tokens = context_words(contexts), np.arange(10, dtype=np.int32)
    whole, part = np.empty(10), np.empty(3)
    token_uniforms(words, 4, tokens, np.uint64(5), 0, 10, whole)
    token_uniforms(words, 4, tokens, np.uint64(5), 4, 7, part)
    assert (part == whole[4:7]).all()
    assert ((whole > 0) & (whole < 1)).all()
