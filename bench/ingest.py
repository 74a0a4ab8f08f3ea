"""How fast logs become a lake, beside bare decoding of the same files and beside a datasketch pipeline.

    python bench/ingest.py [--rows 200000] [--processes 2] [--rounds 3]

The three are taken in turn, round after round, so that a neighbour on the machine slows all of them alike; the
figures are medians, and CPU seconds stand beside wall seconds. Each starts its own processes, and that start is
inside its figures; for ingest it is measured apart too, with a log of a few rows, and the figures `once_started` are
without it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import msgspec

from exchange_log import write_log

RESULTS = Path(__file__).parent / "results" / "ingest.json"
DATASKETCH_ROWS = 2000
GOAL = 60_000


class Row(msgspec.Struct, gc=False):
    """The columns that the log fills, for the typed decoder."""

    ts: str
    exchange_id: str
    account_id: str
    key_id: str
    ip: str
    asn: int
    country: str
    user_agent: str
    tls_fingerprint: str
    model: str
    operation: str
    prompt: str
    turns: int
    finish_reason: str
    input_tokens: int
    output_tokens: int
    latency_ms: int
    status: int
    temperature: float
    max_tokens: int
    stream: bool


def decode(path: Path) -> int:
    decoder = msgspec.json.Decoder(Row)
    with path.open("rb") as source:
        return sum(1 for line in source if decoder.decode(line))


def sketch_with_datasketch(path: Path) -> int:
    from datasketch import MinHash  # here, so that the processes that only decode start without it

    rows = 0
    with path.open("rb") as source:
        for line in source:
            words = json.loads(line)["prompt"].split()
            sketch = MinHash(num_perm=128)
            sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(len(words) - 2)])
            rows += 1
            if rows == DATASKETCH_ROWS:
                break
    return rows


def in_processes(task: Callable[[Path], int], paths: Sequence[Path], processes: int) -> int:
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(task, paths))


def measured(task: Callable[[], int]) -> dict[str, float]:
    """Rows, wall seconds and CPU seconds, those of ended child processes with them."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    began = time.perf_counter()
    rows = task()
    wall = time.perf_counter() - began
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))
    return {"rows": rows, "wall_s": wall, "cpu_s": cpu}


def summary(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {
        "rows": runs[0]["rows"],
        "wall_s": round(statistics.median(run["wall_s"] for run in runs), 3),
        "cpu_s": round(statistics.median(run["cpu_s"] for run in runs), 3),
        "rows_per_s": round(statistics.median(run["rows"] / run["wall_s"] for run in runs)),
        "lowest_rows_per_s": round(min(run["rows"] / run["wall_s"] for run in runs)),
        "cpu_us_per_row": round(statistics.median(run["cpu_s"] / run["rows"] * 1e6 for run in runs), 2),
    }


def main() -> None:
    from stillwatch import ingest as module
    from stillwatch.config import Settings
    from stillwatch.ingest import ingest

    module.WORTH_A_PROCESS = 0  # the few rows of the start, too, are to be read in processes
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    runs: dict[str, list[dict[str, float]]] = {"start": [], "ingest": [], "decode only": [], "datasketch": []}
    with tempfile.TemporaryDirectory(prefix="stillwatch-bench-") as name:
        folder = Path(name)
        logs = write_log(folder / "logs", given.rows, files=2 * given.processes)
        few = write_log(folder / "few", 20 * given.processes, files=given.processes)
        log_bytes = sum(path.stat().st_size for path in logs)
        settings = Settings(threads=given.processes)
        lake_bytes = 0
        for turn in range(given.rounds):
            lake = folder / f"lake-{turn}"
            first = folder / f"first-{turn}"
            runs["start"].append(measured(lambda first=first: ingest(few, first, settings=settings).new_rows))
            runs["ingest"].append(measured(lambda lake=lake: ingest(logs, lake, settings=settings).new_rows))
            runs["decode only"].append(measured(lambda: in_processes(decode, logs, given.processes)))
            runs["datasketch"].append(
                measured(lambda: in_processes(sketch_with_datasketch, logs[: given.processes], given.processes))
            )
            lake_bytes = sum(path.stat().st_size for path in lake.rglob("*.parquet"))
            if any(run["rows"] != given.rows for run in (runs["ingest"][-1], runs["decode only"][-1])):
                raise SystemExit("rows were lost: the figures mean nothing")
    figures = {name: summary(done) for name, done in runs.items()}
    start, whole = figures["start"], figures["ingest"]
    once_started = {
        "rows_per_s": round(whole["rows"] / (whole["wall_s"] - start["wall_s"])),
        "cpu_us_per_row": round((whole["cpu_s"] - start["cpu_s"]) / whole["rows"] * 1e6, 2),
    }
    cost = {name: figure["cpu_us_per_row"] for name, figure in figures.items()}
    result = {
        "taken": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[2], 2),
        "processes": given.processes,
        "rounds": given.rounds,
        "log_bytes_per_row": round(log_bytes / given.rows),
        "lake_bytes_per_row": round(lake_bytes / given.rows),
        "figures": figures,
        "ingest_once_started": once_started,
        "ingest_over_decode_cpu": round(cost["ingest"] / cost["decode only"], 2),
        "datasketch_over_ingest_cpu": round(cost["datasketch"] / cost["ingest"], 2),
        "goal_rows_per_s": GOAL,
        "goal_met": whole["rows_per_s"] >= GOAL,
        "goal_met_once_started": once_started["rows_per_s"] >= GOAL,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
