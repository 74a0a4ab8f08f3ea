"""Logs into the lake: every chunk exactly once, in as many processes as are given, safe to stop at any moment."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import msgspec
import pyarrow as pa

from stillwatch import sketches, sources
from stillwatch.commits import Commit, Coverage, key_fingerprint, replace_file
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.errors import BadInput, BadLake, BadSettings, NothingToRead, StillwatchError
from stillwatch.growth import survey
from stillwatch.lake import Lake
from stillwatch.parts import Job, begin_worker, make_parts
from stillwatch.schema import ACCOUNTS, CONTRACTS, MODELS

__all__ = ["Progress", "Summary", "ingest", "lake_key"]

# Starting a second process and compiling there costs about as long as reading this much.
WORTH_A_PROCESS = 16 << 20
LEAST_KEY_BYTES = 16
Made = Generator[tuple[Job, Commit], None, None]
TABLES = {"accounts": ACCOUNTS, "models": MODELS, "contracts": CONTRACTS}


class Progress(Protocol):
    """Told after each chunk: bytes of the plan that are in the lake, and rows read in this run."""

    def __call__(self, done_bytes: int, rows: int) -> None: ...


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What one ingest did. Counts without a prefix are of this run; `coverage` is of the whole lake after it."""

    new_rows: int  # exchanges that the lake has now and had not before
    rows: int  # exchanges in the lake
    chunks: int  # read now
    skipped_chunks: int  # of the plan, that were in the lake already
    quarantined: int
    duplicates: int  # rows left out because the lake, or the same chunk, had their exchange_id
    seconds: float
    bytes: int  # read now
    tables: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]  # files of the plan that are no log, and why
    coverage: Coverage


