import io
import sys

import pytest

from stillwatch.console.progress import steps


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with steps() as report:
        assert report is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with steps() as report:
        assert report is not None
        report("pairs [bold]\x1b[2J of traits", 0.5)
        report("beyond the end", 7.0)
    assert "beyond the end" in screen.getvalue()
    assert "\x1b[2J of" not in screen.getvalue()


def test_quiet_is_quiet_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with steps(quiet=True) as report:
        assert report is None
    assert screen.getvalue() == ""
