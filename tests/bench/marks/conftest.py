"""The shared toy world, and places where a test may change one of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stillwatch.bench.marks.run import folder_name
from stillwatch.bench.marks.world import World

SEED, SCALE = 5, 0.01


@pytest.fixture(autouse=True)
def always_one_thread(one_thread: None) -> None:
    """Not all tests here run a model, but any may."""


@pytest.fixture(scope="session")
def toy(toy_folder: Path) -> World:
    return World(toy_folder / folder_name(SEED, SCALE), SEED, SCALE)


@pytest.fixture(scope="session")
def measured(toy_folder: Path) -> dict[str, Any]:
    """What the experiment said of that world."""
    (line,) = (toy_folder / "worlds.jsonl").read_bytes().splitlines()
    found: dict[str, Any] = msgspec.json.decode(line)
    return found


@pytest.fixture
def twin(toy: World, tmp_path: Path) -> Callable[..., World]:
    """`twin(left_out, ...)` is the same world elsewhere, linked file by file, but for the paths left out."""

    def make(*left_out: Path) -> World:
        folder = tmp_path / "twin"
        for path in toy.folder.rglob("*"):
            if path.is_file() and not any(path == out or out in path.parents for out in left_out):
                to = folder / path.relative_to(toy.folder)
                to.parent.mkdir(parents=True, exist_ok=True)
                to.symlink_to(path)
        return World(folder, toy.seed, toy.scale)

    return make
