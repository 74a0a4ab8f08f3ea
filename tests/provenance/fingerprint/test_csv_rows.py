from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.fingerprint.csv_rows import csv_rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_cells_are_taken_by_name_without_blanks(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbfb,label,a,c\r\n 2 ,x," 1, and ",3\r\n\r\nshort\r\n5,y,4,6,beyond\r\n')
    assert list(csv_rows(path, ["a", "b"], optional=["c", "d"])) == [
        (2, {"a": "1, and", "b": "2", "c": "3", "d": ""}),
        (3, {"a": "", "b": "short", "c": "", "d": ""}),
        (4, {"a": "4", "b": "5", "c": "6", "d": ""}),
    ]


def test_a_header_alone_has_no_rows(path: Path) -> None:
    path.write_text("a,b\n", encoding="utf-8")
    assert list(csv_rows(path, ["b"])) == []


@pytest.mark.parametrize("text", ["", "a,label\n1,x\n"])
def test_missing_columns_are_named(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"rows\.csv: lacks the columns .*b; it needs a, b\."):
        next(csv_rows(path, ["a", "b"], optional=["c"]))


def test_what_cannot_be_read_is_named_and_not_shown(path: Path) -> None:
    with pytest.raises(NothingToRead, match=r"rows\.csv: no such file"):
        next(csv_rows(path, ["a"]))
    path.write_bytes(b"a\nsecret \xff\n")
    with pytest.raises(BadInput, match=r"cannot be read as CSV \(UnicodeDecodeError\). Save it as UTF-8") as told:
        list(csv_rows(path, ["a"]))
    assert "secret" not in str(told.value)
    path.write_text("a\n" + "x" * 200_000 + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"cannot be read as CSV \(Error\)"):
        list(csv_rows(path, ["a"]))
    with pytest.raises(BadInput, match=r"IsADirectoryError"):
        next(csv_rows(path.parent, ["a"]))
