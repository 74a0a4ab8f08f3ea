from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput, BadSettings, NothingToRead, StillwatchError
from stillwatch.provenance.watermark.text import Documents, read_texts, read_tokenizer


def lines(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows))
    return path


def read(path: Path, tokenizer: Path | None = None) -> Documents:
    return read_texts([path], read_tokenizer(tokenizer) if tokenizer else None)


def tokens_of(documents: Documents, index: int) -> list[int]:
    return documents.one(index).texts.tokens.tolist()


def test_tokens_are_read_with_their_prompts(tmp_path: Path) -> None:
    got = read(lines(
        tmp_path / "a.jsonl", {"tokens": [4, 5], "prompt_tokens": [1, 2, 3], "document": "one", "account": "A"},
        b"", {"id": 7, "tokens": [9]}, {"tokens": [2147483646]},
    ))  # fmt: skip
    assert got.ids == ("one", "7", "a.jsonl:4")
    assert got.accounts == ("A", "", "")
    assert tokens_of(got, 0) == [1, 2, 3, 4, 5] and got.texts.prompts.tolist() == [3, 0, 0]
    assert got.texts.written == 4 and got.written == (None,) * 3
    assert len(got.files[0][1]) == 64


def test_text_is_read_with_its_characters(tmp_path: Path, tokenizer_file: Path) -> None:
    text = "w5  w6\nw7 wé w8"
    got = read(lines(tmp_path / "a.jsonl", {"text": text, "prompt": "w1 w2"}), tokenizer_file)
    assert tokens_of(got, 0) == [1, 2, 5, 6, 7, 5000, 8]
    assert got.texts.prompts.tolist() == [2] and got.written == (text,)
    assert got.characters_of(0, 3, 5) == (4, 9)
    assert got.characters_of(0, 0, 2) is None


def test_what_a_probe_wrote_is_read(tmp_path: Path, tokenizer_file: Path) -> None:
    path = tmp_path / "outputs.parquet"
    pq.write_table(pa.table({"prompt_id": ["1"], "prompt": ["w9"], "output": ["w1 w2"]}), path)
    assert tokens_of(read(path, tokenizer_file), 0) == [9, 1, 2]


@pytest.mark.parametrize("kind", [pa.int16(), pa.uint32(), pa.int64()], ids=str)
def test_parquet_and_lines_say_the_same(tmp_path: Path, kind: pa.DataType) -> None:
    rows: list[dict[str, Any]] = [
        {"tokens": [1, 2, 3], "prompt_tokens": None, "document": "x", "account": None},
        {"tokens": [4], "prompt_tokens": [8, 9], "document": None, "account": "b"},
    ]
    schema = pa.schema([("tokens", pa.list_(kind)), ("prompt_tokens", pa.list_(kind)),
                        ("document", pa.string()), ("account", pa.string())])  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "a.parquet")
    one, other = read(tmp_path / "a.parquet"), read(lines(tmp_path / "a.jsonl", *rows))
    assert one.texts.tokens.tolist() == other.texts.tokens.tolist()
    assert one.texts.prompts.tolist() == other.texts.prompts.tolist() == [0, 2]
    assert one.accounts == other.accounts and one.ids == ("x", "a.parquet:2")


def test_a_folder_is_its_files_and_plain_text_is_one_document(tmp_path: Path, tokenizer_file: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbfw3 w4\n\nw5")
    (tmp_path / "c.exe").write_bytes(b"\0")
    lines(tmp_path / "a.jsonl", {"text": "w1", "id": "b.txt"})
    got = read(tmp_path, tokenizer_file)
    assert got.ids == ("b.txt", "b.txt#2")
    assert tokens_of(got, 1) == [3, 4, 5]


def test_empty_documents_are_counted_out(tmp_path: Path) -> None:
    got = read(lines(tmp_path / "a.jsonl", {"tokens": []}, {"tokens": [1]}))
    assert len(got) == 1 and got.left_out == (("empty document", 1),)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"\xff\xfe", "line 2: JSON is malformed"),
        (b'{"tokens": [1, 2', "line 2: "),
        (b"[1, 2]", "line 2: Expected `object`, got `array`"),
        (b'{"tokens": [1.5]}', "line 2: Expected `int`, got `float`"),
        (b'{"tokens": [true]}', "line 2: Expected `int`, got `bool`"),
        (b'{"tokens": [-1]}', "line 2: Expected `int` >= 0"),
        (b'{"tokens": [2147483647]}', "line 2: Expected `int` <= 2147483646"),
        (b'{"tokens": [99999999999999999999999]}', "line 2: "),
        (b'{"text": 5}', "line 2: Expected `str | null`, got `int`"),
        (b'{"answer": "secret words"}', "line 2: has neither `text` nor `tokens`"),
        (b"[" * 200_000, "line 2: "),
    ],
    ids=str,
)
def test_a_bad_line_is_named_and_not_repeated(tmp_path: Path, row: bytes, said: str) -> None:
    with pytest.raises(BadInput) as raised:
        read(lines(tmp_path / "a.jsonl", {"tokens": [1]}, row))
    assert f"a.jsonl, {said}" in str(raised.value)
    assert "secret" not in str(raised.value) and len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"words": ["a"]}, "has no column"),
        ({"tokens": [[1], [2, -5]]}, "row 2: `tokens` holds what is no token"),
        ({"tokens": [[1], None, [3, None]]}, "row 3: `tokens` holds"),
        ({"tokens": [["a"]]}, "`tokens` is not a list of whole numbers"),
        ({"tokens": [1]}, "`tokens` is not a list"),
        ({"tokens": [[1]], "account": [{"a": 1}]}, "`account` is not text"),
        ({"text": [b"\xff\xfe"]}, "`text` is not text in UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_table_is_named(tmp_path: Path, table: dict[str, Any], said: str) -> None:
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    with pytest.raises(BadInput, match=r"a\.parquet") as raised:
        read(tmp_path / "a.parquet")
    assert said in str(raised.value)


def test_other_faults_are_named(tmp_path: Path, tokenizer_file: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "b.txt").write_bytes(b"fine \xff")
    (tmp_path / "c.csv").write_text("a")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        read(tmp_path / "a.parquet")
    with pytest.raises(BadInput, match=r"b\.txt: is not UTF-8 \(byte 5\)"):
        read(tmp_path / "b.txt", tokenizer_file)
    with pytest.raises(BadInput, match="of no known kind"):
        read(tmp_path / "c.csv")
    with pytest.raises(NothingToRead, match="no such file"):
        read(tmp_path / "none")
    with pytest.raises(NothingToRead, match="no document with any token"):
        read(lines(tmp_path / "d.jsonl", b""))
    with pytest.raises(BadSettings, match=r"e\.jsonl, line 1: is text"):
        read(lines(tmp_path / "e.jsonl", {"text": "w1"}))


def test_broken_characters_do_not_stop_the_rest(tmp_path: Path, tokenizer_file: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "w1 \\u0000 w2 \\u202e w3"}')
    assert tokens_of(read(path, tokenizer_file), 0) == [1, 5000, 2, 5000, 3]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_end_in_documents_or_in_a_named_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    path.write_bytes(b'{"tokens": [1, 2]}\n' + raw)
    try:
        got = read(path)
    except StillwatchError as error:
        assert str(path) in str(error)
    else:
        assert np.all(got.texts.tokens >= 0) and len(set(got.ids)) == len(got)
