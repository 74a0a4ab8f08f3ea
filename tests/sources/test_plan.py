from __future__ import annotations

import gzip
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.sources import plan

ROW = {"ts": "2026-03-02T12:00:00Z", "account_id": "a"}


def _rows(count: int, start: int = 0) -> list[dict]:
    return [{**ROW, "exchange_id": f"x{start + number}"} for number in range(count)]


def test_a_data_set_folder_with_side_tables(write_lines, tmp_path) -> None:
    write_lines(*_rows(3), name="exchanges/day=1/a.jsonl")
    write_lines(*_rows(3, 3), name="exchanges/day=2/b.jsonl")
    write_lines({"account_id": "a"}, name="accounts.jsonl")
    write_lines("model\nm", name="models.csv")
    write_lines(*_rows(2, 9), name="truth.jsonl")
    found = plan([tmp_path])
    assert [chunk.path.name for chunk in found.chunks] == ["a.jsonl", "b.jsonl"]
    assert {name: path.name for name, path in found.tables.items()} == {
        "accounts": "accounts.jsonl",
        "models": "models.csv",
    }
    assert [path.name for path, _ in found.skipped] == ["truth.jsonl"]
    assert found.total_bytes == sum(chunk.path.stat().st_size for chunk in found.chunks)


def test_what_is_skipped_in_a_folder_is_listed(write_lines, tmp_path) -> None:
    real = write_lines(*_rows(2), name="logs/a.jsonl")
    for name in (".hidden.jsonl", "_SUCCESS", "notes.md", "empty.jsonl"):
        write_lines(name=f"logs/{name}")
    shutil.copy(real, tmp_path / "logs/copy.jsonl")
    (tmp_path / "logs/link.jsonl").symlink_to(real)
    (tmp_path / "logs/loop").symlink_to(tmp_path / "logs")
    found = plan([tmp_path / "logs", real])
    assert [chunk.path for chunk in found.chunks] == [real]
    why = {path.name: reason for path, reason in found.skipped}
    assert why[".hidden.jsonl"] == why["_SUCCESS"] == "hidden"
    assert why["copy.jsonl"].startswith("the same content as")
    assert why["link.jsonl"].startswith("a link") and why["loop"].startswith("a link")
    assert why["empty.jsonl"] == "empty file" and why["a.jsonl"] == "given twice"
    assert why["notes.md"].startswith("not a log by its name")


def test_a_link_that_is_named_is_followed(write_lines, tmp_path) -> None:
    link = tmp_path / "link"
    link.symlink_to(write_lines(*_rows(2)))
    assert len(plan([link]).chunks) == 1


def test_ids_follow_content_and_place_not_path(write_lines, tmp_path) -> None:
    path = write_lines(*_rows(50))
    first = plan([path], chunk_bytes=500)
    moved = tmp_path / "elsewhere.json"
    shutil.move(path, moved)
    second = plan([moved], chunk_bytes=500)
    ids = [chunk.id for chunk in first.chunks]
    assert ids == [chunk.id for chunk in second.chunks] and len(set(ids)) == len(ids) > 3
    assert all(name.replace("-", "").isalnum() for name in ids)
    moved.write_bytes(moved.read_bytes() + b"\n")
    assert plan([moved]).chunks[0].file_id != first.chunks[0].file_id


def test_files_alike_at_both_ends_are_not_taken_for_copies(tmp_path) -> None:
    line = (json.dumps(ROW) + "\n").encode()
    for name, middle in (("a.jsonl", b"1"), ("b.jsonl", b"2")):
        body = line * 3000
        (tmp_path / name).write_bytes(body + json.dumps({**ROW, "prompt": middle.decode()}).encode() + b"\n" + body)
    found = plan([tmp_path])
    assert len(found.chunks) == 2 and len({chunk.file_id for chunk in found.chunks}) == 2


@pytest.mark.parametrize("chunk_bytes", [1, 64, 1000, 10**9])
def test_chunks_cover_a_file_once(write_lines, rows_of, chunk_bytes) -> None:
    path = write_lines(*_rows(40))
    rows, rejected = rows_of(plan([path], chunk_bytes=chunk_bytes))
    assert [row["exchange_id"] for row in rows] == [f"x{number}" for number in range(40)] and not rejected


def test_parquet_is_cut_by_row_groups_and_packed_files_not_at_all(tmp_path, rows_of) -> None:
    pq.write_table(pa.Table.from_pylist(_rows(100)), tmp_path / "a.parquet", row_group_size=10)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, _rows(100, 100))).encode()))
    found = plan([tmp_path], chunk_bytes=1)
    assert [chunk.framing for chunk in found.chunks] == ["row-groups"] * 10 + ["lines"]
    rows, _ = rows_of(found)
    assert len({row["exchange_id"] for row in rows}) == 200


def test_a_folder_of_many_formats_is_sniffed_file_by_file(samples) -> None:
    found = plan([samples])
    assert {chunk.format for chunk in found.chunks} == {path.name for path in samples.iterdir()}


def test_what_cannot_be_used_is_named(write_lines, tmp_path) -> None:
    odd = write_lines({"level": "info"}, name="logs/odd.jsonl")
    with pytest.raises(BadInput, match=r"odd\.jsonl: no format"):
        plan([odd.parent])
    assert plan([odd.parent], format="openai").chunks[0].format == "openai"
    with pytest.raises(BadInput, match="no such file"):
        plan([tmp_path / "nowhere"])
    with pytest.raises(BadInput, match="no format 'x'"):
        plan([odd], format="x")
    (tmp_path / "none").mkdir()
    with pytest.raises(NothingToRead, match="nothing to read"):
        plan([tmp_path / "none"])
    with pytest.raises(NothingToRead, match="no file was given"):
        plan([])


def test_two_tables_of_one_name_are_no_choice_to_guess(write_lines, tmp_path) -> None:
    write_lines(*_rows(1), name="exchanges.jsonl")
    write_lines({"account_id": "a"}, name="accounts.jsonl")
    write_lines("account_id\na", name="accounts.csv")
    with pytest.raises(BadInput, match="already a table of accounts"):
        plan([tmp_path])


def test_peers_are_only_named_where_records_have_other_halves(samples) -> None:
    found = plan([samples])
    for chunk in found.chunks:
        joined = chunk.format in ("otel", "openai-batch", "anthropic-batch")
        assert bool(chunk.peers) == joined
        assert {path.parent for path, _ in chunk.peers} <= {chunk.path.parent}
