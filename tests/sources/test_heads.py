from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput
from stillwatch.sources.formats import source_named
from stillwatch.sources.heads import look

ROW = {"ts": "2026-03-02T12:00:00Z", "account_id": "a", "prompt": "p"}
LINE = json.dumps(ROW)


@pytest.mark.parametrize(
    ("text", "framing"),
    [
        (LINE + "\n", "lines"), (LINE, "lines"), ("\n\n" + LINE + "\n", "lines"), ('{"broken\n' + LINE + "\n", "lines"),
        ("{\n" + LINE + "\n", "lines"), ("no json\n" + LINE + "\n", "lines"), ("[" + LINE + "]", "document"),
        (json.dumps([ROW], indent=1), "document"), (json.dumps(ROW, indent=2), "document"),
        (json.dumps(ROW, indent=2) + "\n" + json.dumps(ROW, indent=2), "document"),
        ("\ufeff" + LINE + "\n", "lines"),
    ],
)  # fmt: skip
def test_framing_and_format_are_told_by_content(tmp_path, text, framing) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text.encode())
    head = look(path, None)
    assert (head.framing, head.source and head.source.name) == (framing, "stillwatch")


def test_a_large_pretty_document_whose_first_value_is_not_seen_whole(tmp_path) -> None:
    path = tmp_path / "big.json"
    path.write_text(json.dumps({"resourceSpans": [], "pad": ["x" * 100] * 20_000}, indent=2))
    assert look(path, source_named("otel")).framing == "document"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_named_with_its_remedy(tmp_path, encoding) -> None:
    path = tmp_path / "wide.jsonl"
    path.write_bytes((b"\xfe\xff" if encoding == "utf-16-be" else b"") + LINE.encode(encoding))
    with pytest.raises(BadInput, match=r"wide\.jsonl: is written in UTF-16.E.*iconv -f UTF-16"):
        look(path, None)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b'{"level": "info", "msg": "secret words"}\n', "its first record has 'level', 'msg'"),
        (b"one,two\n1,2\n", "its first lines are no JSON objects"), (b"\x00\x01\x02", "binary"),
        (gzip.compress(b"PAR1xxxx"), "compressed Parquet"),
    ],
)  # fmt: skip
def test_unknown_files_say_what_was_seen_and_what_to_do_but_no_content(tmp_path, content, seen) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadInput) as error:
        look(path, None)
    assert "odd.jsonl" in str(error.value) and seen in str(error.value)
    assert "secret" not in str(error.value)
    assert "--format" in str(error.value) or "decompress" in str(error.value)


def test_a_forced_format_needs_no_recognition(tmp_path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b'{"level": "info"}\n')
    assert look(path, source_named("openai")).source is source_named("openai")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf\n", gzip.compress(b"")])
def test_files_that_hold_nothing(tmp_path, content) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    assert look(path, None).source is None


def test_parquet_heads(tmp_path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_pylist([ROW] * 10), path, row_group_size=4)
    head = look(path, None)
    assert (head.framing, len(head.row_groups)) == ("row-groups", 3) and min(head.row_groups) > 0
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(BadInput, match=r"no format is recognised .columns x"):
        look(path, None)
    pq.write_table(pa.table([[1], [2]], names=["ts", "ts"]), path)
    with pytest.raises(BadInput, match="more than one column named 'ts'"):
        look(path, source_named("stillwatch"))
    pq.write_table(pa.table({"ts": pa.array([], pa.string())}), path)
    assert look(path, None).source is None
    path.write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(BadInput, match="no readable Parquet file"):
        look(path, None)


def test_a_stream_of_which_nothing_can_be_read(tmp_path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(LINE.encode())[:9])
    with pytest.raises(BadInput, match="nothing of it can be read"):
        look(path, None)


def test_a_first_record_of_megabytes_is_still_recognised(tmp_path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({**ROW, "prompt": "x" * (3 << 20)}) + "\n" + LINE + "\n")
    head = look(path, None)
    assert (head.framing, head.source and head.source.name) == ("lines", "stillwatch")
