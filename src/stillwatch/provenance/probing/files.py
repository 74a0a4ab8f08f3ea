"""Files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stillwatch.errors import BadSettings, StillwatchError

__all__ = ["check_place", "naming", "replace_file", "written_whole"]


def check_place(path: Path) -> None:
    """Raises BadSettings where `path` cannot become a file: said before anything is asked and paid for."""
    if path.is_dir():
        raise BadSettings(f"{path}: is a folder; --out names a file.")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turns an OSError inside into a StillwatchError that names `path` and the remedy."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StillwatchError(f"{path}: cannot be written ({why}). Make room there, or choose another --out.") from None


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which takes its name at the end: a reader sees the old file or the new one, never
    a part. Nothing is left beside it. Raises StillwatchError."""
    beside = path.with_name(f"{path.name}.tmp")
    with naming(path):
        try:
            yield beside
            _settle(beside, path)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def replace_file(path: Path, data: bytes) -> None:
    """Writes the file whole, or leaves the old one as it was. Raises StillwatchError, BadSettings for a folder."""
    check_place(path)
    with written_whole(path) as beside:
        beside.write_bytes(data)


def _settle(beside: Path, path: Path) -> None:
    """Gives a finished file its name, after it is on disk; then the folder that holds the name is, too."""
    for name, mode in ((beside, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        handle = os.open(name, mode)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if name == beside:
            beside.replace(path)
