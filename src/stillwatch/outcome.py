"""What a scan leaves behind: `campaigns.json`, `members.parquet` and `scan.json`, and the step times that go in."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import BadInput, BadSettings
from stillwatch.findings import Campaign, Group

__all__ = [
    "MEMBERS",
    "Progress",
    "Scan",
    "Steps",
    "members_table",
    "prepare_folder",
    "read_campaigns",
    "read_facts",
    "versions",
]

MEMBERS = pa.schema([("campaign_id", pa.string()), ("account_id", pa.string()), ("probability", pa.float64())])
T = TypeVar("T")
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Scan:
    """The outcome of one scan. `facts` is what `scan.json` holds."""

    campaigns: tuple[Campaign, ...]
    members: pa.Table
    facts: dict[str, Any]

    def write(self, out: Path) -> None:
        """Write the three files into the folder `out`, each whole or not at all."""
        encoded = msgspec.json.format(msgspec.json.encode(self.campaigns, enc_hook=_plain), indent=1)
        _replace(out / "campaigns.json", lambda path: path.write_bytes(encoded + b"\n"))
        _replace(out / "members.parquet", lambda path: pq.write_table(self.members, path, compression="zstd"))
        facts = msgspec.json.format(msgspec.json.encode(self.facts, enc_hook=_plain), indent=1)
        _replace(out / "scan.json", lambda path: path.write_bytes(facts + b"\n"))


def _plain(value: object) -> object:
    # An hour's scan must not be lost to a number that came out of an array as it was.
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a result")


@dataclass
class Steps:
    """Times the steps of a run, notes their peak memory, and tells whoever waits."""

    progress: Progress | None = None
    done: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """One step; the value says how far it is (0 … 1)."""
        began = time.monotonic()

        def tell(share: float) -> None:
            if self.progress is not None:
                self.progress(name, share)

        tell(0.0)
        yield tell
        tell(1.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        self.done.append(
            {"name": name, "seconds": round(time.monotonic() - began, 3), "peak_memory_mb": round(peak), "rows": None}
        )

    def rows(self, count: int) -> None:
        """How many rows the last step handled."""
        self.done[-1]["rows"] = count


def prepare_folder(out: Path) -> None:
    """Make the folder for results. Raises BadSettings where it cannot be one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(
            f"{out}: cannot be the folder for results ({error.strerror}). Name another with --out."
        ) from None
    if not os.access(out, os.W_OK):
        raise BadSettings(f"{out}: this folder cannot be written. Name another with --out.")


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadSettings(f"{path}: cannot be written ({error.strerror}). Make room or name another --out.") from None


def members_table(groups: Mapping[str, Group], campaigns: tuple[Campaign, ...]) -> pa.Table:
    """campaign_id, account_id, probability of every campaign's members, campaigns in their order."""
    rows = [(c.id, m.account_id, m.probability) for c in campaigns for m in groups[c.id].members]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([pa.array(c, t) for c, t in zip(columns, MEMBERS.types, strict=True)], schema=MEMBERS)


def read_campaigns(out: Path) -> tuple[Campaign, ...]:
    """The campaigns of an earlier scan. Raises BadInput where the folder holds none."""
    return _read(out / "campaigns.json", tuple[Campaign, ...])


def read_facts(out: Path) -> dict[str, Any]:
    """`scan.json` of an earlier scan. Raises BadInput where the folder holds none."""
    return _read(out / "scan.json", dict[str, Any])


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise BadInput(
            f"{path}: not found. Name the folder that `stillwatch scan --out` wrote, or of a watch the one "
            "that its file `current` names, in looks/."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}). Run the scan again.") from None


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    packages = ("stillwatch", "duckdb", "numpy", "scipy", "networkit", "pyarrow")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
