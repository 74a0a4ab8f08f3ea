"""What a command leaves at --out, or an error that names the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stillwatch.errors import BadSettings, StillwatchError

__all__ = ["check_file", "check_folder", "json_lines", "write_into", "write_lines"]


def check_file(out: Path, what: str) -> None:
    """Raises BadSettings where `out` cannot be the file of `what`: told before the work, which may take minutes."""
    if out.is_dir():
        raise BadSettings(f"{out}: is a folder; --out names the file of {what}.")
    if not out.parent.is_dir():
        raise BadSettings(f"{out}: there is no folder {out.parent}. Make it, or choose another --out.")


def check_folder(out: Path | None) -> None:
    """Raises BadSettings where `out` cannot be a folder: told before the work, which may take minutes."""
    if out is not None and next((place for place in (out, *out.parents) if place.exists()), Path()).is_file():
        raise BadSettings(f"{out}: is a file, or lies in one; --out names a folder.")


def json_lines(rows: Iterable[object]) -> bytes:
    """A JSON document a line. `rows`: what msgspec can encode."""
    import msgspec

    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write the file `path`, in a folder that is there. Raises StillwatchError where it cannot be written."""
    with _naming(path):
        path.write_bytes(json_lines(rows))


def write_into(folder: Path, name: str, data: bytes) -> None:
    """Write the file `name` into `folder`, which is made if need be. Raises StillwatchError naming the folder."""
    with _naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@contextmanager
def _naming(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StillwatchError(f"{out}: cannot be written ({error.strerror}). Choose another --out.") from None
