from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stillwatch.bench import run
from stillwatch.bench.cases import CASES
from stillwatch.config import Settings
from stillwatch.errors import BadInput


def test_a_world_tells_what_was_planted_and_what_was_found(worlds: list[dict[str, Any]]) -> None:
    found, quiet, timed = worlds
    assert [world["question"] for world in worlds] == ["find", "quiet", "time"]
    (campaign,) = found["campaigns"]
    assert campaign["members"] == 60
    assert 0.0 <= campaign["recall"] <= 1.0
    assert quiet["campaigns"] == []
    assert set(found["baselines"]) == {"rates", "addresses", "kernel", "pairs_200", "pairs_1000"}
    (look,) = timed["looks"]
    assert look["hours"] == 24
    assert 0.3 < look["taken"] < 0.7


def test_what_is_there_is_not_run_again(
    worlds: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> dict[str, Any]:
        raise AssertionError

    monkeypatch.setattr(run, "_run_world", never)
    case = replace(CASES["find-hydra-easy"], days=3)
    again = run.run_cases([case], folder, worlds=1, accounts=600, settings=Settings(threads=1))
    assert again == [worlds[0]]
    for changed in ({"accounts": 601}, {"worlds": 2}, {"settings": Settings(budget=2.0, threads=1)}):
        with pytest.raises(AssertionError):
            run.run_cases([case], folder, **{"worlds": 1, "accounts": 600} | changed)  # type: ignore[arg-type]


def test_a_line_cut_short_by_a_kill_is_dropped_and_written_anew(
    worlds: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / run.WORLDS
    path.write_bytes(path.read_bytes()[:-40])
    assert [world["case"] for world in run.read_worlds(folder)] == ["find-hydra-easy", "quiet"]
    monkeypatch.setattr(run, "_run_world", lambda *_: worlds[2])
    case = replace(CASES["time-hydra-mid"], days=3, onset=1)
    run.run_cases([case], folder, worlds=1, accounts=600, settings=Settings(threads=1))
    assert run.read_worlds(folder) == worlds


def test_a_broken_line_elsewhere_is_named(folder: Path) -> None:
    path = folder / run.WORLDS
    path.write_bytes(b"{oops\n" + path.read_bytes())
    with pytest.raises(BadInput, match="line 1"):
        run.read_worlds(folder)


def test_a_command_makes_the_same_world(worlds: list[dict[str, Any]]) -> None:
    assert run.command(worlds[2]) == (
        "simulate(Path('world'), scenario='hydra', difficulty='mid', accounts=600, days=3, "
        f"seed={worlds[2]['seed']}, onset=1)"
    )
