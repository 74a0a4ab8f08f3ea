from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stillwatch.errors import BadSettings, BadState, StillwatchError
from stillwatch.provenance.probing.journal import VERSION, Entry, Journal, Run, journal_path


def entry(prompt_id: str = "p", sample: int = 0, **more: Any) -> Entry:
    facts = {"target": "a", "status": "answered", "output": "x\n两", "asked_at": "2026-05-01T12:00:00+00:00"} | more
    return Entry(prompt_id=prompt_id, sample=sample, latency=0.5, **facts)


def run(sha256: str = "s", **targets: str) -> Run:
    return Run(version=VERSION, probes="set", sha256=sha256, targets=targets or {"a": '["url", "model"]'})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path / "answers" / "out.parquet")


def write(path: Path, *entries: Entry) -> None:
    with Journal(path) as journal:
        journal.begin(run())
        for one in entries:
            journal.add(one)


def test_what_is_added_is_there_again(path: Path) -> None:
    write(path, entry("p"), entry("q", 3, status="refused"))
    read = Journal(path)
    assert read.entries == {("a", "p", 0): entry("p"), ("a", "q", 3): entry("q", 3, status="refused")}
    assert read.model("a") == ("url", "model")


def test_a_line_is_on_its_way_at_once(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(run())
        journal.add(entry())
        assert len(Journal(path).entries) == 1  # as another process would see it now


def test_a_failure_is_asked_again_and_the_last_answer_counts(path: Path) -> None:
    write(path, entry("p", status="error", output=None, attempts=7), entry("q", status="error"), entry("p", attempts=2))
    read = Journal(path)
    assert read.answered == {("a", "p", 0)}
    assert read.attempts == {"a": 10}


def test_a_disk_that_is_full_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StillwatchError, match=r"out\.parquet\.journal: cannot be written \(No space .* room"):
        write(path, entry())


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_half_written_last_line_is_dropped(path: Path, cut: int) -> None:
    write(path, entry("p"), entry("q"))
    path.write_bytes(path.read_bytes()[:-cut])
    assert set(Journal(path).entries) == {("a", "p", 0)}
    with Journal(path) as journal:
        journal.add(entry("r"))
    assert set(Journal(path).entries) == {("a", "p", 0), ("a", "r", 0)}


@pytest.mark.parametrize("line", [b"nonsense\n", b"{}\n", b"\xff\n", b'{"kind": "answer", "target": 3}\n'])
def test_damage_elsewhere_is_told_by_line(path: Path, line: bytes) -> None:
    write(path, entry("p"))
    path.write_bytes(line + path.read_bytes())
    with pytest.raises(BadState, match="line 1 is damaged"):
        Journal(path)


def test_another_probe_set_or_decoding_is_refused(path: Path) -> None:
    write(path, entry())
    journal = Journal(path)
    journal.check(run())
    journal.check(run(b="new"))
    with pytest.raises(BadSettings, match="another probe set"):
        journal.check(run("other"))
    with pytest.raises(BadSettings, match="a was asked at another address"):
        journal.check(run(a="changed"))


def test_one_writer_at_a_time(path: Path) -> None:
    with Journal(path), pytest.raises(BadState, match="another probe"), Journal(path):
        pass
    with Journal(path):
        pass


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    with Journal(path) as journal, pytest.raises(BadState, match="another version"):
        journal.begin(Run(version=VERSION + 1, probes="set", sha256="s", targets={}))


def test_writing_needs_the_lock(path: Path) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        Journal(path).add(entry())
