from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.whose import opening
from stillwatch.provenance.whose.opening import read_pack
from stillwatch.provenance.whose.pack import KEY, Manifest, Pack, write_pack

Change = Callable[[pa.Table, Manifest], tuple[pa.Table, Manifest]]


@pytest.fixture
def path(pack: Pack, tmp_path: Path) -> Path:
    write_pack(tmp_path / "pack", pack)
    return tmp_path / "pack"


def forged(path: Path, change: Change) -> Path:
    """The pack after somebody else's hand."""
    table = pq.read_table(path)
    manifest = msgspec.json.decode(table.schema.metadata[KEY], type=Manifest)
    table, manifest = change(table, manifest)
    pq.write_table(table.replace_schema_metadata({KEY: msgspec.json.encode(manifest)}), path)
    return path


def test_what_was_written_is_read_back(pack: Pack, path: Path) -> None:
    read = read_pack(path)
    assert read.manifest == pack.manifest
    assert read.corpus.models == pack.corpus.models
    assert read.corpus.prompts == pack.corpus.prompts
    assert read.corpus.prompt_texts == pack.corpus.prompt_texts

    def answers(corpus: Any) -> set[tuple[int, int, str]]:
        rows = zip(corpus.model_of.tolist(), corpus.prompt_of.tolist(), corpus.texts.to_pylist(), strict=True)
        return set(rows)

    assert answers(read.corpus) == answers(pack.corpus)


def test_no_file_and_no_pack_say_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="provenance pack"):
        read_pack(tmp_path / "absent")
    with pytest.raises(NothingToRead):
        read_pack(tmp_path)
    (tmp_path / "text").write_text("no pack", encoding="utf-8")
    with pytest.raises(BadInput, match="damaged"):
        read_pack(tmp_path / "text")
    pq.write_table(pa.table({"model": ["a"]}), tmp_path / "other")
    with pytest.raises(BadInput, match="is no reference pack"):
        read_pack(tmp_path / "other")


def one_more(table: pa.Table, **values: str) -> pa.Table:
    last = table.slice(table.num_rows - 1).to_pylist()[0] | values
    return pa.concat_tables([table, pa.Table.from_pylist([last], schema=table.schema)])


REPLACE = msgspec.structs.replace
FORGERIES: dict[str, tuple[Change, str]] = {
    "fewer rows": (lambda t, m: (t.slice(1), m), "its manifest says"),
    "a model unknown to the manifest": (
        lambda t, m: (one_more(t, model="ghost"), REPLACE(m, answers=m.answers + 1)),
        "does not list",
    ),
    "an answer twice": (lambda t, m: (one_more(t), REPLACE(m, answers=m.answers + 1)), "two answers"),
    "another column": (lambda t, m: (t.append_column("x", pa.nulls(t.num_rows, pa.string())), m), "columns"),
    "a column of numbers": (
        lambda t, m: (t.set_column(2, "model", pa.array(range(t.num_rows), pa.int64())), m),
        "columns",
    ),
    "an empty field": (lambda t, m: (t.set_column(3, "output", pa.nulls(t.num_rows, pa.string())), m), "empty field"),
    "a long answer": (
        lambda t, m: (t.set_column(3, "output", pa.array(["x" * 20_001] * t.num_rows)), m),
        "more than 20,000",
    ),
    "a long name": (
        lambda t, m: (t.set_column(0, "prompt_id", pa.array(["x" * 401] * t.num_rows)), m),
        "more than 400",
    ),
    "other questions": (
        lambda t, m: (t.set_column(1, "prompt", pa.array(["Else?"] * t.num_rows)), m),
        "its questions are not",
    ),
    "a student as control": (
        lambda t, m: (t, REPLACE(m, entries=(REPLACE(m.entries[0], kind="student"), *m.entries[1:]))),
        "no control",
    ),
    "a nameless provider": (
        lambda t, m: (t, REPLACE(m, entries=(REPLACE(m.entries[0], provider=""), *m.entries[1:]))),
        "without family or provider",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_pack_is_refused(path: Path, name: str) -> None:
    change, words = FORGERIES[name]
    with pytest.raises(BadInput, match=words):
        read_pack(forged(path, change))


def test_a_short_file_that_unpacks_to_much_is_stopped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "y" * 20_000
    bomb = forged(path, lambda t, m: (t.set_column(3, "output", pa.array([text] * t.num_rows)), m))
    assert bomb.stat().st_size < 200_000 < 560 * 20_000
    monkeypatch.setattr(opening, "LARGEST_TEXT", 1_000_000)
    with pytest.raises(BadInput, match="MB of text"):
        read_pack(bomb)


@pytest.mark.parametrize(("limit", "words"), [("LARGEST_FILE", "larger than"), ("MOST_ROWS", "at most"),
                                              ("MOST_MODELS", "at most")])  # fmt: skip
def test_sizes_are_checked_before_anything_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(opening, limit, 10)
    with pytest.raises(BadInput, match=words):
        read_pack(path)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_pack_is_refused_or_read_as_it_was(
    data: st.DataObject, pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "pack"
    write_pack(path, pack)
    whole = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]))
    try:
        read = read_pack(path)
    except (BadInput, NothingToRead):
        return
    assert read.corpus.models == pack.corpus.models
    assert read.corpus.prompts == pack.corpus.prompts
