"""Reads parts of a lake that were written before some columns existed: what they lack is NULL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from stillwatch.commits import Commit
from stillwatch.engines import Engine

__all__ = ["ADDED", "lacking", "register_parts"]

ADDED = ("asks_choice", "reasoning_hash", "replayed_hash", "seed_set")  # since the first lakes of this version

_SQL = {
    pa.int64(): "BIGINT",
    pa.int32(): "INT",
    pa.int16(): "SMALLINT",
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.float32(): "FLOAT",
}


def lacking(commits: Iterable[Commit]) -> dict[str, tuple[str, ...]]:
    """By name of part: the `ADDED` columns that it was written without. Told by the commits, without a look at it.

    Only parts that lack any are named.
    """
    found: dict[str, tuple[str, ...]] = {}
    for commit in commits:
        missing = tuple(name for name in ADDED if name not in commit.columns)
        if missing:
            found |= dict.fromkeys((part.name for part in commit.parts), missing)
    return found


def register_parts(
    engine: Engine, name: str, files: Sequence[Path], schema: pa.Schema, missing: Mapping[str, tuple[str, ...]]
) -> None:
    """Make the files readable under `name` with all columns of `schema`; `missing` is what `lacking` found."""
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        groups.setdefault(missing.get(path.stem, ()), []).append(path)
    if set(groups) <= {()}:
        engine.register(name, list(files) or schema.empty_table())
        return
    selects = []
    for place, (absent, paths) in enumerate(sorted(groups.items())):
        engine.register(f"{name}_{place}", paths)
        columns = [
            f"CAST(NULL AS {_SQL[schema.field(column).type]}) AS {column}" if column in absent else column
            for column in schema.names
        ]
        selects.append(f"SELECT {', '.join(columns)} FROM {name}_{place}")
    engine.view(name, " UNION ALL ".join(selects))
