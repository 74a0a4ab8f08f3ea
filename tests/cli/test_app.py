from __future__ import annotations

from collections.abc import Callable

import pytest

from stillwatch import __version__

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_version(capsys: Capture, run: Run) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"stillwatch {__version__}\n"


def test_a_wrong_flag_is_usage(capsys: Capture, run: Run) -> None:
    assert run("scan", "x", "--wrong") == 2
    assert "Traceback" not in capsys.readouterr().err
