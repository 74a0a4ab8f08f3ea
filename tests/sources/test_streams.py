from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from stillwatch.sources import streams
from stillwatch.sources.streams import BrokenStream, compression, file_digest, pieces

DATA = b"".join(b'{"row": %d}\n' % number for number in range(20_000))


def _packed(kind: str) -> bytes:
    return gzip.compress(DATA) if kind == "gzip" else zstandard.ZstdCompressor().compress(DATA)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_compression_is_told_by_content_and_undone(tmp_path: Path, kind) -> None:
    path = tmp_path / "any.name"
    path.write_bytes(_packed(kind) * 2)  # two members, two frames: logs are appended to
    assert compression(path) == kind
    assert b"".join(pieces(path)) == DATA * 2


def test_plain_files_are_read_from_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(DATA)
    assert compression(path) is None
    assert b"".join(pieces(path, 7)) == DATA[7:]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_cut_in_the_middle_gives_its_first_part(tmp_path: Path, kind, share) -> None:
    path = tmp_path / "cut"
    packed = _packed(kind)
    path.write_bytes(packed[: int(len(packed) * share)])
    got = b""
    with pytest.raises(BrokenStream, match="ends in the middle"):
        for piece in pieces(path):
            got += piece
    assert DATA.startswith(got)
    if kind == "gzip":
        assert got


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_damaged_file_says_so(tmp_path: Path, kind) -> None:
    path = tmp_path / "bad"
    packed = bytearray(_packed(kind) + _packed(kind))
    middle = len(packed) // 2
    packed[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(packed)
    got = b""
    with pytest.raises(BrokenStream):
        for piece in pieces(path):
            got += piece
    assert got == DATA


def test_padding_after_gzip_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "padded"
    path.write_bytes(gzip.compress(DATA) + b"\0" * 512)
    assert b"".join(pieces(path)) == DATA


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_bomb_comes_in_bounded_pieces(tmp_path: Path, kind, monkeypatch) -> None:
    monkeypatch.setattr(streams, "PIECE_BYTES", 1 << 20)
    path = tmp_path / "bomb"
    bomb = b"\0" * (64 << 20)
    path.write_bytes(gzip.compress(bomb, 9) if kind == "gzip" else zstandard.ZstdCompressor().compress(bomb))
    assert path.stat().st_size < 100_000
    total = 0
    for piece in pieces(path):
        # gzip is bounded exactly; zstd by what 1 KiB of input can stand for
        assert len(piece) <= (2 << 20 if kind == "gzip" else 48 << 20)
        total += len(piece)
    assert total == len(bomb)


def test_the_digest_follows_content_not_name(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in "abc")
    one.write_bytes(DATA)
    two.write_bytes(DATA)
    three.write_bytes(DATA + b"x")
    assert file_digest(one) == file_digest(two) != file_digest(three)
    assert len(file_digest(one)) == 24 and file_digest(one).isalnum()
