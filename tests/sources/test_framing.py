from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sources import framing
from stillwatch.sources.framing import Block, Unread, documents, lines
from stillwatch.sources.streams import BrokenStream

CONTENT = st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"").replace(b"\xef", b"")), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=5)


def _cut(data: bytes, size: int):
    return (data[at : at + size] for at in range(0, len(data), size))


@given(CONTENT, st.integers(1, 9), st.integers(1, 15), st.booleans())
@settings(max_examples=200, deadline=None)
def test_chunks_share_the_lines_of_a_file_out_exactly_once(parts, piece, chunk, closed) -> None:
    data = b"\n".join(parts) + (b"\n" if closed else b"")
    found = b""
    for start in range(0, len(data), chunk):
        end = min(len(data), start + chunk)
        for block in lines(_cut(data[max(0, start - 1) :], piece), start, end):
            assert isinstance(block, Block)
            assert block.offset == len(found)
            found += block.data
    assert found == data


@given(DOCUMENTS, st.integers(1, 40), st.booleans())
@settings(max_examples=80, deadline=None)
def test_documents_are_found_whole_whatever_the_pieces(values, piece, listed) -> None:
    text = json.dumps(values, indent=2) if listed else "\n".join(json.dumps(value, indent=1) for value in values)
    data = text.encode()
    blocks = list(documents(_cut(data, piece)))
    assert [json.loads(block.data) for block in blocks] == values
    assert all(data[block.offset : block.offset + len(block.data)] == block.data for block in blocks)


@given(st.binary(max_size=200), st.integers(1, 30))
@settings(max_examples=80, deadline=None)
def test_no_byte_that_says_anything_is_lost_from_a_bad_document(data, piece) -> None:
    blocks = list(documents(_cut(data, piece)))
    told = sum(len(block.data) for block in blocks)
    silent = sum(data.count(bytes([byte])) for byte in b" \t\r\n\x0b\x0c\x1e,[]")
    assert told + silent + 3 >= len(data)


def test_bare_values_bad_values_and_an_end_that_never_comes() -> None:
    blocks = list(documents([b'[1, "x]", {"a": nope}, {"b": "\\"}"}', b", nul", b'l] {"c": [1']))
    assert [block.data for block in blocks] == [
        b"1", b'"x]"', b'{"a": nope}', b'{"b": "\\"}"}', b"nul", b"l", b'{"c": [1',
    ]  # fmt: skip


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setattr(framing, "MAX_RECORD_BYTES", 100)
    monkeypatch.setattr(framing, "MAX_RAW_BYTES", 10)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("piece", [7, 64, 1000])
def test_a_line_over_the_limit_is_told_and_the_next_is_read(piece) -> None:
    data = b"first\n" + b"x" * 5000 + b"\nlast\n"
    found = list(lines(_cut(data, piece)))
    told = [part for part in found if isinstance(part, Unread)]
    if piece < 1000:  # a line within one piece is cheap to hand out: the decoder's limit is no concern of its size
        assert [(part.offset, part.head) for part in told] == [(6, b"x" * 10)]
        assert "longer than" in told[0].reason
    assert [b for b in found if isinstance(b, Block)][-1].data.endswith(b"last\n")


@pytest.mark.usefixtures("small")
def test_a_long_line_over_many_chunks_is_told_once() -> None:
    data = b"a\n" + b"x" * 950 + b"\nb\n"
    told, blocks = [], b""
    for start in range(0, len(data), 200):
        for part in lines(_cut(data[max(0, start - 1) :], 30), start, min(len(data), start + 200)):
            told += [part.offset] if isinstance(part, Unread) else []
            blocks += part.data if isinstance(part, Block) else b""
    assert told == [2]
    assert blocks == b"a\nb\n"


@pytest.mark.usefixtures("small")
def test_a_document_over_the_limit_is_told_with_its_place() -> None:
    data = b'[{"a":1},{"b":"' + b"y" * 4000 + b'"},{"c":3}]'
    found = list(documents(_cut(data, 16)))
    assert [type(part).__name__ for part in found] == ["Block", "Unread", "Block"]
    assert found[1].offset == 9 and found[1].head == b'{"b":"yyyy'
    assert found[2] == Block(data.index(b'{"c"'), b'{"c":3}')


@pytest.mark.parametrize("frame", [lines, documents])
def test_a_stream_that_breaks_off_gives_what_came_and_says_where(frame) -> None:
    def stream():
        yield b'{"a":1}\n{"b":2}\n{"c":'
        raise BrokenStream("cut")

    *blocks, last = frame(stream())
    assert b"".join(block.data for block in blocks).replace(b"\n", b"") == b'{"a":1}{"b":2}'
    assert last == Unread(16, "cut", b'{"c":')


def test_a_byte_order_mark_is_no_part_of_the_first_record() -> None:
    assert list(lines([b"\xef\xbb\xbf{}\n"])) == [Block(3, b"{}\n")]
    assert list(documents([b"\xef\xbb\xbf[{}]"])) == [Block(4, b"{}")]
