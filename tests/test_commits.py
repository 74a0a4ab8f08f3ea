"""Commits: sums that hold, keys that stay secret, files that cannot be torn."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stillwatch.commits import Commit, Fault, Part, key_fingerprint, log_days, part_key, replace_file, summed


def commit(
    chunk: str,
    rows: int,
    *,
    asn: int = 0,
    faults: tuple[Fault, ...] = (),
    span=(None, None),
    days: tuple[str, ...] = (),
) -> Commit:
    return Commit(
        chunk=chunk,
        sequence=0,
        source="log.jsonl",
        format="exchanges",
        size=1,
        extent=None,
        contains=(),
        rows=rows,
        repeated=2,
        first_us=span[0],
        last_us=span[1],
        parts=tuple(Part(name=f"{chunk}-{day}", day=day, rows=1) for day in days),
        columns={"asn": asn, "ts_us": rows},
        faults=faults,
    )


def test_coverage_adds_up_and_keeps_the_first_example_of_a_reason() -> None:
    first = Fault(reason="no time", rows=3, example="a.jsonl, byte 0")
    second = Fault(reason="no time", rows=4, example="b.jsonl, byte 9")
    other = Fault(reason="no account", rows=1, example="b.jsonl, byte 50")
    total = summed(
        [
            commit("a", 10, asn=5, faults=(first,), span=(1_000_000, 5_000_000)),
            commit("b", 30, asn=15, faults=(other, second), span=(2_000_000, 9_000_000)),
            commit("c", 0),
        ],
        retracted=4,
    )
    assert (total.rows, total.chunks, total.duplicates) == (36, 3, 4 + 3 * 2)
    assert total.columns == {"asn": 0.5, "ts_us": 1.0}
    assert total.faults == (Fault(reason="no time", rows=7, example="a.jsonl, byte 0"), other)
    assert total.quarantined == 8
    assert total.first == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert total.last == datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)


def test_a_row_whose_clock_was_wrong_does_not_lengthen_the_log_by_its_years() -> None:
    hour = 3_600_000_000
    sound = commit("a", 10, span=(12 * hour, 36 * hour), days=("1970-01-01", "1970-01-02"))
    assert summed([sound], 0).days == 1.0
    wrong = commit("b", 1, span=(500_000 * hour, 500_000 * hour), days=("2027-01-15",))
    total = summed([sound, wrong], 0)
    assert (total.days_held, total.days) == (3, 3.0)


def test_an_empty_lake_has_no_shares_and_no_times() -> None:
    total = summed([], 0)
    assert (total.rows, total.columns, total.first, total.last) == (0, {}, None, None)


def test_a_fingerprint_tells_keys_apart_and_does_not_hold_them() -> None:
    keys = [b"a" * 16, b"b" * 16, b"a" * 64, b"a" * 65, b"a" * 5000]
    prints = [key_fingerprint(key) for key in keys]
    assert len(set(prints)) == len(keys)
    assert key_fingerprint(None) is None
    assert all(
        key.hex()[:16] not in str(text) and key.decode()[:8] not in str(text)
        for key, text in zip(keys, prints, strict=True)
    )


def test_a_part_key_is_a_signed_64_bit_integer_and_never_changes() -> None:
    assert part_key("chunk") == part_key("chunk") == 1730860640971463797
    assert part_key("chunk") != part_key("chunk.1")
    assert all(-(2**63) <= part_key(str(name)) < 2**63 for name in range(100))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table"
    replace_file(path, b"old", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "table.tmp").write_bytes(b"left by a kill")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table"]


def test_a_log_is_as_long_as_its_days_with_an_exchange_at_most() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    assert log_days(None, None, 0) == 0.0
    assert log_days(first, first + timedelta(hours=36), 2) == 1.5
    assert log_days(first, first + timedelta(days=9195), 5) == 5
