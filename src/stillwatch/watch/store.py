"""The state folder: one finished look, replaced as a whole. A kill at any moment leaves the last look or the new one.

current                    name of the finished look: the one file whose replacement makes a look happen
looks/<number>/            known.json (what is remembered), campaigns.json, members.parquet, scan.json, report.html
history/<number>.json      what each look told
verdicts.jsonl             what reviewers decided
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from stillwatch.commits import replace_file, sync_folder
from stillwatch.errors import BadState
from stillwatch.watch.records import Look, State

__all__ = ["VERSION", "Store"]

VERSION = 1
READ_ATTEMPTS = 3
OURS = {"current", "current.tmp", "looks", "history", "verdicts.jsonl", "watch.lock", "partials"}


class Store:
    """One state folder."""

    def __init__(self, root: Path):
        self.root = root

    @classmethod
    def open(cls, root: Path) -> Store:
        """An existing state folder. Raises BadState where there is none."""
        if not (root / "current").is_file():
            raise BadState(f"{root}: no finished look here. Run `stillwatch watch LAKE --state {root}` first.")
        return cls(root)

    @classmethod
    @contextmanager
    def watching(cls, root: Path) -> Iterator[Store]:
        """Be the one who looks, in a folder that may be new. Raises BadState while another one does.

        The lock is the kernel's (flock): it goes with its process, however that ended.
        """
        if root.exists() and not root.is_dir():
            raise BadState(f"{root}: a file, not a folder. Name a new folder with --state.")
        foreign = sorted({path.name for path in root.iterdir()} - OURS) if root.is_dir() else []
        if foreign:
            raise BadState(f"{root}: not a watch's folder (it holds {foreign[0]!r}). Name a new one with --state.")
        try:
            root.mkdir(parents=True, exist_ok=True)
            lock = (root / "watch.lock").open("wb")
        except OSError as error:
            raise BadState(f"{root}: cannot be written ({error.strerror}). Name another with --state.") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadState(f"{root}: another watch is running on it. Wait for it, or stop it.") from None
            store = cls(root)
            store._sweep()
            yield store

    @property
    def folder(self) -> Path | None:
        """Results of the last finished look, in the layout of a scan's folder."""
        try:
            name = (self.root / "current").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise BadState(f"{self.root / 'current'}: damaged. Name the newest folder of looks/ in it.") from None
        return self.root / "looks" / name

    def state(self) -> State | None:
        """What the last finished look left; None before the first one. Raises BadState where it cannot be read."""
        for _ in range(READ_ATTEMPTS):
            folder = self.folder
            if folder is None:
                return None
            path = folder / "known.json"
            try:
                state = msgspec.json.decode(path.read_bytes(), type=State)
                break
            except FileNotFoundError:
                continue  # a newer look has just taken its place
            except (OSError, msgspec.MsgspecError):
                raise BadState(f"{path}: damaged. Restore it, or begin anew with another --state.") from None
        else:
            raise BadState(f"{path}: missing. Restore it, or begin anew with another --state.")
        if state.stillwatch_watch != VERSION:
            raise BadState(
                f"{path}: written as version {state.stillwatch_watch}, this is {VERSION}. Begin with a new --state."
            )
        return state

    def draft(self, number: int) -> Path:
        """An empty folder for the results of a look that is not finished."""
        folder = self.root / "looks" / f".{number:06d}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def commit(self, draft: Path, state: State, look: Look) -> Path:
        """Make the look happen, whole or not at all. Returns the folder of its results."""
        (draft / "known.json").write_bytes(msgspec.json.encode(state))
        for path in sorted(draft.rglob("*")):
            if path.is_file():
                _sync(path)
        target = draft.with_name(draft.name.removeprefix("."))
        shutil.rmtree(target, ignore_errors=True)  # of a run that was killed before it could name it
        draft.replace(target)
        sync_folder(target.parent)
        history = self.root / "history"
        history.mkdir(exist_ok=True)
        replace_file(history / f"{state.look:06d}.json", msgspec.json.encode(look))
        replace_file(self.root / "current", f"{target.name}\n".encode())
        self._sweep()
        return target

    def _sweep(self) -> None:
        """Remove what is no part of the finished look: older ones, and what a killed run left."""
        kept = self.folder
        for path in sorted((self.root / "looks").glob("*")):
            if path != kept:
                shutil.rmtree(path, ignore_errors=True)
        (self.root / "current.tmp").unlink(missing_ok=True)
        for path in (self.root / "history").glob("*"):
            if kept is None or path.suffix != ".json" or path.stem > kept.name:
                path.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