def ingest(
    source: sources.Plan | Sequence[Path],
    lake_path: Path,
    *,
    format: str | None = None,  # noqa: A002 - the flag's name
    forget_text: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Read what the lake at `lake_path` lacks, and return what was done.

    Repeating a call is free and harmless: after a kill, an error or Ctrl-C the same call goes on where it stood.
    Raises BadInput, NothingToRead, BadSettings, BadLake; KeyboardInterrupt with how to resume.
    """
    began = time.monotonic()
    settings = settings or Settings()
    plan = source if isinstance(source, sources.Plan) else sources.plan(source, format=format)
    if not plan.chunks and not plan.tables:
        left = f" Left out: {plan.skipped[0][0]} ({plan.skipped[0][1]})." if plan.skipped else ""
        raise NothingToRead(f"no log file to read.{left} Name a log file, or a folder that holds one.")
    with _disk_faults(lake_path), Lake.locked(lake_path):
        key = _hash_key(lake_path, settings) if forget_text else None
        lake = Lake.create_or_open(lake_path, forget_text=forget_text, key=key)
        lake.sweep()
        _retract(lake, settings)  # of a run that was killed before it could
        before = lake.coverage()
        for name, path in sorted(plan.tables.items()):
            lake.put_table(name, _table(name, path, key))
        news = survey(plan.chunks, lake.commits)
        total = sum(new.chunk.size for new in news)
        done, rows = plan.total_bytes - total, 0
        first = max((commit.sequence for commit in lake.commits), default=-1) + 1
        jobs = (
            Job(
                new=new,
                staged=lake.stage(new.id),
                sequence=sequence,
                key=key,
                forget_text=forget_text,
                asn_table=settings.asn_table,
            )
            for sequence, new in enumerate(news, first)
        )
        alone = settings.threads == 1 or len(news) < 2 or total < WORTH_A_PROCESS
        if progress is not None:
            progress(done, rows)
        try:
            with closing(_here(jobs) if alone else _in_workers(jobs, min(settings.threads, len(news)))) as made:
                for job, commit in made:
                    lake.commit(commit, job.staged)
                    done, rows = done + job.new.chunk.size, rows + commit.rows
                    if progress is not None:
                        progress(done, rows)
            _retract(lake, settings)
            lake.sweep()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"stopped with {len(lake.chunks())} chunks safe in {lake_path}. Run the same command again to go on."
            ) from None
        after = lake.coverage()
    if plan.chunks and after.rows == 0:
        raise NothingToRead(_no_row(lake_path, after))
    return Summary(
        new_rows=after.rows - before.rows,
        rows=after.rows,
        chunks=len(news),
        skipped_chunks=len(plan.chunks) - len(news),
        quarantined=max(0, after.quarantined - before.quarantined),
        duplicates=max(0, after.duplicates - before.duplicates),
        seconds=time.monotonic() - began,
        bytes=total,
        tables=tuple(sorted(plan.tables)),
        left_out=tuple((str(path), why) for path, why in plan.skipped),
        coverage=after,
    )


@contextmanager
def _disk_faults(lake_path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or lake_path
        why = error.strerror or type(error).__name__
        raise BadLake(f"{place}: {why}. The lake is whole: mend that and run the same command again.") from error


def _here(jobs: Iterator[Job]) -> Made:
    for job in jobs:
        try:
            commit = make_parts(job)
        except Exception as error:
            raise _blamed(job, error) from error
        yield job, commit


def _in_workers(jobs: Iterator[Job], workers: int) -> Made:
    """The same in processes, in the same order: which of two equal rows was first must not depend on speed."""
    # Spawned, not forked: a forked child would hold the lake's lock, and this process runs Arrow's threads.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=begin_worker) as pool:
        waiting: deque[tuple[Job, Future[Commit]]] = deque()
        try:
            # Few chunks beyond the one that is waited for: what is staged and not committed is lost by a kill.
            for job in chain(jobs, repeat(None)):
                if job is not None:
                    waiting.append((job, _submitted(pool, job)))
                    if len(waiting) < 2 * workers:
                        continue
                if not waiting:
                    return
                oldest, future = waiting.popleft()
                try:
                    commit = future.result()
                except Exception as error:
                    raise _blamed(oldest, error) from error
                yield oldest, commit
        finally:
            pool.shutdown(cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, job: Job) -> Future[Commit]:
    try:
        with _main_hidden():
            return pool.submit(make_parts, job)
    except BrokenProcessPool as error:
        raise _blamed(job, error) from error


@contextmanager
def _main_hidden() -> Iterator[None]:
    """A spawned worker imports its parent's main module; ours need nothing of it.

    For the command that would be a second of start-up each, for a script without a `__name__` guard an endless
    chain of processes, for code read from standard input an error.
    """
    names = vars(sys.modules["__main__"])
    held: dict[str, object] = {name: names.pop(name) for name in ("__spec__", "__file__") if name in names}
    names["__spec__"] = None
    try:
        yield
    finally:
        names.update(held)


def _blamed(job: Job, error: Exception) -> StillwatchError:
    """The error with the file and the remedy. Its own text is left out: it may quote a row."""
    if isinstance(error, StillwatchError):
        return error
    where = f"{job.new.chunk.path}, from byte {job.new.chunk.start}"
    if job.new.chunk.framing == "row-groups":
        where = f"{job.new.chunk.path}, from row group {job.new.chunk.start}"
    safe = "What was read before it is in the lake; run the same command again to go on."
    if isinstance(error, BrokenProcessPool):
        return BadInput(
            f"{where}: a worker process ended while this or one of the next chunks was read (out of memory, or "
            f"killed). {safe} Fewer threads need less memory."
        )
    if isinstance(error, OSError):
        return BadLake(f"{where}: {os.strerror(error.errno) if error.errno else 'cannot be read or stored'}. {safe}")
    return BadInput(f"{where}: {type(error).__name__} while it was read. {safe} Move the file away to do without it.")


def _table(name: str, path: Path, key: bytes | None) -> pa.Table:
    table = sources.read_table(path, TABLES[name])
    return sketches.account_columns(table, key) if name == "accounts" else table


def _retract(lake: Lake, settings: Settings) -> None:
    """Look for exchanges that two files hold, where the parts of a day changed."""
    if lake.unchecked():
        with DuckDBEngine(
            memory=settings.memory, spill=settings.spill, threads=settings.threads, scratch=settings.scratch
        ) as engine:
            lake.retract(engine)


def _hash_key(lake_path: Path, settings: Settings) -> bytes:
    """The secret that keys hashes: the user's, or one made for this lake when it is new (readable by its owner)."""
    own = lake_path / "hash.key"
    path = settings.hash_key_file or own
    if path == own and not own.exists():
        if Lake.is_lake(lake_path):
            raise BadSettings(f"{lake_path}: its hash key is not in it. Name the file with STILLWATCH_HASH_KEY_FILE.")
        replace_file(own, secrets.token_hex(32).encode(), mode=0o600)
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BadSettings(f"{path}: the hash key cannot be read ({error.strerror}). Name another file.") from None
    if len(key) < LEAST_KEY_BYTES:
        raise BadSettings(
            f"{path}: a hash key needs at least {LEAST_KEY_BYTES} bytes, e.g. from `openssl rand -hex 32`."
        )
    return key


def lake_key(lake: Lake, settings: Settings) -> bytes | None:
    """The secret that this lake's hashes are keyed with; None where text is kept. Raises BadSettings, BadLake."""
    if not lake.forget_text:
        return None
    key = _hash_key(lake.root, settings)
    if key_fingerprint(key) != lake.identity.key:
        raise BadLake(f"{lake.root}: made with another hash key. Name its key file with STILLWATCH_HASH_KEY_FILE.")
    return key


def _no_row(lake_path: Path, coverage: Coverage) -> str:
    if not coverage.faults:
        return "the log holds no exchange. Name a log that does."
    worst = coverage.faults[0]
    return (
        f"no usable row: {coverage.quarantined} were refused, most for: {worst.reason} (first: {worst.example}). "
        f"See {lake_path / 'quarantine'}; name the format with --format if it was taken for another."
    )
