"""The feature lake: a folder of Parquet by day that is only added to, and that survives being killed at any moment.

    lake.json                                 version, text mode, fingerprint of the hash key (never the key)
    exchanges/day=YYYY-MM-DD/<part>.parquet   LAKE columns and `part_key`; a part is a chunk, or a slice of a long one
    commits/<chunk>.json                      a chunk exists only once this file does; readers read only what it names
    quarantine/<chunk>.jsonl                  bad rows: path, place, reason and, where text is kept, the row
    retractions/<day>.json, <day>.parquet     rows that another part of the day holds already; recomputed, not added to
    accounts.parquet models.parquet contracts.parquet

Nothing in the folder holds the time of writing, so the same input gives the same bytes, killed or not.
"""

from __future__ import annotations

import fcntl
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from stillwatch.commits import Commit, Coverage, key_fingerprint, part_key, replace_file, summed, sync_folder
from stillwatch.engines import Engine
from stillwatch.errors import BadLake
from stillwatch.older_parts import lacking, register_parts
from stillwatch.partials.relations import register_views
from stillwatch.schema import ACCOUNTS, CONTRACTS, LAKE, MODELS

__all__ = ["PART_SCHEMA", "Lake"]

VERSION = 2  # layout and sketches together: hashes and scores of two versions must not meet in one lake
PART_SCHEMA = LAKE.arrow.append(pa.field("part_key", pa.int64()))
RETRACTION_SCHEMA = pa.schema([("exchange_key", pa.int64()), ("part_key", pa.int64())])
TABLES = {
    "accounts": (
        ACCOUNTS.arrow.append(pa.field("account_key", pa.int64())).append(pa.field("signup_network", pa.int64())),
        ("account_id",),
    ),
    "models": (MODELS.arrow, ("model",)),
    "contracts": (CONTRACTS.arrow, ("org_id", "kind", "email_domain", "valid_from")),
}
READ_ATTEMPTS = 5
T = TypeVar("T")
# What a kill in the first moments of a new lake may leave behind: such a folder is still a fresh one.
NEWBORN = {"lake.lock", "hash.key", "lake.json.tmp", "hash.key.tmp"}

REPEATED = """
WITH repeated AS (
    SELECT exchange_key FROM lake_day GROUP BY exchange_key HAVING min(part_key) < max(part_key)
), held AS (
    SELECT d.exchange_key AS exchange_key, d.part_key AS part_key, p.place AS place
    FROM lake_day AS d JOIN repeated AS r ON d.exchange_key = r.exchange_key
    JOIN lake_parts AS p ON d.part_key = p.part_key
), kept AS (
    SELECT exchange_key, min(place) AS place FROM held GROUP BY exchange_key
)
SELECT h.exchange_key AS exchange_key, h.part_key AS part_key
FROM held AS h JOIN kept AS k ON h.exchange_key = k.exchange_key
WHERE h.place > k.place
ORDER BY h.exchange_key, h.part_key
"""

