from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.sketches.buffers import Text, from_hashes, one_chunk, text_of, valid_of

VALUES = ["", "one", None, "drei", "四"]


def read(text: Text) -> list[str | None]:
    return [
        bytes(text.data[text.offsets[i] : text.offsets[i + 1]]).decode() if text.valid[i] else None
        for i in range(len(text))
    ]


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view()])
def test_every_kind_of_string(type_: pa.DataType) -> None:
    assert read(text_of(pa.array(VALUES, type_))) == VALUES


def test_slices_chunks_and_dictionaries() -> None:
    whole = pa.array(VALUES)
    assert read(text_of(whole.slice(1, 3))) == VALUES[1:4]
    assert read(text_of(pa.chunked_array([whole.slice(2), whole.slice(0, 2)]))) == VALUES[2:] + VALUES[:2]
    assert read(text_of(whole.dictionary_encode().slice(3))) == VALUES[3:]
    assert read(text_of(pa.nulls(2))) == [None, None]
    assert read(text_of(pa.array([], pa.string()))) == []
    assert read(text_of(pa.chunked_array([], pa.string()))) == []


def test_validity_and_hashes() -> None:
    column = pa.chunked_array([[1, None], [3]])
    valid = valid_of(column)
    assert valid.tolist() == [True, False, True]
    hashes = from_hashes(np.array([2**63, 5, 1], np.uint64), valid)
    assert hashes.to_pylist() == [-(2**63), None, 1]
    assert one_chunk(column).to_pylist() == [1, None, 3]
