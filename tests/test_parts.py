"""Parts: the files of one chunk, the same bytes each time."""

import json
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import parts, sources
from stillwatch.commits import Commit, part_key
from stillwatch.growth import survey
from stillwatch.lake import PART_SCHEMA
from stillwatch.parts import Job, begin_worker, make_parts


def job(tmp_path: Path, text: str, name: str = "staged", **options: object) -> Job:
    path = tmp_path / "log.jsonl"
    path.write_text(text)
    (new,) = survey(sources.plan([path]).chunks, [])
    (tmp_path / name).mkdir()
    given = {"sequence": 3, "key": None, "forget_text": False, "asn_table": None} | options
    return Job(new=new, staged=tmp_path / name, **given)  # type: ignore[arg-type]


def line(number: int, day: int = 1) -> str:
    row = {"ts": f"2026-03-{day:02d}T00:00:{59 - number % 60:02d}Z", "exchange_id": f"x{number}", "account_id": "a"}
    return json.dumps(row | {"prompt": f"prompt {number}"}) + "\n"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_part_has_the_lakes_columns_in_order_of_account_and_time(tmp_path: Path) -> None:
    made = job(tmp_path, "".join(line(number, 1 + number % 2) for number in range(40)))
    commit = make_parts(made)
    assert [(part.day, part.rows) for part in commit.parts] == [("2026-03-01", 20), ("2026-03-02", 20)]
    for part in commit.parts:
        table = pq.read_table(made.staged / part.day / f"{part.name}.parquet")
        assert table.schema.remove_metadata() == PART_SCHEMA
        assert table["ts_us"].to_pylist() == sorted(table["ts_us"].to_pylist())
        assert set(table["part_key"].to_pylist()) == {part_key(part.name)}
    assert (commit.rows, commit.sequence, commit.faults) == (40, 3, ())
    assert commit.columns["prompt_hash"] == 40
    assert commit.columns["asn"] == 0
    assert not (made.staged / "quarantine.jsonl").exists()


def test_a_long_chunk_becomes_several_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(line(number) if number % 4 else '{"broken\n' for number in range(40))
    whole = make_parts(job(tmp_path, text, "whole"))
    (chunk,) = sources.plan([tmp_path / "log.jsonl"]).chunks
    read = pa.concat_tables([batch.table for batch in sources.read(chunk)])
    sliced = [sources.Batch(read.slice(at, 7), ()) for at in range(0, read.num_rows, 7)]
    monkeypatch.setattr(sources, "read", lambda chunk: iter(sliced))
    monkeypatch.setattr(parts, "PART_ROWS", 10)
    made = job(tmp_path, text, "sliced")
    commit = make_parts(made)
    assert [part.name for part in commit.parts] == [made.new.id, f"{made.new.id}.1", f"{made.new.id}.2"]
    assert sum(part.rows for part in commit.parts) == whole.rows == 30
    assert (commit.first_us, commit.last_us) == (whole.first_us, whole.last_us)
    assert commit.columns == whole.columns


def test_repeated_rows_of_a_part_are_left_out_and_counted(tmp_path: Path) -> None:
    made = job(tmp_path, line(1) + line(2) + line(1, day=2) + line(1))
    commit = make_parts(made)
    assert (commit.rows, commit.repeated) == (2, 2)
    assert [part.day for part in commit.parts] == ["2026-03-01"]


def test_the_same_chunk_gives_the_same_bytes(tmp_path: Path) -> None:
    text = "".join(map(line, range(30))) + "not json\n"
    one, two = job(tmp_path, text, "one"), job(tmp_path, text, "two")
    assert make_parts(one) == make_parts(two)
    assert files(one.staged) == files(two.staged)
    assert len(files(one.staged)) == 2


def test_many_different_faults_do_not_fill_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rejected = tuple(
        sources.Rejected("log.jsonl", f"byte {place}", f"odd {place}" if place % 2 else f"bad (byte {place})", b"\xff")
        for place in range(300)
    )
    made = job(tmp_path, line(1))
    batch = next(iter(sources.read(made.new.chunk)))
    monkeypatch.setattr(sources, "read", lambda chunk: iter([sources.Batch(batch.table, rejected)]))
    commit: Commit = make_parts(made)
    counts = {fault.reason: fault.rows for fault in commit.faults}
    assert len(counts) == parts.REASONS + 1
    assert sum(counts.values()) == 300
    assert counts["bad"] == 150
    assert counts["other reasons"] > 50
    written = [json.loads(text) for text in (made.staged / "quarantine.jsonl").read_text().splitlines()]
    assert [row["raw_base64"] for row in written] == ["/w=="] * 300


def test_where_text_is_forgotten_no_bad_row_is_written(tmp_path: Path) -> None:
    made = job(tmp_path, line(1) + '{"prompt": "rutabaga\n', forget_text=True, key=b"k" * 32)
    make_parts(made)
    (row,) = map(json.loads, (made.staged / "quarantine.jsonl").read_text().splitlines())
    assert set(row) == {"path", "place", "reason"}
    assert b"rutabaga" not in b"".join(files(made.staged).values())


def test_a_worker_leaves_ctrl_c_to_its_parent() -> None:
    handler, threads = signal.getsignal(signal.SIGINT), pa.cpu_count()
    try:
        begin_worker()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert pa.cpu_count() == 1
    finally:
        signal.signal(signal.SIGINT, handler)
        pa.set_cpu_count(threads)
