from __future__ import annotations

import pickle
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from stillwatch.bench.marks import run
from stillwatch.bench.marks.plan import STUDENTS
from stillwatch.bench.marks.run import folder_name, run_experiment
from stillwatch.bench.marks.world import World
from stillwatch.errors import BadInput, BadSettings, StillwatchError
from stillwatch.simulate.students import packages

LINE = '{"seed": 5, "scale": 1.0, "zeros": [{}], "students": {}}'


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs are noted, not done; each returns its name and what it was given."""
    noted: list[str] = []

    def do(what: str, world: World, given: Sequence[Any]) -> Any:
        noted.append(f"{world.folder.name} {what}")
        return f"{what} {' '.join(getattr(one, 'name', str(one)) for one in given)}".strip()

    monkeypatch.setattr(run, "_do", do)
    return noted


def test_results_stand_under_their_own_names(jobs: list[str], tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    (made,) = run_experiment(
        tmp_path, [7], zeros=2, processes=1, progress=lambda what, share: told.append((what, share))
    )
    assert made["seed"] == 7
    assert made["students"] == {one.name: f"student_case {one.name}" for one in STUDENTS}
    assert made["open"] == {STUDENTS[0].name: f"open_case {STUDENTS[0].name}"}
    assert made["quality"] == "quality"
    assert made["zeros"] == ["zero_case zero 0", "zero_case zero 1"]
    assert jobs[0] == "seed-7 make_text"
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert told[0][0] == "seed 7: text"


def test_what_is_there_is_not_run_again(jobs: list[str], tmp_path: Path) -> None:
    first = run_experiment(tmp_path, [7], processes=1)
    many = len(jobs)
    assert run_experiment(tmp_path, [7], processes=1) == first
    assert len(jobs) == many
    assert [one["seed"] for one in run_experiment(tmp_path, [7, 6], processes=1)] == [7, 6]
    assert not any(one.startswith("seed-7 ") for one in jobs[many:])
    more = len(jobs)
    (again,) = run_experiment(tmp_path, [7], zeros=2, processes=1)
    assert len(again["zeros"]) == 2
    assert len(jobs) > more
    assert len((tmp_path / "worlds.jsonl").read_text().splitlines()) == 2


def test_worlds_of_another_size_do_not_mix(jobs: list[str], tmp_path: Path) -> None:
    run_experiment(tmp_path, [7], processes=1)
    (small,) = run_experiment(tmp_path, [7], scale=0.5, processes=1)
    assert small["scale"] == 0.5
    assert {one.split()[0] for one in jobs} == {"seed-7", "seed-7-scale-0.5"}
    assert folder_name(7) == "seed-7"


def test_the_toy_world_is_whole_and_found_done(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_do", None)
    (found,) = run_experiment(toy_folder, [5], scale=0.01, processes=1)
    assert found["seed"] == 5


@pytest.mark.parametrize("line", ["{", "[1]", '{"seed": 5}', ""])
def test_a_damaged_line_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "worlds.jsonl").write_text(f"{LINE}\n{line}\n")
    with pytest.raises(BadInput, match=r"worlds\.jsonl, line 2.*Remove the line"):
        run_experiment(tmp_path, [5], processes=1)


def test_a_worker_that_died_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def die(*_: object) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(run, "_world", die)
    with pytest.raises(StillwatchError, match=r"seed 7.*Run the same command again"):
        run_experiment(tmp_path, [7], processes=1)


def test_missing_packages_are_told_before_any_work(
    jobs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"pip install 'stillwatch\[experiment\]'"):
        run_experiment(tmp_path / "new", [7], processes=1)
    assert jobs == []
    assert not (tmp_path / "new").exists()


def test_jobs_can_be_sent_to_another_process(tmp_path: Path) -> None:
    job = (run._do, "student_case", World(tmp_path, 1), (STUDENTS[0],))
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301
