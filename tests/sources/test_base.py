from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from stillwatch.sources import FORMATS, Chunk, Plan, Source, check_source
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.native import NATIVE


@pytest.mark.parametrize("source", FORMATS, ids=lambda source: source.name)
def test_every_reader_keeps_its_promises(source: Source, sample_records) -> None:
    records = sample_records(source)
    assert len(records) >= 3
    assert sum(1 for _ in check_source(source, records)) >= 3


@pytest.mark.parametrize("source", FORMATS, ids=lambda source: source.name)
def test_samples_fill_every_column_that_is_declared(source: Source, samples: Path, rows_of) -> None:
    rows, _ = rows_of(samples / source.name)
    assert set().union(*rows) == set(source.fills)


def _rows_with_undeclared(record, peers):
    yield Exchange(ts=1, account_id="a", prompt="p")


def _rows_without_reason(record, peers):
    yield Refusal("")


def _rows_that_crash(record, peers):
    yield Exchange(ts=record["ts"] + "", account_id=record["account_id"])


GOOD = {"ts": "2026-01-01", "account_id": "a"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "Two Words"}, "no format name"),
        ({"description": ""}, "no description"),
        ({"fills": frozenset({"ts", "account_id", "nonsense"})}, "do not exist"),
        ({"fills": frozenset({"prompt"})}, "cannot fill ts"),
        ({"sniff": lambda record: False}, "does not recognise"),
        ({"fills": frozenset({"ts", "account_id"}), "rows": _rows_with_undeclared}, "undeclared columns: .'prompt'"),
        ({"rows": _rows_without_reason}, "without a reason"),
        ({"rows": lambda record, peers: [1] if record != GOOD else []}, "something else"),
    ],
)
def test_a_reader_that_breaks_a_promise_is_caught(change, fault) -> None:
    with pytest.raises(AssertionError, match=fault):
        list(check_source(replace(NATIVE, **change), [GOOD]))


def test_a_reader_that_crashes_on_hostile_records_is_caught() -> None:
    with pytest.raises((TypeError, KeyError)):
        list(check_source(replace(NATIVE, rows=_rows_that_crash), [GOOD]))


def test_chunks_travel_between_processes_and_cannot_change() -> None:
    chunk = Chunk(Path("a"), "stillwatch", 0, 10, 10, "id", "file")
    assert pickle.loads(pickle.dumps(chunk)) == chunk  # noqa: S301 - our own bytes
    with pytest.raises(AttributeError):
        chunk.start = 5  # type: ignore[misc]


def test_a_plan_adds_up_its_chunks() -> None:
    chunks = tuple(Chunk(Path("a"), "stillwatch", 0, n, n, str(n), "file") for n in (10, 32))
    assert Plan(chunks).total_bytes == 42
