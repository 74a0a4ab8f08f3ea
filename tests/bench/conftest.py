"""Two small worlds run once, by the very code of the benchmark, for all tests that only read what came out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stillwatch.bench import looks, run
from stillwatch.bench.cases import CASES
from stillwatch.config import Settings


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """A found ring, a quiet world and a ring looked at 24 hours after its first request: one world each."""
    small = [
        replace(CASES["find-hydra-easy"], days=3),
        replace(CASES["quiet"], days=2),
        replace(CASES["time-hydra-mid"], days=3, onset=1),
    ]
    hours = looks.HOURS
    looks.HOURS = (24,)
    try:
        return run.run_cases(
            small, tmp_path_factory.mktemp("bench"), worlds=1, accounts=600, settings=Settings(threads=1)
        )
    finally:
        looks.HOURS = hours


@pytest.fixture
def folder(tmp_path: Path, worlds: list[dict[str, Any]]) -> Path:
    """A folder that holds the worlds as a run leaves them."""
    (tmp_path / run.WORLDS).write_bytes(b"".join(msgspec.json.encode(world) + b"\n" for world in worlds))
    return tmp_path
