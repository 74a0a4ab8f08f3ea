import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput, NothingToRead, StillwatchError
from stillwatch.provenance import rows

NEEDED = {"model": ("name",), "date": ()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "\ufeffModel,DATE,more\n m1 ,2026-01-02,x\n\n,,\n"),
        ("a.csv", "date;Name\r\n2026-01-02;m1\r\n"),
        ("a.csv", '"model"\t"date"\nm1\t2026-01-02\n'),
        ("a.json", '[{"name": "m1", "date": "2026-01-02", "more": null}]'),
        ("a.jsonl", '{"Model": "m1", "Date": "2026-01-02"}\n\n'),
        ("a.csv", '{"model": "m1", "date": "2026-01-02"}'),
    ],
)
def test_tables_as_people_write_them(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = rows.read_rows(path, NEEDED, {"kind": ()})
    assert [(row["model"], row["date"], row["kind"]) for row in found] == [("m1", "2026-01-02", "")]
    assert found[0].place.startswith(f"{path}, ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model\nm1\n", "no column date"),
        ("model,model,date\na,b,c\n", "same name"),
        ("[1, 2]", "entry 1: not an object"),
        ("[{", "neither JSON"),
        ("[" * 100_000, "neither JSON"),
        ("model,date\n" + '"' + "x" * 200_000 + '",1\n', "line 2"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        rows.read_rows(path, NEEDED, {})


def test_bytes_nothing_and_absence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"model,date\n\xff\xfe,1\n")
    with pytest.raises(BadInput, match="UTF-8, not compressed"):
        rows.read_rows(path, NEEDED, {})
    path.write_text("model,date\n", encoding="utf-8")
    with pytest.raises(NothingToRead, match="no row"):
        rows.read_rows(path, NEEDED, {})
    with pytest.raises(NothingToRead, match="no such file"):
        rows.read_rows(tmp_path / "absent.csv", NEEDED, {})
    with pytest.raises(BadInput, match="cannot be read"):
        rows.read_rows(tmp_path, NEEDED, {})


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text("model,date\n" + text, encoding="utf-8", errors="replace", newline="")
    try:
        assert all(set(row.values) <= {"model", "date"} for row in rows.read_rows(path, NEEDED, {}))
    except StillwatchError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01", datetime.date(2026, 3, 1)),
        ("2026-03-01T23:30:00-02:00", datetime.date(2026, 3, 2)),
        ("2026-03-01 10:00:00", datetime.date(2026, 3, 1)),
        ("2026-03", None),
        ("2026-02-30", None),
        ("2026-W10", None),
        ("01.03.2026", None),
        ("", None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_days_are_never_guessed(value: str, expected: datetime.date | None) -> None:
    assert rows.as_day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("71.5", 71.5), ("71,5", 71.5), ("71.5 %", 71.5), ("1e-3", 0.001), ("nan", None), ("inf", None), ("-", None)],
)
def test_numbers(value: str, expected: float | None) -> None:
    assert rows.as_number(value) == expected


def test_a_quoted_value_is_short_and_harmless() -> None:
    assert rows.quoted("\x1b[31m" + "x" * 100 + "\u202e").isascii()
    assert len(rows.quoted("x" * 1000)) < 50
