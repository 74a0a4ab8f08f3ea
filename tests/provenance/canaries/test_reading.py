from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.canaries.reading import read_answers


def test_lines_parquet_and_plain_text_alike(tmp_path: Path) -> None:
    rows = [{"text": "One gate.", "prompt": "Which?", "id": "a"}, {"text": "Two gates here."}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pq.write_table(pa.table({"output": ["Three.", "  "]}), tmp_path / "b.parquet")
    (tmp_path / "c.txt").write_text("Four and five.", encoding="utf-8")
    read = read_answers([tmp_path])
    assert read.texts == ("One gate.", "Two gates here.", "Three.", "Four and five.")
    assert read.prompts == ("Which?", "", "", "")
    assert (read.ids[0], read.words, read.left_out) == ("a", 9, (("empty answer", 1),))
    assert len(read.files) == 3


def test_tokens_without_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a b"}\n{"tokens": [1, 2]}\n', encoding="utf-8")
    with pytest.raises(BadInput, match="line 2: has no `text`"):
        read_answers([path])


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(NothingToRead, match="no answer with any word"):
        read_answers([tmp_path / "a.txt"])
