from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.errors import BadSettings, StillwatchError
from stillwatch.provenance.probing.files import replace_file


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set.jsonl"
    replace_file(path, b"one")

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StillwatchError, match=r"set\.jsonl: cannot be written \(No space .* choose another --out"):
        replace_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_is_named_as_the_user_named_it(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="is a folder"):
        replace_file(tmp_path, b"one")
    with pytest.raises(StillwatchError, match=r"missing/set\.jsonl: cannot be written \(No such file"):
        replace_file(tmp_path / "missing" / "set.jsonl", b"one")
    assert list(tmp_path.iterdir()) == []
