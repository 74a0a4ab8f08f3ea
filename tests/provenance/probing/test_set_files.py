from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.probing.published import short, standard
from stillwatch.provenance.probing.set_files import MOST_PROBES, read_secret, read_set, write_set


def test_what_is_written_is_read_back_and_hashes_as_told(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    sha256 = write_set(path, short().probes[1:])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    read = read_set(str(path))
    assert read.probes == short().probes[1:]
    assert read.name == f"probes-{sha256[:8]}"


def test_the_same_questions_have_one_name_whatever_their_file_is_called(tmp_path: Path) -> None:
    lines, table = tmp_path / "ours.jsonl", tmp_path / "theirs.csv"
    lines.write_text('{"prompt": "Why?"}\n{"prompt": "How?"}\n')
    table.write_text("prompt\nWhy?\nHow?\n")
    assert read_set(str(lines)) == read_set(str(table))
    write_set(lines, standard().probes)
    write_set(table, short().probes)
    assert (read_set(str(lines)), read_set(str(table))) == (standard(), short())


@pytest.mark.parametrize("name", ["probes.csv", "probes.txt", "probes.parquet", "probes"])
def test_a_set_is_read_back_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_set(path, short().probes)
    assert read_set(str(path)).probes == short().probes
    pq.write_table(pa.table({"prompt": ["Why?"]}), path)
    assert [probe.prompt for probe in read_set(str(path)).probes] == ["Why?"]


def test_the_shipped_sets_go_by_name() -> None:
    assert read_set("standard") == standard()
    assert read_set("short") == short()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_users_own_file_needs_nothing_but_prompts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    prompts = ['Why, and "how"?', "两行\nlines", "plain"]
    if suffix == ".jsonl":
        path.write_text("\n" + "\n\n".join(json.dumps({"prompt": prompt, "more": 1}) for prompt in prompts), "utf-8")
    elif suffix == ".csv":
        rows = ['"{}"'.format(prompt.replace('"', '""')) for prompt in prompts]
        path.write_text("\ufeffprompt\r\n" + "\r\n".join(rows), "utf-8", newline="")
    else:
        pq.write_table(pa.table({"prompt": prompts, "odd": [1, 2, 3]}), path)
    read = read_set(str(path))
    assert [probe.prompt for probe in read.probes] == prompts
    assert {probe.half for probe in read.probes} == {"own"}
    assert len({probe.prompt_id for probe in read.probes}) == 3


def test_own_ids_and_repeats_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("prompt_id,prompt,repeat\n7,Why?,\n8,How?,4\n")
    assert [(probe.prompt_id, probe.repeat) for probe in read_set(str(path)).probes] == [("7", 1), ("8", 4)]


def test_a_prompt_numbered_zero_keeps_its_number(tmp_path: Path) -> None:
    lines, table = tmp_path / "mine.jsonl", tmp_path / "mine.parquet"
    lines.write_text('{"prompt_id": 0, "prompt": "Why?"}\n{"prompt_id": 1, "prompt": "How?"}')
    pq.write_table(pa.table({"prompt_id": [0, 1], "prompt": ["Why?", "How?"]}), table)
    for path in (lines, table):
        assert [probe.prompt_id for probe in read_set(str(path)).probes] == ["0", "1"]


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.jsonl", b"{\"prompt\": \"x\"}\nnot json", "line 2 is no JSON object"),
        ("a.jsonl", b"[1]", "line 1 is no JSON object"),
        ("a.jsonl", b"\xff\xfe", "line 1 is no JSON object"),
        ("a.jsonl", b"{\"prompt\": 3}", "row 1: `prompt` must be text"),
        ("a.jsonl", b"{\"prompt\": \"  \"}", "row 1: `prompt` must be text"),
        ("a.jsonl", b"{\"prompt\": \"x\", \"repeat\": true}", "row 1: `repeat`"),
        ("a.jsonl", b"{\"prompt\": \"x\", \"repeat\": 1e9}", "row 1: `repeat`"),
        ("a.jsonl", b"{\"prompt\": \"x\"}\n{\"prompt\": \"x\"}", "rows 1 and 2 have one prompt_id"),
        ("a.csv", b"question\nWhy?", "row 1: `prompt` must be text"),
        ("a.csv", b"prompt\n\xff", "not a CSV in UTF-8"),
        ("a.parquet", b"PAR1 nonsense", "not a Parquet file"),
        ("a.jsonl", b"{\"prompt\": \"%b\"}" % (b"x" * 40_000), "row 1: `prompt` must be text"),
    ],
)  # fmt: skip
def test_files_that_are_no_probe_sets(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=match):
        read_set(str(path))


def test_missing_empty_and_too_many(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="no such probe set"):
        read_set(str(tmp_path / "none.jsonl"))
    empty, many = tmp_path / "empty.jsonl", tmp_path / "many.jsonl"
    empty.write_text("\n\n")
    with pytest.raises(NothingToRead, match="holds no probe"):
        read_set(str(empty))
    many.write_text("".join(f'{{"prompt": "{n}"}}\n' for n in range(MOST_PROBES + 1)))
    with pytest.raises(BadInput, match="no model is asked more"):
        read_set(str(many))


def test_a_secret_is_long_enough_or_refused_without_being_told(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(NothingToRead, match="/dev/urandom"):
        read_secret(path)
    path.write_bytes(b"tooshort\n\n")
    with pytest.raises(BadSettings) as refused:
        read_secret(path)
    assert "tooshort" not in str(refused.value)
    path.write_bytes(b"0123456789abcdef\r\n")
    assert read_secret(path) == b"0123456789abcdef"
