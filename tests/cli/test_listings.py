from __future__ import annotations

import json
from collections.abc import Callable

import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


@pytest.mark.parametrize("command", ["signals", "formats"])
def test_lists_are_the_same_as_text_and_as_json(command: str, capsys: Capture, run: Run) -> None:
    assert run(command, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert run(command) == 0
    text = capsys.readouterr().out
    assert rows
    assert all(row["name"] in text for row in rows)
