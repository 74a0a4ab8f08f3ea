"""A private folder for what does not fit in memory. What a killed process leaves behind, the next one clears away."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from stillwatch.errors import BadSettings

__all__ = ["Scratch"]

PREFIX = "stillwatch-"
OWNER = "owner"  # of each folder: a file that is locked while its process lives, with the machine's name in it


class Scratch:
    """A new folder `path` in `parent` (the system's own if None), gone when closed.

    Folders that dead processes of this user left there, of this machine, are removed first. The lock is the kernel's
    (flock), so it goes with its process, however that ended; where a file system has no locks, nothing is removed.
    Raises BadSettings where `parent` cannot be written to.
    """

    def __init__(self, parent: Path | None = None):
        parent = Path(tempfile.gettempdir()) if parent is None else parent
        _clear(parent)
        held = None
        while held is None:  # again, should another process have taken the new folder for an abandoned one
            self.path = _made(parent)
            held = _hold(self.path / OWNER)
        self._owner = held

    def close(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._owner >= 0:
            os.close(self._owner)
            self._owner = -1

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _made(parent: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        raise BadSettings(
            f"{parent}: no folder to spill into can be made here ({error.strerror}). Make room there, or set `scratch` "
            "to a folder that you can write to."
        ) from None


def _hold(path: Path) -> int | None:
    """The descriptor of a new file, locked and with this machine's name in it; None where somebody was quicker."""
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    except OSError:
        return held  # no locks here: nobody will get one to remove this folder either
    if os.fstat(held).st_nlink == 0:
        os.close(held)
        return None
    os.write(held, socket.gethostname().encode())
    return held


def _clear(parent: Path) -> None:
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with suppress(OSError):
                    _remove_abandoned(entry)


def _remove_abandoned(entry: os.DirEntry[str]) -> None:
    # A machine that shares the folder may not see the locks of another one.
    if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.geteuid():
        return
    owner = os.open(Path(entry.path) / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(owner, 1024) == socket.gethostname().encode():
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(owner)
