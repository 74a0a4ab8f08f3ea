from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stillwatch import errors

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_watch_tells_each_look_and_a_verdict_is_put_on_record(
    ring_lake: Path,
    settings: Any,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    evil: str,
) -> None:
    monkeypatch.setenv("STILLWATCH_THREADS", "1")
    state = tmp_path / "state"
    assert run("watch", ring_lake, "--state", state, "--once", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    look = json.loads(line)
    assert (look["look"], look["taken"]) == (1, True)
    assert (state / look["results"] / "report.html").exists()
    name = look["changes"][0]["campaign"]
    assert run("verdict", state, name, "dismiss", "--reason", evil, "--by", "ann", "--json") == 0
    given = json.loads(capsys.readouterr().out)
    assert (given["campaign"], given["verdict"], given["by"]) == (name, "dismiss", "ann")
    assert "accounts" not in given
    assert run("explain", state / look["results"], name) == 0
    assert name in capsys.readouterr().out


@pytest.mark.parametrize("decision", ["maybe", "CONFIRM"])
def test_a_verdict_is_one_of_two(decision: str, tmp_path: Path, capsys: Capture, run: Run) -> None:
    assert run("verdict", tmp_path, "C-1", decision, "--reason", "r") == errors.BadSettings.exit_status
    assert "Say confirm or dismiss" in capsys.readouterr().err


def test_a_watch_needs_a_lake_and_a_folder_of_its_own(
    ring_lake: Path, tmp_path: Path, capsys: Capture, run: Run
) -> None:
    assert run("watch", tmp_path / "none", "--state", tmp_path / "s", "--once") == errors.NothingToRead.exit_status
    (tmp_path / "mine.txt").write_text("x")
    assert run("watch", ring_lake, "--state", tmp_path, "--once") == errors.BadState.exit_status
    assert run("verdict", tmp_path, "C-1", "confirm", "--reason", "r") == errors.BadState.exit_status
    assert capsys.readouterr().out == ""
