from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_a_missing_input_is_named(tmp_path: Path, capsys: Capture, run: Run) -> None:
    assert run("scan", tmp_path / "no.jsonl", "--out", tmp_path / "out") == 4
    assert run("ingest", tmp_path / "no.jsonl", "--lake", tmp_path / "lake") == 4
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--models", tmp_path / "no.csv") == 4
    assert capsys.readouterr().err.count("no such file or folder") == 3


def test_a_setting_out_of_range_is_named(tmp_path: Path, capsys: Capture, run: Run) -> None:
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--budget", "-1") == 2
    assert "budget" in capsys.readouterr().err
