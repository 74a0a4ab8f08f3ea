from __future__ import annotations

import numpy as np

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.text import Documents

BOTH = Documents(
    Texts.of([[1, 2, 3], [4, 5]], [1, 0]), ("a", "b"), ("x", ""),
    np.array([[-1, -1], [0, 4], [4, 9], [0, 1], [2, 3]], np.int32), ("some text", "t u"), (("f", "0"),),
)  # fmt: skip


def test_one_is_that_document_alone() -> None:
    one = BOTH.one(1)
    assert (one.ids, one.accounts, one.written) == (("b",), ("",), ("t u",))
    assert one.texts.tokens.tolist() == [4, 5] and one.texts.offsets.tolist() == [0, 2]
    assert BOTH.one(0).texts.prompts.tolist() == [1] and len(one) == 1


def test_characters_are_counted_within_the_document() -> None:
    assert BOTH.characters_of(0, 1, 3) == (0, 9)
    assert BOTH.characters_of(0, 0, 2) == (0, 4)
    assert BOTH.characters_of(1, 1, 2) == (2, 3)
    assert BOTH.characters_of(0, 0, 1) is None
