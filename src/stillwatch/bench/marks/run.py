"""Runs worlds, two processes at a time; a line of `worlds.jsonl` each. What is there is not run again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from stillwatch import __version__
from stillwatch.bench.marks.plan import DATA_SETS, STUDENTS, DataSet, Student, zero_students
from stillwatch.bench.marks.world import World

__all__ = ["run_experiment"]

Job = tuple[str, World, Any]
Progress = Callable[[str, float], None]


def run_experiment(
    folder: Path, seeds: Sequence[int], *, zeros: int = 1, scale: float = 1.0, processes: int | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Every seed's world, made and measured; `zeros` unmarked students in each. `processes` defaults to the cores."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "worlds.jsonl"
    done = {one["seed"]: one for one in _read(lines)}
    with ProcessPoolExecutor(
        processes or os.cpu_count() or 1, mp_context=get_context("spawn"), initializer=_one_thread
    ) as pool:
        for number, seed in enumerate(seeds):
            known = done.get(seed)
            if known and known["scale"] == scale and len(known["zeros"]) >= zeros:
                continue

            def told(what: str, share: float, number: int = number, seed: int = seed) -> None:
                if progress:
                    progress(f"seed {seed}: {what}", (number + share) / len(seeds))

            done[seed] = _world(pool, World(folder / f"seed-{seed}", seed, scale), zeros, told)
            lines.write_bytes(b"".join(msgspec.json.encode(done[one]) + b"\n" for one in sorted(done)))
    return [done[seed] for seed in seeds]


def _world(pool: ProcessPoolExecutor, world: World, zeros: int, told: Progress) -> dict[str, Any]:
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


def _together(
    pool: ProcessPoolExecutor, jobs: Sequence[Job], told: Progress, what: str, begin: float, end: float
) -> list[Any]:
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
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
