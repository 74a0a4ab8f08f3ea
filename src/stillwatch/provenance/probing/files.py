"""Files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["replace_file", "settle"]


def replace_file(path: Path, data: bytes) -> None:
    """Writes beside `path`, forces it to disk and renames: a reader sees the old file or the new one, never a part."""
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_bytes(data)
    settle(beside, path)


def settle(beside: Path, path: Path) -> None:
    """Gives a finished file its name, after it is on disk; then the folder that holds the name is, too."""
    for name, mode in ((beside, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        handle = os.open(name, mode)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if name == beside:
            beside.replace(path)
