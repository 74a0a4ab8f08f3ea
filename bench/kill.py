"""Kill an ingest twenty times at random moments, and see that nothing is lost, doubled or different.

    python bench/kill.py [--kills 20] [--rows 12000] [--seed 1]

Two overlapping exports are ingested by two processes into small chunks. The run is killed (SIGKILL) after a random
time and started again; when a lake is complete, the next kills go to a new one. Each lake must end byte for byte as
the undisturbed one did, with each exchange once.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from exchange_log import write_log
from stillwatch.engines import DuckDBEngine
from stillwatch.lake import Lake

RESULTS = Path(__file__).parent / "results" / "kill.json"
RUN = """
import sys
from pathlib import Path
from stillwatch import ingest, sources
from stillwatch.config import Settings
ingest.WORTH_A_PROCESS = 0
lake, *logs = sys.argv[1:]
plan = sources.plan([Path(log) for log in logs], chunk_bytes=262144)
ingest.ingest(plan, Path(lake), settings=Settings(threads=2))
"""


def exports(folder: Path, rows: int) -> list[Path]:
    """Two files that share a third of their exchanges."""
    (log,) = write_log(folder / "source", rows, files=1)
    lines = log.read_bytes().splitlines(keepends=True)
    paths = [folder / "first.jsonl", folder / "second.jsonl"]
    paths[0].write_bytes(b"".join(lines[: 2 * rows // 3]))
    paths[1].write_bytes(b"".join(lines[rows // 3 :]))
    return paths


def tree(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


def counts(lake: Path) -> tuple[int, int]:
    """Rows and different exchanges, as a scan sees them."""
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        Lake.open(lake).register(engine)
        found = engine.fetch(
            "SELECT CAST(sum(n) AS BIGINT) AS n, CAST(count(*) AS BIGINT) AS d FROM "
            "(SELECT exchange_id, CAST(count(*) AS BIGINT) AS n FROM exchanges GROUP BY exchange_id) AS e"
        ).to_pylist()[0]
    return int(found["n"]), int(found["d"])


def killed(command: list[str], after: float) -> bool:
    """Whether the run was still going when it was killed."""
    # Python warns of the semaphores that a killed process leaves; they are cleaned up.
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as child:
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()
        status = child.wait()
    if status not in (0, -signal.SIGKILL):
        raise SystemExit(f"the run failed by itself with status {status}")
    return status != 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--rows", type=int, default=12_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    dice = random.Random(given.seed)  # noqa: S311 - a repeatable drill, no secret
    with tempfile.TemporaryDirectory(prefix="stillwatch-kill-") as name:
        folder = Path(name)
        logs = exports(folder, given.rows)

        def command(lake: Path) -> list[str]:
            return [sys.executable, "-c", RUN, str(lake), *map(str, logs)]

        began = time.monotonic()
        subprocess.run(command(folder / "calm"), check=True)
        length = time.monotonic() - began
        calm = tree(folder / "calm")
        chunks = len(Lake.open(folder / "calm").chunks())
        moments: list[int] = []  # chunks that were safe when a kill came
        lakes = identical = lost = doubled = 0
        while len(moments) < given.kills:
            lake = folder / f"lake-{lakes}"
            lakes += 1
            while len(moments) < given.kills and killed(command(lake), dice.uniform(0.2, 1.0) * length):
                moments.append(sum(1 for _ in (lake / "commits").glob("*.json")))
            subprocess.run(command(lake), check=True)
            ended = tree(lake)
            different = sorted(name for name in ended.keys() | calm.keys() if ended.get(name) != calm.get(name))
            if different:
                raise SystemExit(f"after kills at {moments} these files differ: {different}")
            rows, exchanges = counts(lake)
            lost, doubled = lost + given.rows - exchanges, doubled + rows - exchanges
            if rows != exchanges or exchanges != given.rows:
                raise SystemExit(f"{rows} rows and {exchanges} exchanges, not {given.rows} each")
            identical += 1
    result = {
        "taken": datetime.now(UTC).date().isoformat(),
        "kills": len(moments),
        "lakes": lakes,
        "exchanges": given.rows,
        "chunks": chunks,
        "files_in_the_lake": len(calm),
        "chunks_safe_at_each_kill": moments,
        "lakes_byte_identical_to_the_undisturbed_one": identical,
        "exchanges_lost": lost,
        "exchanges_doubled": doubled,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
