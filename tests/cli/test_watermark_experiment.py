from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stillwatch.bench import marks
from stillwatch.simulate.students import packages

Run = Callable[..., int]


@pytest.fixture
def given(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The command is given the toy world instead of one of its own; notes what was asked for."""
    asked: list[Any] = []
    (line,) = (toy_folder / "worlds.jsonl").read_text().splitlines()

    def run(folder: Path, seeds: range, **flags: Any) -> list[Any]:
        folder.mkdir(exist_ok=True)
        asked.append((list(seeds), flags["zeros"], flags["scale"]))
        return [json.loads(line) | {"seed": seed} for seed in seeds]

    monkeypatch.setattr(marks, "run_experiment", run)
    return asked


def test_figures_are_shown_and_kept(
    run: Run, given: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert not run("watermark", "experiment", "--out", out)
    said = capsys.readouterr().out
    for text in ("kgw-1 at 50 %", "gumbel-1 at 50 %", "known outputs", "no mark: 1, 1,000 keys", "distinct"):
        assert text in said
    assert max(map(len, said.split("Students that saw")[0].splitlines())) <= 80
    assert given == [([1], 1, 1.0)]
    assert (out / "experiment.svg").read_text().startswith("<svg")
    assert set(json.loads((out / "summary.json").read_text())) == {"seeds", "students", "open", "zeros", "quality"}


def test_seeds_and_sizes_are_passed_on(
    run: Run, given: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--seeds", 3, "--first-seed", 11, "--zeros", 4, "--scale", 0.5)
    assert not run("watermark", "experiment", "--out", tmp_path / "out", *flags, "--json")
    assert given == [([11, 12, 13], 4, 0.5)]
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == "experiment"
    assert said["seeds"] == [11, 12, 13]
    assert said["students"]["kgw-1 at 10 %"]["log10_p"]["worlds"] == 3
    assert not run("watermark", "experiment", "--out", tmp_path / "out", *flags)
    assert "too little for these figures" in capsys.readouterr().out


def test_missing_packages_are_told_with_the_line_that_adds_them(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert run("watermark", "experiment", "--out", tmp_path / "out") == 2
    assert "pip install 'stillwatch[experiment]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
