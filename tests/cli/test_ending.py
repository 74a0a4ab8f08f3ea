from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stillwatch import errors, pipeline

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def raises(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (errors.StillwatchError("plain"), 1, "plain"),
        (errors.BadSettings("b"), 2, "b"),
        (errors.BadInput("file \x1b[31mx: cut"), 3, "file x: cut"),
        (errors.BadLake("locked"), 5, "locked"),
        (PermissionError(13, "Permission denied", "/lake"), 1, "/lake: Permission denied"),
        (KeyboardInterrupt("stopped with 3 chunks safe"), 130, "stopped with 3 chunks safe"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("the prompt was: my secret"), 70, "internal error ValueError"),
    ],
)
def test_errors_are_one_line_with_their_status(
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Capture,
    run: Run,
) -> None:
    monkeypatch.delenv("STILLWATCH_DEBUG", raising=False)
    monkeypatch.setattr(pipeline, "scan", raises(error))
    assert run("scan", tmp_path, "--out", tmp_path / "out") == status
    caught = capsys.readouterr()
    assert said in caught.err
    assert caught.err.count("\n") == 1
    assert "secret" not in caught.err
    assert "\x1b" not in caught.err


def test_debug_shows_the_whole_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture, run: Run
) -> None:
    monkeypatch.setenv("STILLWATCH_DEBUG", "1")
    monkeypatch.setattr(pipeline, "scan", raises(ValueError("inside")))
    assert run("scan", tmp_path, "--out", tmp_path / "out") == 70
    assert "ValueError: inside" in capsys.readouterr().err
