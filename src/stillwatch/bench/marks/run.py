"""Runs worlds, a process for each core; a line of `worlds.jsonl` each. What is there is not run again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from stillwatch import __version__
from stillwatch.bench.marks.plan import DATA_SETS, STUDENTS, DataSet, Student, zero_students
from stillwatch.bench.marks.world import World
from stillwatch.errors import BadInput, StillwatchError
from stillwatch.simulate.students.packages import require_packages

__all__ = ["folder_name", "run_experiment"]

Job = tuple[str, World, Any]
Progress = Callable[[str, float], None]


def run_experiment(
    folder: Path, seeds: Sequence[int], *, zeros: int = 1, scale: float = 1.0, processes: int | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Every seed's world, made and measured; `zeros` unmarked students in each. `processes` defaults to the cores; 1
    is this very process, which then works with one thread. Raises BadSettings where a package is missing."""
    require_packages()
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "worlds.jsonl"
    done = {one["seed"]: one for one in _read(lines)}
    with _workers(processes or os.cpu_count() or 1) as pool:
        for number, seed in enumerate(seeds):
            known = done.get(seed)
            if known and known["scale"] == scale and len(known["zeros"]) >= zeros:
                continue

            def told(what: str, share: float, number: int = number, seed: int = seed) -> None:
                if progress:
                    progress(f"seed {seed}: {what}", (number + share) / len(seeds))

            try:
                done[seed] = _world(pool, World(folder / folder_name(seed, scale), seed, scale), zeros, told)
            except BrokenProcessPool:
                raise StillwatchError(
                    f"{folder}: a worker process died while it worked on seed {seed}; each needs some 1.5 GB of "
                    "memory. Run the same command again: what is made is kept."
                ) from None
            part = lines.with_name(f"part-{lines.name}")
            part.write_bytes(b"".join(msgspec.json.encode(done[one]) + b"\n" for one in sorted(done)))
            part.replace(lines)
    return [done[seed] for seed in seeds]


def folder_name(seed: int, scale: float = 1.0) -> str:
    """Where a seed's world lies; worlds of different scales do not mix."""
    return f"seed-{seed}" if scale == 1 else f"seed-{seed}-scale-{scale:g}"


class _Here(Executor):
    """Does each job at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _workers(processes: int) -> Executor:
    if processes == 1:
        _one_thread()
        return _Here()
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_one_thread)


def _world(pool: Executor, world: World, zeros: int, told: Progress) -> dict[str, Any]:
    lone = zero_students(zeros)
    data: list[tuple[DataSet, int]] = [(one, 0) for one in DATA_SETS]
    data += [(DataSet(one.data), number + 1) for number, one in enumerate(lone)]
    _together(pool, [("make_text", world, ())], told, "text", 0.0, 0.01)
    _together(pool, [("make_model", world, (name,)) for name in ("teacher", "base")], told, "models", 0.01, 0.2)
    _together(pool, [("make_data", world, one) for one in data], told, "answers", 0.2, 0.4)
    _together(pool, [("make_student", world, (one,)) for one in (*STUDENTS, *lone)], told, "students", 0.4, 0.85)
    shown: Student = STUDENTS[0]
    measures: list[Job] = [("student_case", world, (one,)) for one in STUDENTS]
    measures += [("open_case", world, (shown,)), ("quality", world, ())]
    measures += [("zero_case", world, (one,)) for one in lone]
    found = _together(pool, measures, told, "tests", 0.85, 1.0)
    count = len(STUDENTS)
    return {
        "seed": world.seed,
        "scale": world.scale,
        "stillwatch": __version__,
        "students": {one.name: result for one, result in zip(STUDENTS, found[:count], strict=True)},
        "open": {shown.name: found[count]},
        "quality": found[count + 1],
        "zeros": found[count + 2 :],
    }


def _together(pool: Executor, jobs: Sequence[Job], told: Progress, what: str, begin: float, end: float) -> list[Any]:
    waiting = {pool.submit(_do, *job): place for place, job in enumerate(jobs)}
    found: list[Any] = [None] * len(jobs)
    for number, one in enumerate(as_completed(waiting)):
        found[waiting[one]] = one.result()
        told(what, begin + (end - begin) * (number + 1) / len(jobs))
    return found


def _do(what: str, world: World, given: Iterable[Any]) -> Any:
    from stillwatch.bench.marks import measures

    if hasattr(world, what):
        return getattr(world, what)(*given)
    return getattr(measures, what)(world, *given)


def _one_thread() -> None:
    """One thread a process: two processes with two threads each would take turns."""
    import numba
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    numba.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            one = msgspec.json.decode(line)
            found.append({**one, "seed": one["seed"], "scale": one["scale"], "zeros": one["zeros"]})
        except (msgspec.DecodeError, KeyError, TypeError):
            raise BadInput(
                f"{path}, line {number}: is no world of this experiment. Remove the line; its world is measured again."
            ) from None
    return found
