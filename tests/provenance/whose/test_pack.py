from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, StillwatchError
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.whose.opening import read_pack
from stillwatch.provenance.whose.pack import (
    LONGEST_ANSWER,
    VERSION,
    Pack,
    build_pack,
    manifest_of,
    probes_hash,
    set_hash,
    write_pack,
)


def test_a_pack_holds_the_controls_and_says_why_it_leaves_the_rest_out(pack: Pack) -> None:
    manifest = pack.manifest
    assert len(manifest.entries) == 14
    assert manifest.families == 7
    assert manifest.providers == ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse")
    assert manifest.left_out == {"known-pupil": "kind is student, and only native and human can be controls"}
    assert (manifest.version, manifest.name, manifest.probes) == (VERSION, "toy", 40)
    assert manifest.answers == len(pack.corpus.texts) == 14 * 40
    assert manifest.probes_sha256 == probes_hash(pack.corpus)
    assert manifest.cannot_be_judged() == {}
    assert manifest.lineage().rows["", "elm-2"] == ("elm family", "elm", "native")


def test_who_answered_too_little_or_is_undeclared_is_left_out(rows: list[Any], lineage: Lineage, files: Any) -> None:
    few = [row for row in rows if not (row["model"] == "fir-2" and row["prompt_id"] > "q20")]
    declared = Lineage({key: row for key, row in lineage.rows.items() if key[1] != "elm-1"})
    left = build_pack(files.corpus(few), declared).manifest.left_out
    assert left["elm-1"] == "not in the lineage"
    assert left["fir-2"] == "answered 21 of 40 questions"


def test_the_hash_of_the_questions_changes_with_one_word(pack: Pack) -> None:
    part = pack.corpus.restricted(np.arange(40) > 0)
    assert probes_hash(part) != probes_hash(pack.corpus)


def test_too_few_families_are_refused_with_what_is_missing(rows: list[Any], lineage: Lineage, files: Any) -> None:
    some = [row for row in rows if row["model"][:3] in ("ald", "bir", "ced", "dog", "elm")]
    with pytest.raises(BadInput, match=r"5 families of other providers are needed \(8 models in 4 families"):
        build_pack(files.corpus(some), lineage)
    with pytest.raises(BadInput, match="--lineage"):
        build_pack(files.corpus(some), Lineage({}, declared=False))
    with pytest.raises(BadInput, match="none at hand"):
        build_pack(files.corpus(some), Lineage({("", "x"): ("x", "x", "native")}))


def test_a_written_pack_is_whole_or_not_at_all(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "reference.pack"
    write_pack(path, pack)
    first = path.read_bytes()
    write_pack(path, pack)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["reference.pack"]
    with pytest.raises(StillwatchError, match="--out"):
        write_pack(tmp_path / "absent" / "reference.pack", pack)


def test_long_answers_are_cut(rows: list[Any], lineage: Lineage, files: Any, tmp_path: Path) -> None:
    long = [{**row, "output": row["output"] * 200} if row["model"] == "fir-1" else row for row in rows]
    write_pack(tmp_path / "pack", build_pack(files.corpus(long), lineage))
    longest = max(len(text) for text in read_pack(tmp_path / "pack").corpus.texts.to_pylist())
    assert longest == LONGEST_ANSWER


def test_the_commitment_of_the_probe_set_is_carried(rows: list[Any], files: Any, tmp_path: Path) -> None:
    assert set_hash(files.outputs(rows, note={b"stillwatch.probes.sha256": b"ab" * 32})) == "ab" * 32
    assert set_hash(files.outputs(rows)) is None
    assert set_hash(tmp_path / "absent") is None


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "is no reference pack"),
        ({b"stillwatch.pack": b"{"}, "cannot be read"),
        ({b"stillwatch.pack": b'{"version": 99}'}, "version 99"),
        ({b"stillwatch.pack": b'{"version": 1, "probes": "many"}'}, "cannot be read"),
        ({b"stillwatch.pack": b"[" * 100_000}, "cannot be read"),
        ({b"stillwatch.pack": b"\xff"}, "cannot be read"),
    ],
)
def test_a_manifest_that_is_none_says_so(metadata: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        manifest_of(Path("some.pack"), metadata)


def test_a_pack_is_plain_parquet_that_others_can_read(pack: Pack, tmp_path: Path) -> None:
    write_pack(tmp_path / "pack", pack)
    table = pq.read_table(tmp_path / "pack")
    assert table.column_names == ["prompt_id", "prompt", "model", "output"]
    assert set(table["model"].to_pylist()) == {entry.model for entry in pack.manifest.entries}