LIVING = """
SELECT {columns} FROM lake_whole
UNION ALL
SELECT {prefixed} FROM lake_marked AS e
LEFT JOIN lake_retractions AS r ON e.exchange_key = r.exchange_key AND e.part_key = r.part_key
WHERE r.exchange_key IS NULL
"""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What `lake.json` says."""

    stillwatch_lake: int
    forget_text: bool
    key: str | None


class Retraction(msgspec.Struct, frozen=True, kw_only=True):
    """What `retractions/<day>.json` says: which parts were compared, and which of them hold retracted rows."""

    parts: str  # digest of the parts of the day, in order of commit
    rows: int
    marked: tuple[str, ...]


class Lake:
    """One lake. Any number of readers; one writer, inside `writing()`. A new object sees what is committed now."""

    def __init__(self, root: Path, identity: Identity):
        self.root = root
        self.identity = identity
        self.forget_text = identity.forget_text
        # Workers of a killed run may write for a moment longer: into their own folder, which nobody reads.
        self._run = secrets.token_hex(8)

    @staticmethod
    def is_lake(path: Path) -> bool:
        """Whether the folder is a lake of any version."""
        try:
            msgspec.json.decode((path / "lake.json").read_bytes(), type=Identity)
        except (OSError, msgspec.MsgspecError):
            return False
        return True

    @classmethod
    def open(cls, path: Path) -> Lake:
        """An existing lake. Raises BadLake where there is none, or one of another version."""
        if not path.is_dir():
            raise BadLake(f"{path}: no lake here. Make one with `stillwatch ingest`.")
        try:
            identity = msgspec.json.decode((path / "lake.json").read_bytes(), type=Identity)
        except FileNotFoundError:
            raise BadLake(f"{path}: not a lake (it has no lake.json). Name a lake, or a new folder.") from None
        except (OSError, msgspec.MsgspecError):
            raise BadLake(f"{path / 'lake.json'}: cannot be read. Restore it, or ingest into a new folder.") from None
        if identity.stillwatch_lake != VERSION:
            raise BadLake(
                f"{path}: written as lake version {identity.stillwatch_lake}, this is version {VERSION}. "
                "Ingest the logs again into a new folder."
            )
        return cls(path, identity)

    @classmethod
    def create_or_open(cls, path: Path, *, forget_text: bool = False, key: bytes | None = None) -> Lake:
        """The lake at `path`, made if there is none. Raises BadLake if its text mode or hash key is another one."""
        wanted = Identity(stillwatch_lake=VERSION, forget_text=forget_text, key=key_fingerprint(key))
        _check_place(path)
        path.mkdir(parents=True, exist_ok=True)
        if not (path / "lake.json").exists():
            replace_file(path / "lake.json", msgspec.json.encode(wanted))
        lake = cls.open(path)
        if lake.forget_text != forget_text:
            kept = "forgets text" if lake.forget_text else "keeps text"
            wish = "forget it" if forget_text else "keep it"
            raise BadLake(f"{path}: this lake {kept}, and the command asks to {wish}. Name a new folder for the other.")
        if lake.identity.key != wanted.key:
            raise BadLake(f"{path}: made with another hash key; hashes would not match. Give the key it was made with.")
        return lake

    # Reading ---------------------------------------------------------------------------------------------------

    @cached_property
    def commits(self) -> tuple[Commit, ...]:
        """The living commits in the order in which they were made. One that a longer chunk contains is not living."""
        for _ in range(READ_ATTEMPTS):
            try:
                found = [_read(path, Commit) for path in sorted((self.root / "commits").glob("*.json"))]
            except FileNotFoundError:
                continue  # a writer has just put a longer chunk in its place: list again
            contained = {chunk for commit in found for chunk in commit.contains}
            living = (commit for commit in found if commit.chunk not in contained)
            return tuple(sorted(living, key=lambda commit: (commit.sequence, commit.chunk)))
        raise BadLake(f"{self.root}: commits keep vanishing while they are read. Wait for the ingest to end.")

    def chunks(self) -> frozenset[str]:
        """Ids of the chunks that are in the lake, those contained in a longer one with them."""
        return frozenset(chunk for commit in self.commits for chunk in (commit.chunk, *commit.contains))

    def days(self) -> tuple[str, ...]:
        """Days (YYYY-MM-DD, UTC) that have at least one row, ascending."""
        return tuple(sorted(self._parts))

    def files(self, days: Iterable[str] | None = None) -> list[Path]:
        """Committed Parquet files, of these days or of all, in order of day and commit."""
        chosen = self.days() if days is None else sorted(set(days) & set(self._parts))
        return [self._path(day, part) for day in chosen for part in self._parts[day]]

    def coverage(self) -> Coverage:
        """Rows, filled columns and quarantined rows, from the commit files alone: no scan."""
        return summed(self.commits, sum(retraction.rows for retraction in self._retractions.values()))

    def register(self, engine: Engine) -> None:
        """Make the views `exchanges` (LAKE), those of it in `partials.relations`, `accounts`, `models`, `contracts`."""
        self.register_exchanges(engine)
        for name, (schema, _) in TABLES.items():
            path = self.root / f"{name}.parquet"
            _register(engine, name, [path] if path.exists() else [], schema)
        register_views(engine)

    def register_exchanges(self, engine: Engine, days: Iterable[str] | None = None) -> None:
        """Make the view `exchanges` (LAKE) alone, of these days or of all."""
        chosen = self.days() if days is None else sorted(set(days) & set(self._parts))
        marked_parts = {
            day: set(self._parts[day]) & set(self._retractions[day].marked)
            for day in chosen
            if day in self._retractions
        }
        marked = {self._path(day, part) for day, parts in marked_parts.items() for part in parts}
        whole = [path for path in self.files(chosen) if path not in marked]
        older = lacking(self.commits)
        register_parts(engine, "lake_whole", whole, PART_SCHEMA, older)
        columns = ", ".join(LAKE.names)
        if marked:
            register_parts(engine, "lake_marked", sorted(marked), PART_SCHEMA, older)
            dropped = [self.root / "retractions" / f"{day}.parquet" for day, parts in marked_parts.items() if parts]
            _register(engine, "lake_retractions", dropped, RETRACTION_SCHEMA)
            prefixed = ", ".join(f"e.{name} AS {name}" for name in LAKE.names)
            engine.view("lake_exchanges", LIVING.format(columns=columns, prefixed=prefixed))
        else:
            engine.view("lake_exchanges", f"SELECT {columns} FROM lake_whole")
        engine.view("exchanges", f"SELECT {columns} FROM lake_exchanges")

    def marks(self, day: str) -> str:
        """What the day's rows are a function of: its parts in order, and which of them hold retracted rows."""
        parts = self._parts.get(day, [])
        retraction = self._retractions.get(day)
        marked = [] if retraction is None else [retraction.parts, str(retraction.rows), *retraction.marked]
        return "\n".join([*parts, "", *marked])

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = {}
        for commit in self.commits:
            for part in commit.parts:
                parts.setdefault(part.day, []).append(part.name)
        return parts

    @cached_property
    def _retractions(self) -> dict[str, Retraction]:
        paths = (self.root / "retractions").glob("*.json")
        found = {path.stem: _read(path, Retraction) for path in sorted(paths)}
        return {day: retraction for day, retraction in found.items() if day in self._parts}

    def _path(self, day: str, part: str) -> Path:
        return self.root / "exchanges" / f"day={day}" / f"{part}.parquet"

    def _forget(self) -> None:
        for name in ("commits", "_parts", "_retractions"):
            self.__dict__.pop(name, None)

    # Writing ---------------------------------------------------------------------------------------------------

    @staticmethod
    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Be the one writer of the lake at `path`, which may be new. Raises BadLake while another writer runs.

        The lock is the kernel's (flock), so it goes with the process that held it, however that ended.
        """
        _check_place(path)
        path.mkdir(parents=True, exist_ok=True)
        with (path / "lake.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadLake(f"{path}: another ingest is writing to this lake. Wait for it, or stop it.") from None
            yield

    def stage(self, chunk: str) -> Path:
        """A fresh private folder on the lake's own disk for the files of one chunk, until `commit` moves them."""
        folder = self.root / "staging" / self._run / chunk
        folder.mkdir(parents=True)
        return folder

    def commit(self, commit: Commit, staged: Path) -> None:
        """Add one chunk, whole or not at all. `staged` holds `<day>/<part>.parquet` and maybe `quarantine.jsonl`.

        The files must be on disk (fsync) already. Chunks that this one contains cease to exist with the same step.
        """
        commits = self.root / "commits"
        changed = {_made(commits)}
        for part in commit.parts:
            target = self._path(part.day, part.name)
            changed |= {_made(target.parent), target.parent}
            (staged / part.day / target.name).replace(target)
        bad_rows = staged / "quarantine.jsonl"
        if bad_rows.exists():
            quarantine = self.root / "quarantine"
            changed |= {_made(quarantine), quarantine}
            bad_rows.replace(quarantine / f"{commit.chunk}.jsonl")
        for folder in changed:
            if folder is not None:
                sync_folder(folder)
        replace_file(commits / f"{commit.chunk}.json", msgspec.json.encode(commit))
        shutil.rmtree(staged, ignore_errors=True)
        self._forget()

    def put_table(self, name: str, table: pa.Table) -> None:
        """Merge rows into `accounts`, `models` or `contracts`, in one step: of rows with one key the newest stays."""
        schema, keys = TABLES[name]
        path = self.root / f"{name}.parquet"
        columns = [
            table.column(field.name).cast(field.type)
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in schema
        ]
        merged = pa.table(columns, schema=schema)
        if path.exists():
            merged = pa.concat_tables([pq.read_table(path, schema=schema), merged])
        place = merged.select(list(keys)).append_column("place", pa.array(np.arange(merged.num_rows)))
        newest = place.group_by(list(keys)).aggregate([("place", "max")])
        newest = newest.sort_by([(key, "ascending") for key in keys])
        replace_file(path, _parquet(merged.take(newest.column("place_max"))))

    def unchecked(self) -> dict[str, str]:
        """Days whose parts may repeat each other's rows, because they changed since `retract`; with their digest."""
        digests = {day: xxhash.xxh3_128_hexdigest("\n".join(parts).encode()) for day, parts in self._parts.items()}
        known = {day: retraction.parts for day, retraction in self._retractions.items()}
        return {day: it for day, it in sorted(digests.items()) if len(self._parts[day]) > 1 and known.get(day) != it}

    def retract(self, engine: Engine) -> None:
        """Find rows that two parts of one day hold; those of the first committed stay.

        A day's retractions are a function of its parts alone, so a run that was killed in here ends, when
        repeated, with the same bytes.
        """
        folder = self.root / "retractions"
        for day, digest in self.unchecked().items():
            parts = self._parts[day]
            names = {part_key(part): part for part in parts}
            order = pa.table({"part_key": pa.array(names, pa.int64()), "place": pa.array(np.arange(len(parts)))})
            engine.register("lake_day", self.files([day]))
            engine.register("lake_parts", order)
            rows = engine.fetch(REPEATED).cast(RETRACTION_SCHEMA)
            marked = sorted(names[key.as_py()] for key in pc.unique(rows.column("part_key")))
            folder.mkdir(exist_ok=True)
            if rows.num_rows:
                replace_file(folder / f"{day}.parquet", _parquet(rows))
            record = Retraction(parts=digest, rows=rows.num_rows, marked=tuple(marked))
            replace_file(folder / f"{day}.json", msgspec.json.encode(record))
        self._forget()

    def sweep(self) -> None:
        """Remove what no living commit names: half-written files, contained chunks, retractions of days gone.

        For the holder of the lock, before it writes and after.
        """
        shutil.rmtree(self.root / "staging", ignore_errors=True)
        many = {day for day, parts in self._parts.items() if len(parts) > 1}
        rows = {day for day, retraction in self._retractions.items() if retraction.rows}
        for path in self.root.glob("*.tmp"):
            path.unlink()
        for day in sorted((self.root / "exchanges").glob("day=*")):
            _prune(day, {f"{part}.parquet" for part in self._parts.get(day.name.removeprefix("day="), ())})
        _prune(self.root / "quarantine", {f"{commit.chunk}.jsonl" for commit in self.commits if commit.faults})
        _prune(self.root / "retractions", {f"{day}.json" for day in many} | {f"{day}.parquet" for day in many & rows})
        _prune(self.root / "commits", {f"{commit.chunk}.json" for commit in self.commits})
        self._forget()


def _check_place(path: Path) -> None:
    """Raises BadLake where a lake may not be made: a file, or a folder that holds something else."""
    if path.exists() and not path.is_dir():
        raise BadLake(f"{path}: a file, not a folder. Name a lake, or a new folder.")
    if path.is_dir() and not (path / "lake.json").exists():
        foreign = sorted({entry.name for entry in path.iterdir()} - NEWBORN)
        if foreign:
            raise BadLake(f"{path}: not a lake, and not empty (it holds {foreign[0]!r}). Name a new folder.")


def _made(folder: Path) -> Path | None:
    """Make the folder where there is none; returns the one whose list of names has changed by that."""
    if folder.is_dir():
        return None
    if not folder.parent.is_dir():
        folder.parent.mkdir()
        sync_folder(folder.parent.parent)
    folder.mkdir()
    return folder.parent


def _prune(folder: Path, kept: set[str]) -> None:
    """Remove all files but these, and the folder if none is left."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()
    if not kept:
        folder.rmdir()


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError:
        raise BadLake(f"{path}: damaged. Delete it and ingest the same logs again.") from None


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=1)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _register(engine: Engine, name: str, files: list[Path], schema: pa.Schema) -> None:
    engine.register(name, files or schema.empty_table())
