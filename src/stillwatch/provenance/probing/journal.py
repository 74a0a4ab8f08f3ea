"""The journal beside OUT: every answer is appended at once, so that a run that is killed loses none that it has.

JSON Lines. A line is a `run` (what is asked, how, and of whom) or an `answer`, keyed by (target, prompt_id, sample). A
last line that was cut off by a crash is dropped; damage elsewhere is refused. It holds no prompt and no key.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from stillwatch.errors import BadSettings, BadState
from stillwatch.provenance.probing.files import naming
from stillwatch.provenance.probing.protocols import Status
from stillwatch.provenance.probing.targets import Target, target_of_identity

__all__ = ["Entry", "Journal", "Key", "Run", "journal_path"]

VERSION = 1
_BATCH = 16  # answers between two times that the disk is waited for

Key = tuple[str, str, int]


class Run(msgspec.Struct, frozen=True, kw_only=True, tag="run", tag_field="kind"):
    """`targets` are the targets' identities by name: address, model and decoding."""

    version: int
    probes: str
    sha256: str
    targets: dict[str, str]


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag="answer", tag_field="kind"):
    """One answer, refusal or failure. `attempts` requests were sent for it; `unseen` of them may have been charged
    although no answer arrived. `output` is None where there was none."""

    target: str
    prompt_id: str
    sample: int
    status: Status
    output: str | None
    asked_at: str
    latency: float
    attempts: int = 1
    unseen: int = 0
    error: str | None = None
    finish_reason: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    served_model: str | None = None
    system_fingerprint: str | None = None
    sha256: str | None = None

    @property
    def key(self) -> Key:
        return self.target, self.prompt_id, self.sample


def journal_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.journal")


class Journal:
    """Entries so far, and where the next ones go. One process writes it at a time."""

    def __init__(self, path: Path):
        self.path = path
        self.run: Run | None = None
        self.identities: dict[str, str] = {}
        self.entries: dict[Key, Entry] = {}
        self.attempts: dict[str, int] = {}
        self.spent: list[Entry] = []
        self._file: BinaryIO | None = None
        self._waiting = 0
        self._end = self._read()

    @property
    def answered(self) -> set[Key]:
        """What need not be asked again: all but failures."""
        return {key for key, entry in self.entries.items() if entry.status != "error"}

    def model(self, name: str) -> tuple[str, str]:
        """Address and model that a target's name stands for in this journal."""
        told = json.loads(self.identities.get(name, "[null, null]"))
        return str(told[0]), str(told[1])

    def others(self, names: Collection[str]) -> list[Target]:
        """Targets that earlier runs asked, without those of `names`. Raises BadState where one cannot be told."""
        try:
            return [target_of_identity(name, told) for name, told in self.identities.items() if name not in names]
        except msgspec.DecodeError:
            raise BadState(f"{self.path}: what an earlier run asked is damaged. Choose another --out.") from None

    def check(self, run: Run) -> None:
        """Raises BadSettings where this run would mix answers to other probes, or drawn otherwise, into the journal."""
        remedy = f"Choose another --out, or remove {self.path} to begin anew"
        if self.run is not None and self.run.sha256 != run.sha256:
            raise BadSettings(f"{self.path}: was begun with another probe set ({self.run.probes}). {remedy}.")
        for name, identity in run.targets.items():
            if self.identities.get(name, identity) != identity:
                raise BadSettings(
                    f"{self.path}: {name} was asked at another address or with other decoding settings. {remedy}; "
                    "or give the target another name."
                )

    def __enter__(self) -> Journal:
        with naming(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise BadState(f"{self.path}: another probe is writing it. Wait for it to end.") from None
        self._file = file
        self._end = self._read()  # again, now that nobody else writes
        file.truncate(self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with naming(self.path):  # a line that found no room is tried again on closing
                try:
                    os.fsync(file.fileno())
                finally:
                    file.close()

    def begin(self, run: Run) -> None:
        self.check(run)
        self._append(run)
        self._sync()
        self._take(run)

    def add(self, entry: Entry) -> None:
        """Hands the line to the system at once; forces it to disk with a batch of others."""
        self._append(entry)
        self._take(entry)
        self._waiting += 1
        if self._waiting >= _BATCH:
            self._sync()

    def _append(self, line: Run | Entry) -> None:
        if self._file is None:
            raise RuntimeError("a journal is written inside `with`")
        with naming(self.path):
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()

    def _sync(self) -> None:
        if self._file is not None:
            with naming(self.path):
                os.fsync(self._file.fileno())
            self._waiting = 0

    def _take(self, line: Run | Entry) -> None:
        if isinstance(line, Run):
            if line.version != VERSION:
                raise BadState(f"{self.path}: written by another version. Choose another --out.")
            self.run = self.run or line
            self.identities |= line.targets
            return
        self.entries[line.key] = line
        self.attempts[line.target] = self.attempts.get(line.target, 0) + line.attempts
        self.spent.append(line)

    def _read(self) -> int:
        """Takes in what is there; returns where whole lines end, in bytes."""
        self.run, self.identities, self.entries = None, {}, {}
        self.attempts, self.spent = {}, []
        if not self.path.exists():
            return 0
        decoder = msgspec.json.Decoder(Run | Entry)
        end = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    break
                try:
                    self._take(decoder.decode(line))
                except (msgspec.DecodeError, UnicodeDecodeError):
                    raise BadState(f"{self.path}: line {number} is damaged. Remove that line, or the file.") from None
                end += len(line)
        return end
