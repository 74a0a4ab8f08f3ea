"""Shared by the tests of the readers: the sample logs, and one call from files to rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stillwatch.sources import Plan, Rejected, Source, plan, read

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def samples() -> Path:
    """The folder with one folder of sample logs a format."""
    return SAMPLES


@pytest.fixture
def sample_records() -> Callable[[Source], list[dict[str, Any]]]:
    """The sample records that a format recognises."""

    def records(source: Source) -> list[dict[str, Any]]:
        return [record for record in _records(SAMPLES / source.name) if source.sniff(record)]

    return records


@pytest.fixture
def rows_of() -> Callable[..., tuple[list[dict[str, Any]], list[Rejected]]]:
    """All rows (without NULLs) and rejections of a plan, or of the plan of some paths."""

    def rows(*given: Plan | Path, format: str | None = None) -> tuple[list[dict[str, Any]], list[Rejected]]:  # noqa: A002
        paths = [item for item in given if isinstance(item, Path)]
        plans = [item for item in given if isinstance(item, Plan)] or [plan(paths, format=format)]
        found: list[dict[str, Any]] = []
        rejected: list[Rejected] = []
        for chunk in (chunk for each in plans for chunk in each.chunks):
            for batch in read(chunk):
                found += [{k: v for k, v in row.items() if v is not None} for row in batch.table.to_pylist()]
                rejected += batch.rejected
        return found, rejected

    return rows


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Writes records, or raw lines, one a line, to a file in the test's folder."""

    def write(*lines: dict[str, Any] | bytes | str, name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = [
            line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
            for line in lines
        ]
        path.write_bytes(b"".join(line + b"\n" for line in raw))
        return path

    return write


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            yield json.loads(text)
        elif not path.name.startswith("accounts"):
            yield from map(json.loads, text.splitlines())
