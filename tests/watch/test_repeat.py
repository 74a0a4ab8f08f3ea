from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from stillwatch.errors import BadLake
from stillwatch.watch.look import take_look
from stillwatch.watch.repeat import keep_watching


def test_looks_follow_each_other(staged: Callable[..., None], tmp_path: Path) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        staged(1 + len(waits), {"C-1": "abc"})

    staged(1, {"C-1": "abc"})
    looks = keep_watching(lambda: take_look(tmp_path, tmp_path / "state"), every_minutes=5, wait=wait)
    told = [(look.look, look.taken, look.new_chunks) for look in islice(looks, 3)]
    assert told == [(1, True, 1), (2, True, 1), (3, True, 1)]
    assert len(waits) == 2 and all(0 < seconds <= 300 for seconds in waits)


def test_a_lake_in_change_is_tried_again_and_a_broken_one_is_not() -> None:
    outcomes: list[Any] = [BadLake("busy"), BadLake("busy"), "look", BadLake("busy"), BadLake("busy"), BadLake("gone")]

    def take() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, BadLake):
            raise outcome
        return outcome

    looks = keep_watching(take, every_minutes=0, wait=lambda _: None)
    assert next(looks) == "look"
    with pytest.raises(BadLake, match="gone"):
        next(looks)
    assert outcomes == []
