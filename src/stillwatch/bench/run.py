"""Runs cases world by world. Each world is one line of `worlds.jsonl`; what is there already is not run again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from stillwatch import __version__
from stillwatch.bench.baselines import run_baselines
from stillwatch.bench.cases import Case
from stillwatch.bench.log import Log, make_log
from stillwatch.bench.looks import take_looks
from stillwatch.bench.truth import Truth, linked, read_truth, score
from stillwatch.config import Settings
from stillwatch.engines import Engine
from stillwatch.engines.scratch import Scratch
from stillwatch.errors import BadInput
from stillwatch.links import Linking
from stillwatch.outcome import Scan

__all__ = ["WORLDS", "command", "read_worlds", "run_cases"]

WORLDS = "worlds.jsonl"

World = dict[str, Any]
Job = tuple[Case, int, int, Path | None, Settings]


def run_cases(
    cases: Sequence[Case],
    out: Path,
    *,
    worlds: int | None = None,
    accounts: int | None = None,
    prompts: Path | None = None,
    settings: Settings | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[World]:
    """Run what `out`/worlds.jsonl lacks of the cases and return all of theirs. Raises StillwatchError.

    `worlds` and `accounts` replace each case's own numbers; `prompts` is a folder of real prompts. A run that is killed
    goes on where it stood.
    """
    settings = settings or Settings()
    out.mkdir(parents=True, exist_ok=True)
    known = {_identity(world): world for world in read_worlds(out)}
    wanted: dict[tuple[object, ...], Job] = {}
    for case in cases:
        for seed in (case.seed(number) for number in range(worlds or case.worlds)):
            people = accounts or case.accounts
            identity = (case.name, seed, people, case.days, settings.budget, prompts is not None)
            wanted[identity] = (case, seed, people, prompts, settings)
    missing = [job for identity, job in wanted.items() if identity not in known]
    for world in _run(missing):
        _append(out / WORLDS, world)
        known[_identity(world)] = world
        if progress is not None:
            progress(f"{world['case']}, seed {world['seed']}", sum(key in known for key in wanted) / len(wanted))
    return [known[identity] for identity in wanted]


def _run(jobs: Sequence[Job]) -> Iterator[World]:
    """The worlds as they are done: as many processes as `threads`, with one thread each."""
    threads = jobs[0][-1].threads if jobs else 1
    if threads == 1 or len(jobs) == 1:
        yield from (_run_world(*job) for job in jobs)
        return
    with ProcessPoolExecutor(min(threads, len(jobs)), mp_context=get_context("spawn")) as pool:
        alone = jobs[0][-1].model_copy(update={"threads": 1})
        running = [pool.submit(_run_world, *job[:-1], alone) for job in jobs]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def read_worlds(out: Path) -> list[World]:
    """All worlds that were run into a folder. A last line that a kill cut short is left out; another is BadInput."""
    path = out / WORLDS
    lines = path.read_bytes().splitlines() if path.exists() else []
    worlds = []
    for place, line in enumerate(lines):
        try:
            worlds.append(msgspec.json.decode(line, type=World))
        except msgspec.DecodeError:
            if place < len(lines) - 1:
                raise BadInput(f"{path}, line {place + 1}: not a world. Remove the line, or the file.") from None
    return worlds


def command(world: Mapping[str, Any]) -> str:
    """The command that makes the same world, for whoever doubts the figures."""
    onset = f", onset={world['onset']}" if world["onset"] else ""
    prompts = ", prompts=Path('prompts')" if world["prompts"] else ""
    return (
        f"simulate(Path('world'), scenario='{world['scenario']}', difficulty='{world['difficulty']}', "
        f"accounts={world['accounts']}, days={world['days']}, seed={world['seed']}{onset}{prompts})"
    )


def _identity(world: World) -> tuple[object, ...]:
    return tuple(world[name] for name in ("case", "seed", "accounts", "days", "budget", "prompts"))


def _append(path: Path, world: World) -> None:
    """One whole line, on disk before the next world begins; the stump of a killed run's line is dropped first."""
    whole = path.read_bytes() if path.exists() else b""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(whole.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(msgspec.json.encode(world, order="sorted") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _run_world(case: Case, seed: int, accounts: int, prompts: Path | None, settings: Settings) -> World:
    began = time.monotonic()
    with Scratch(settings.scratch) as folder:
        log = make_log(case, seed, accounts, folder, settings, prompts)
        truth = read_truth(log.world.truth_path)
        result = take_looks(log, truth) if case.question == "time" else _whole(log, truth, case, seed)
    about = {
        "case": case.name, "question": case.question, "scenario": case.scenario, "difficulty": case.difficulty,
        "seed": seed, "accounts": accounts, "days": case.days, "onset": case.onset, "budget": settings.budget,
        "prompts": prompts is not None,
        "stillwatch": __version__, "exchanges": log.world.exchanges, "kinds": _kinds(log),
    }  # fmt: skip
    return about | result | {"seconds": round(time.monotonic() - began, 1)}


def _whole(log: Log, truth: Truth, case: Case, seed: int) -> World:
    """One scan of the whole log, and the baselines on what it leaves in the engine."""
    log.advance()
    besides: World = {"baselines": {}, "linked": {}}

    def also(engine: Engine, linking: Linking) -> None:
        besides["linked"] = linked(linking.groups, truth)
        if case.question != "budget":
            besides["baselines"] = run_baselines(engine, truth, days=case.days, seed=seed)

    found = log.scan(also)
    return score(found.campaigns, found.members, truth) | {
        "innocents": _innocents(found, truth), "scan_seconds": found.facts["seconds"], **besides,
    }  # fmt: skip


def _kinds(log: Log) -> list[str]:
    return sorted({kind for campaign in log.world.campaigns for kind in campaign.kinds})


def _innocents(found: Scan, truth: Truth) -> dict[str, int]:
    """Innocent units that alerts name, by role, and how many there are of each role in the world."""
    alerts = {one.id for one in found.campaigns if one.status == "alert"}
    named = {
        unit
        for group, account in zip(
            found.members["campaign_id"].to_pylist(), found.members["account_id"].to_pylist(), strict=True
        )
        if group in alerts
        for unit in truth.units(account)
        if truth.campaign.get(unit) is None
    }
    counts: dict[str, int] = {}
    for unit in sorted(named):
        role = truth.role.get(unit, "unknown")
        counts[role] = counts.get(role, 0) + 1
    return counts
