from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stillwatch.bench import cases, detect
from stillwatch.config import Settings
from stillwatch.errors import BadSettings


def test_results_of_a_folder_are_shown_without_running_anything(
    worlds: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cases.CASES, "quiet", replace(cases.CASES["quiet"], days=2))
    done = detect(("quiet",), folder, worlds=1, accounts=600, settings=Settings(threads=1))
    assert done.page.is_file()
    assert [row["number"] for row in done.summary["false"]] == [1, 1]
    assert {title for title, *_ in done.tables} >= {"False alerts", "Time to detection"}


def test_an_unknown_case_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        detect(("nothing",), tmp_path / "out")
    assert not (tmp_path / "out").exists()
