from __future__ import annotations

import gzip
import json

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.schema import EXCHANGES
from stillwatch.sources import batches, plan, read
from stillwatch.sources.batches import Gathered, decode_fault
from stillwatch.sources.exchange import Refusal

ROW = {"ts": "2026-03-02T12:00:00Z", "account_id": "a", "prompt": "p"}
LINE = json.dumps(ROW).encode()
NEWLINE = b"\n"
HOSTILE = {
    "broken": (b'{"ts": "2026', "not valid JSON"),
    "list": (b"[1, 2]", "wrong type"),
    "utf-8": (b'{"ts":1,"account_id":"a","prompt":"\xff\xfe"}', "not valid UTF-8"),
    "NUL": (LINE[:-1] + b"\x00}", "not valid JSON"),
    "NaN": (b'{"ts":1772452800,"account_id":"a","temperature":NaN}', "not valid JSON"),
    "huge float": (b'{"ts":1772452800,"account_id":"a","temperature":1e999}', "out of range"),
    "huge integer": (b'{"ts":1772452800,"account_id":"a","seed":' + b"9" * 30 + b"}", "seed does not fit int64"),
    "bomb": (
        b'{"ts":1772452800,"account_id":"a","messages":' + b"[" * 90_000 + b"]" * 90_000 + b"}",
        "nested too deeply",
    ),
    "no time": (b'{"account_id":"a"}', "no time"),
    "no account": (b'{"ts":1772452800}', "no account_id"),
    "wrong type": (b'{"ts":1772452800,"account_id":"a","turns":"secret"}', "turns"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_hostile_line_is_put_aside_and_its_neighbours_are_read(write_lines, rows_of, fault) -> None:
    line, reason = HOSTILE[fault]
    path = write_lines(LINE, line, LINE)
    rows, rejected = rows_of(path, format="stillwatch")
    assert len(rows) == 2
    (item,) = rejected
    assert reason in item.reason and "secret" not in item.reason
    assert (item.place, item.path) == (f"byte {len(LINE) + 1}", str(path))
    assert line.startswith(item.raw) and len(item.raw) == min(len(line), 64 << 10)


def test_unpaired_surrogates_hide_no_row(write_lines, rows_of) -> None:
    line = rb'{"ts":1772452800,"account_id":"a","prompt":"x\ud800y \ud83d\ude00 \\ud800","response":"\udc00"}'
    rows, rejected = rows_of(write_lines(line), format="stillwatch")
    assert not rejected
    assert (rows[0]["prompt"], rows[0]["response"]) == ("x\ufffdy \U0001f600 \\ud800", "\ufffd")


def test_of_equal_keys_the_last_counts_and_nul_in_text_stays(write_lines, rows_of) -> None:
    line = rb'{"ts":1772452800,"account_id":"a","account_id":"b","prompt":"x\u0000y"}'
    rows, _ = rows_of(write_lines(line))
    assert (rows[0]["account_id"], rows[0]["prompt"]) == ("b", "x\x00y")


@given(
    st.lists(st.one_of(st.just(LINE), st.just(b""), st.just(b"  \r"), st.binary(max_size=20)), max_size=15),
    st.integers(1, 200),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_is_an_exchange_or_is_rejected(write_lines, rows_of, lines, chunk_bytes) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    path = write_lines(LINE, *lines)
    rows, rejected = rows_of(plan([path], format="stillwatch", chunk_bytes=chunk_bytes))
    said = sum(1 for line in lines if line and not line.isspace())
    assert len(rows) + len(rejected) == said + 1
    assert len({row["exchange_id"] for row in rows}) == len(rows)


def test_ids_are_made_from_content_and_place_however_the_file_is_cut(write_lines, rows_of) -> None:
    path = write_lines(*[LINE] * 10, b"bad", LINE)
    whole, _ = rows_of(plan([path]))
    cut, _ = rows_of(plan([path], chunk_bytes=100))
    assert [row["exchange_id"] for row in whole] == [row["exchange_id"] for row in cut]
    good, _ = rows_of(write_lines(*[LINE] * 10, name="good.jsonl"))
    file_id = plan([path.parent / "good.jsonl"]).chunks[0].file_id
    assert [row["exchange_id"] for row in good] == [f"{file_id}-{n * (len(LINE) + 1):x}" for n in range(10)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor(level=1).compress], ids=["gzip", "zstd"])
def test_a_packed_file_that_is_cut_keeps_its_first_rows_and_rejects_the_tail(tmp_path, rows_of, pack) -> None:
    raw = b"".join(
        json.dumps({**ROW, "exchange_id": f"x{n}", "prompt": str(n * n) * 9}).encode() + b"\n" for n in range(20_000)
    )
    path = tmp_path / "a.jsonl"
    path.write_bytes(pack(raw)[:-2000])
    rows, rejected = rows_of(path)
    assert 1000 < len(rows) < 20_000
    assert [row["exchange_id"] for row in rows] == [f"x{n}" for n in range(len(rows))]
    (tail,) = rejected
    assert "ends in the middle" in tail.reason
    first_lost = raw.index(b'"x%d"' % len(rows))
    assert tail.place == f"byte {raw.rindex(NEWLINE, 0, first_lost) + 1} of the decompressed text"


def test_a_line_of_hundreds_of_megabytes_is_not_held(tmp_path, rows_of) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(LINE + b"\n")
        start = file.tell()
        file.write(b'{"ts":1772452800,"account_id":"a","prompt":"')
        file.seek(150 << 20, 1)  # a hole: zeros that take no disk
        file.write(b'"}\n' + LINE + b"\n")
    rows, rejected = rows_of(path)
    assert len(rows) == 2
    assert [(item.place, item.reason) for item in rejected] == [(f"byte {start}", "the record is longer than 64 MiB")]
    assert len(rejected[0].raw) == 64 << 10


def test_documents_give_the_same_rows_as_lines(tmp_path, rows_of) -> None:
    records = [{**ROW, "exchange_id": f"x{n}"} for n in range(50)]
    (tmp_path / "a.json").write_text(json.dumps([*records[:20], "stray", *records[20:]], indent=2))
    rows, rejected = rows_of(tmp_path / "a.json")
    assert [row["exchange_id"] for row in rows] == [f"x{n}" for n in range(50)]
    assert [item.raw for item in rejected] == [b'"stray"']


def test_batches_are_bounded_and_exactly_in_the_schema(write_lines, monkeypatch) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 7)
    path = write_lines(*[LINE] * 30, b"bad")
    found = [batch for chunk in plan([path]).chunks for batch in read(chunk)]
    assert all(batch.table.schema == EXCHANGES.arrow for batch in found)
    assert [batch.table.num_rows + len(batch.rejected) for batch in found] == [7, 7, 7, 7, 3]


def test_a_reader_that_stumbles_does_not_end_the_run(write_lines, rows_of, monkeypatch) -> None:
    from dataclasses import replace

    from stillwatch.sources import reading
    from stillwatch.sources.openai import OPENAI

    def stumble(record, peers):
        raise KeyError("secret")

    monkeypatch.setattr(reading, "source_named", lambda name: replace(OPENAI, rows=stumble))
    rows, (rejected,) = rows_of(write_lines({"ts": 1, "request": {"model": "m", "messages": []}}))
    assert not rows and rejected.reason == "the reader of openai cannot make sense of it (KeyError)"


def test_what_is_put_aside_holds_no_key(write_lines, rows_of) -> None:
    _, (rejected,) = rows_of(
        write_lines({"account_id": "a", "key_id": "sk-live-0123456789abcdef"}), format="stillwatch"
    )
    assert b"sk-live-0123" not in rejected.raw and b"hashed:" in rejected.raw


def test_gathered_counts_shared_bytes_once(write_lines) -> None:
    (chunk,) = plan([write_lines(LINE)]).chunks
    gathered, raw = Gathered(chunk), b"x" * (20 << 20)
    assert gathered.empty
    for number in range(3):
        gathered.add(batches.Exchange(ts=1772452800, account_id="a"), str(number), "byte 0", raw)
    assert not gathered.full and not gathered.empty
    gathered.add(Refusal("why"), "3", "byte 0", b"y")
    batch = gathered.batch()
    assert (batch.table.num_rows, len(batch.rejected), gathered.empty) == (3, 1, True)


def test_faults_are_told_without_content() -> None:
    faults = [UnicodeDecodeError("utf-8", b"secret", 0, 1, "bad"), RecursionError(), msgspec.DecodeError("at byte 3")]
    assert [decode_fault(fault) for fault in faults] == [
        "not valid UTF-8",
        "nested too deeply",
        "not valid JSON: at byte 3",
    ]
