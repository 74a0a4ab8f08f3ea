"""One chunk of the log to the Parquet files of the lake: read, sketch, sort, write. Runs in a worker process."""

from __future__ import annotations

import base64
import os
import re
import signal
from collections.abc import Iterable
from functools import lru_cache
from multiprocessing import connection, parent_process
from pathlib import Path
from threading import Thread
from typing import BinaryIO

import msgspec
import numpy as np
import numpy.typing
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch import sketches, sources
from stillwatch.commits import Commit, Fault, Part, part_key
from stillwatch.growth import NewChunk, measure
from stillwatch.lake import PART_SCHEMA
from stillwatch.schema import LAKE

__all__ = ["Job", "begin_worker", "make_parts"]

PART_ROWS = 262_144
PART_BYTES = 256 << 20
REASONS = 50  # named apart in one chunk; a reason that quotes its row would otherwise fill the commit
POSITION = re.compile(r" \(byte \d+\)$")  # inside the row; it would make each row a reason of its own
DAY_US = 86_400_000_000
# Columns of few values, or whose values stand in runs once rows are sorted by account: a dictionary pays there.
REPEATING = [
    field.name
    for field in PART_SCHEMA
    if field.name
    in {
        "hour", "account_key", "account_id", "key_id", "org_id", "end_user_id", "session_id", "channel", "asn",
        "country", "user_agent", "tls_fingerprint", "model", "operation", "turns", "finish_reason", "status",
        "temperature", "top_p", "max_tokens", "n", "stream", "logprobs", "top_logprobs", "response_format", "ip",
        "ip_network", "stack", "parameters", "logit_bias_size", "tools_size", "tools_hash", "system_hash",
        "skill", "language", "asks_reasoning", "asks_grading", "asks_generation", "dataset_shape", "part_key",
        "system_prompt",
    }
]  # fmt: skip


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to know. `staged` is an empty folder on the lake's disk."""

    new: NewChunk
    staged: Path
    sequence: int
    key: bytes | None
    forget_text: bool
    asn_table: Path | None


def make_parts(job: Job) -> Commit:
    """Write `<day>/<part>.parquet` and `quarantine.jsonl` under `job.staged`, on disk when this returns.

    A pure function of the chunk's bytes and the settings: the same chunk gives the same files, byte by byte.
    """
    tally = Tally()
    networks = _networks(job.asn_table)
    held: list[pa.Table] = []
    size = rows = number = 0
    with Quarantine(job) as quarantine:
        for batch in sources.read(job.new.chunk):
            quarantine.add(batch.rejected)
            if batch.table.num_rows == 0:
                continue
            table = sketches.sketch(batch.table, key=job.key, keep_text=not job.forget_text, networks=networks)
            held.append(table)
            size += table.nbytes
            rows += table.num_rows
            if rows >= PART_ROWS or size >= PART_BYTES:
                _write(job, number, held, tally)
                held, size, rows, number = [], 0, 0, number + 1
        if held:
            _write(job, number, held, tally)
    return Commit(
        chunk=job.new.id,
        sequence=job.sequence,
        source=str(job.new.chunk.path),
        format=job.new.chunk.format,
        size=job.new.chunk.size,
        extent=measure(job.new),
        contains=job.new.contains,
        rows=tally.rows,
        repeated=tally.repeated,
        first_us=tally.first_us,
        last_us=tally.last_us,
        parts=tuple(tally.parts),
        columns=tally.columns,
        faults=quarantine.faults(),
    )


def begin_worker() -> None:
    """Make this process a good worker: Ctrl-C is its parent's business, and it does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


class Tally:
    """What has been written of a chunk so far."""

    def __init__(self) -> None:
        self.rows = 0
        self.repeated = 0
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.parts: list[Part] = []
        self.columns = dict.fromkeys(LAKE.names, 0)

    def add(self, table: pa.Table, moments: np.typing.NDArray[np.int64]) -> None:
        first, last = int(moments.min()), int(moments.max())
        self.rows += table.num_rows
        self.first_us = first if self.first_us is None else min(self.first_us, first)
        self.last_us = last if self.last_us is None else max(self.last_us, last)
        for name in LAKE.names:
            self.columns[name] += table.num_rows - table.column(name).null_count


class Quarantine:
    """The bad rows of a chunk: a file only where there are any. Where text is forgotten the row is not kept."""

    def __init__(self, job: Job):
        self._path = job.staged / "quarantine.jsonl"
        self._keep_rows = not job.forget_text
        self._sink: BinaryIO | None = None
        self._counts: dict[str, list[int | str]] = {}

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            _close(self._sink)

    def add(self, rejected: Iterable[sources.Rejected]) -> None:
        for row in rejected:
            if self._sink is None:
                self._sink = self._path.open("wb")
            line = {"path": row.path, "place": row.place, "reason": row.reason}
            if self._keep_rows:
                try:
                    line["raw"] = row.raw.decode()
                except UnicodeDecodeError:
                    line["raw_base64"] = base64.b64encode(row.raw).decode()
            self._sink.write(msgspec.json.encode(line) + b"\n")
            reason = POSITION.sub("", row.reason)
            if reason not in self._counts and len(self._counts) >= REASONS:
                reason = "other reasons"
            self._counts.setdefault(reason, [0, f"{row.path}, {row.place}"])
            self._counts[reason][0] += 1  # type: ignore[operator]

    def faults(self) -> tuple[Fault, ...]:
        return tuple(
            Fault(reason=reason, rows=int(rows), example=str(example))
            for reason, (rows, example) in self._counts.items()
        )


def _write(job: Job, number: int, held: list[pa.Table], tally: Tally) -> None:
    """Sort one part's rows by day, account, time and exchange, and write a file for each day."""
    table = pa.concat_tables(held)
    exchanges = table.column("exchange_key").to_numpy()
    moments = table.column("ts_us").to_numpy()
    order = np.lexsort((exchanges, moments, table.column("account_key").to_numpy(), moments // DAY_US))
    _, first = np.unique(exchanges, return_index=True)
    if len(first) < len(order):
        keep = np.zeros(len(order), dtype=bool)
        keep[first] = True
        tally.repeated += len(order) - len(first)
        order = order[keep[order]]
    table = table.take(order).combine_chunks()
    moments = moments[order]
    tally.add(table, moments)
    name = job.new.id if number == 0 else f"{job.new.id}.{number}"
    table = table.append_column("part_key", pa.repeat(pa.scalar(part_key(name), pa.int64()), table.num_rows))
    days, starts = np.unique(moments // DAY_US, return_index=True)
    for day, start, end in zip(days, starts, [*starts[1:], len(moments)], strict=True):
        label = str(np.datetime64(int(day), "D"))
        folder = job.staged / label
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.parquet").open("wb") as sink:
            pq.write_table(
                table.slice(start, end - start),
                sink,
                compression="zstd",
                compression_level=1,
                use_dictionary=REPEATING,
                write_statistics=["ts_us", "hour", "account_key"],
                store_schema=False,
            )
            sink.flush()
            os.fsync(sink.fileno())
        tally.parts.append(Part(name=name, day=label, rows=int(end - start)))


def _close(sink: BinaryIO) -> None:
    sink.flush()
    os.fsync(sink.fileno())
    sink.close()


@lru_cache(maxsize=1)
def _networks(path: Path | None) -> sketches.Networks | None:
    return None if path is None else sketches.Networks.load(path)
