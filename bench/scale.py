"""Size: how long a scan takes at 32, 95 and 317 million exchanges, in how much memory and disk, and how it grows.

    python bench/scale.py FOLDER                         # all three sizes, about an hour and a half on two cores
    python bench/scale.py FOLDER --scales 0.1 --memory 4GB --threads 2

FOLDER keeps the lakes (3.6, 11 and 36 GB; `--discard` removes each after use). Every step runs in a process of its own
whose whole tree is watched: memory twice a second, spill in a scratch folder of its own. Writes
bench/results/scale.json and draws bench/results/scale.svg.

    bare     one pass that decodes every column: the largest value of each
    cold     `stillwatch scan` with nothing prepared
    build    partial results of all days
    scan     `stillwatch scan` from partial results
    day      partial results of one day made anew, as after a late file
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import scale_lake
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.lake import Lake
from stillwatch.partials.days import keep_days
from stillwatch.pipeline import scan
from stillwatch.schema import LAKE

RESULTS = Path(__file__).parent / "results"
STEPS = ("bare", "cold", "build", "scan", "day")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _bare(lake: Lake, settings: Settings) -> dict[str, Any]:
    with DuckDBEngine(
        memory=settings.memory, spill=settings.spill, threads=settings.threads, scratch=settings.scratch
    ) as engine:
        lake.register(engine)
        engine.fetch("SELECT " + ", ".join(f"max({name}) AS {name}" for name in LAKE.names) + " FROM exchanges")
    return {}


def _scan(lake: Lake, settings: Settings, work: Path, partials: Path | None) -> dict[str, Any]:
    found = scan([lake.root], work / "out", settings=settings, partials=partials)
    return {
        "steps": found.facts["steps"],
        "alerts": [
            {"accounts": c.accounts, "exchanges": c.exchanges, "p_value": c.p_value, "harvest_log_lr": c.harvest_log_lr}
            for c in found.campaigns
            if c.status == "alert"
        ],
    }


def run_step(step: str, lake: Lake, settings: Settings, work: Path) -> dict[str, Any]:
    """One step, in this process."""
    partials = work / "partials"
    if step == "bare":
        return _bare(lake, settings)
    if step in {"cold", "scan"}:
        return _scan(lake, settings, work, partials if step == "scan" else None)
    if step == "day":
        shutil.rmtree(sorted(partials.iterdir())[len(lake.days()) // 2])
    return {"made": len(keep_days(lake, partials, settings).made)}


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue  # it has just ended
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def _memory(processes: list[int]) -> int:
    total = 0
    for process in processes:
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except OSError:
            continue
    return total


def watched(step: str, lake: Path, work: Path, given: argparse.Namespace) -> dict[str, Any]:
    """One step in a process of its own: wall and processor time, peak memory of its tree, peak of its spill."""
    scratch, answer = work / "scratch", work / "answer.json"
    scratch.mkdir(parents=True, exist_ok=True)
    answer.unlink(missing_ok=True)
    command = [sys.executable, __file__, str(work), "--step", step, "--lake", str(lake), "--memory", given.memory]
    command += ["--threads", str(given.threads), "--spill", given.spill]
    began = time.monotonic()
    memory = spill = 0
    with subprocess.Popen(command, env=os.environ | {"STILLWATCH_SCRATCH": str(scratch)}) as process:
        while process.poll() is None:
            memory, spill = max(memory, _memory(_tree(process.pid))), max(spill, _size(scratch))
            time.sleep(0.5)
    shutil.rmtree(scratch)
    if process.returncode:
        raise SystemExit(f"{step} failed")
    figures = {"peak_memory_gb": round(memory / 2**30, 2), "peak_spill_gb": round(spill / 2**30, 2)}
    told: dict[str, Any] = json.loads(answer.read_text())
    return {"wall": round(time.monotonic() - began, 1), **told.pop("used"), **figures, **told}


def inside(given: argparse.Namespace) -> None:
    """What the child process does."""
    settings = Settings(
        memory=given.memory, spill=given.spill, threads=given.threads, scratch=Path(os.environ["STILLWATCH_SCRATCH"])
    )
    began = time.monotonic()
    told = run_step(given.step, Lake.open(given.lake), settings, given.folder)
    used = {"seconds": round(time.monotonic() - began, 1), "cpu_seconds": round(sum(os.times()[:4]), 1)}
    (given.folder / "answer.json").write_text(json.dumps({"used": used} | told))


def draw(sizes: list[dict[str, Any]], path: Path) -> None:
    """Processor seconds by exchanges of three steps, with a line that grows in proportion from the smallest size. Wall
    time hangs on a disk that gives 30 to 600 MB/s, by the hour."""
    import altair

    rows, lines = [], []
    for size in sizes:
        for step, name in (("cold", "cold scan"), ("scan", "from partial results"), ("bare", "one bare pass")):
            if step in size:
                rows.append({"exchanges": size["exchanges"] / 1e6, "seconds": size[step]["cpu_seconds"], "step": name})
    least = min(sizes, key=lambda size: size["exchanges"])
    for size in sizes:
        grown = least["cold"]["cpu_seconds"] * size["exchanges"] / least["exchanges"]
        for factor in (1.0, 1.1):
            lines.append({"exchanges": size["exchanges"] / 1e6, "seconds": grown * factor, "bound": factor})
    axes = {
        "x": altair.X("exchanges:Q", title="million exchanges"),
        "y": altair.Y("seconds:Q", title="processor seconds, two threads"),
    }
    measured = altair.Chart(altair.Data(values=rows)).mark_line(point=True)
    bounds = altair.Chart(altair.Data(values=lines)).mark_line(strokeDash=[4, 3], color="gray")
    drawn = bounds.encode(**axes, detail="bound:N") + measured.encode(**axes, color=altair.Color("step:N", title=None))
    drawn.properties(
        width=560, height=320, title="Processor time by size of the log; dashed: in proportion, and 1.1 times that"
    ).save(str(path))


def summary(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """The asked ratios: cold over bare in the same run, and the growth of the cold scan between sizes, by the clock and
    in processor time."""
    ordered = sorted(sizes, key=lambda size: size["exchanges"])
    return {
        "cold_over_bare": [round(s["cold"]["seconds"] / s["bare"]["seconds"], 2) for s in ordered if "cold" in s],
        "growth": [_growth(a, b, "seconds") for a, b in pairwise(ordered)],
        "growth_cpu": [_growth(a, b, "cpu_seconds") for a, b in pairwise(ordered)],
    }


def _growth(a: dict[str, Any], b: dict[str, Any], of: str) -> float:
    """1 where the larger scan takes as much more as it has more exchanges."""
    return round(b["cold"][of] / a["cold"][of] / (b["exchanges"] / a["exchanges"]), 3)


def keep(results: dict[str, Any], size: dict[str, Any], given: argparse.Namespace) -> None:
    """Write down what is known so far: a run that is killed has its finished steps."""
    known = {s["scale"]: s for s in results["sizes"]}
    known[size["scale"]] = known.get(size["scale"], {}) | size
    results["sizes"] = sorted(known.values(), key=lambda s: s["scale"])
    results["machine"] = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": given.threads}
    results["settings"] = {"memory": given.memory, "spill": given.spill}
    if all({"cold", "bare"} <= set(s) for s in results["sizes"]):
        results["summary"] = summary(results["sizes"])
        draw(results["sizes"], given.out.with_suffix(".svg"))
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_text(json.dumps(results, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scales", type=float, nargs="*", default=[0.1, 0.3, 1.0])
    parser.add_argument("--steps", nargs="*", default=list(STEPS), choices=STEPS)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--spill", default="40GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--discard", action="store_true", help="remove each lake after its use")
    parser.add_argument("--out", type=Path, default=RESULTS / "scale.json")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        inside(given)
        return
    results = json.loads(given.out.read_text()) if given.out.exists() else {"sizes": []}
    for scale in given.scales:
        lake, work = given.folder / f"lake-{scale}", given.folder / f"work-{scale}"
        if not Lake.is_lake(lake):
            scale_lake.make(lake, scale=scale, days=44, difficulty="hard", seed=1)
        size: dict[str, Any] = {"scale": scale, "exchanges": Lake.open(lake).coverage().rows}
        size["bytes"] = sum(path.stat().st_size for path in Lake.open(lake).files())
        for step in given.steps:
            size[step] = watched(step, lake, work, given)
            if step == "build":
                size[step]["bytes"] = _size(work / "partials")
            print(scale, step, json.dumps(size[step]), flush=True)
            keep(results, size, given)
        shutil.rmtree(work)
        if given.discard:
            shutil.rmtree(lake)


if __name__ == "__main__":
    main()
