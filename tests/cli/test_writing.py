from __future__ import annotations

import json
from pathlib import Path

import pytest

from stillwatch.cli.writing import check_file, check_folder, json_lines, write_into, write_lines
from stillwatch.errors import BadSettings, StillwatchError

ROWS = [{"text": "one\ntwo", "é": 1}, {"n": None}]


def test_lines_are_a_document_each(tmp_path: Path) -> None:
    write_lines(tmp_path / "rows.jsonl", iter(ROWS))
    raw = (tmp_path / "rows.jsonl").read_bytes()
    assert raw == json_lines(ROWS) and raw.endswith(b"\n")
    assert [json.loads(line) for line in raw.splitlines()] == ROWS
    assert json_lines([]) == b""


def test_a_folder_is_made_and_kept(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        write_into(tmp_path / "new" / "out", name, b"{}\n")
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == ["a.json", "b.json"]


def test_what_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StillwatchError, match=r"taken: cannot be written \(File exists\)\. Choose another --out\."):
        write_into(tmp_path / "taken", "case.json", b"")
    with pytest.raises(StillwatchError, match=r"none/rows: cannot be written \(No such file or directory\)"):
        write_lines(tmp_path / "none" / "rows", ROWS)
    with pytest.raises(StillwatchError, match=r"cannot be written \(Is a directory\)"):
        write_lines(tmp_path, ROWS)
    assert (tmp_path / "taken").read_bytes() == b""


def test_a_file_that_cannot_be_is_told_before_the_work(tmp_path: Path) -> None:
    check_file(tmp_path / "pack", "the pack")
    with pytest.raises(BadSettings, match="is a folder; --out names the file of the pack"):
        check_file(tmp_path, "the pack")
    with pytest.raises(BadSettings, match="there is no folder"):
        check_file(tmp_path / "gone" / "pack", "the pack")


def test_a_folder_that_cannot_be_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    for out in (None, Path("relative"), tmp_path, tmp_path / "new" / "deep"):
        check_folder(out)
    for out in (tmp_path / "taken", tmp_path / "taken" / "case"):
        with pytest.raises(BadSettings, match="is a file, or lies in one; --out names a folder"):
            check_folder(out)
