from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_only_what_can_be_measured_is(tmp_path: Path, capsys: Capture, run: Run) -> None:
    assert run("bench", "everything", "--out", tmp_path) == 2
    assert "detect" in capsys.readouterr().err
    assert run("bench", "detect", "--case", "no-such-case", "--out", tmp_path / "b") == 2
    assert "no-such-case" in capsys.readouterr().err
