"""Writes a lake of the size of the real case, straight in the lake's format, as an ingest without text leaves it.

    python bench/scale_lake.py FOLDER [--scale 1.0] [--days 44] [--difficulty hard] [--seed 1]

At scale 1: 28.8 M exchanges of 25,000 campaign accounts in 44 days among 288 M of 1 M others, 317 M rows, some 30 GB.
Accounts, cards, mail shapes, networks, stacks and templates are those of `simulate.trait_world`; the shares of repeated
prompts, bands, sessions and empty columns are those that `stillwatch simulate` and `ingest` give. Two processes.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scale_world import FIRST, World
from stillwatch.commits import Commit, Part, part_key
from stillwatch.lake import PART_SCHEMA, Lake
from stillwatch.parts import PART_ROWS
from stillwatch.schema import TIMESTAMP

OTHERS, RING = 1_000_000, 25_000
ROWS, TAKEN = 288_000_000, 28_800_000
DAY_US = 86_400_000_000
REPEATING = [
    "account_id", "key_id", "org_id", "end_user_id", "session_id", "channel", "asn", "country", "user_agent",
    "tls_fingerprint", "model", "operation", "finish_reason", "temperature", "top_p", "response_format", "skill",
    "language", "stack", "parameters", "system_hash", "tools_hash", "ip_network", "skeleton", "status", "turns",
    "account_key", "hour", "part_key", "max_tokens", "asks_reasoning", "asks_grading", "asks_generation",
    "dataset_shape", "topic", "input_tokens", "output_tokens", "reasoning_tokens", "prompt_chars", "latency_ms",
]  # fmt: skip


@lru_cache(maxsize=1)
def _world(scale: float, difficulty: str, seed: int) -> World:
    return World(round(OTHERS * scale), round(RING * scale), difficulty, seed)


def write_day(job: tuple[str, int, int, int, float, str, int]) -> dict[str, Any]:
    """All parts of one day into a staged folder; returns what the commit says of them."""
    staged, day, rows, taken, scale, difficulty, seed = job
    world = _world(scale, difficulty, seed)
    start_us = FIRST + day * DAY_US
    label = str(np.datetime64(start_us // DAY_US, "D"))
    folder = Path(staged) / label
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, -(-(rows + taken) // PART_ROWS))
    parts, filled = [], dict.fromkeys((name for name in PART_SCHEMA.names if name != "part_key"), 0)
    low = high = None
    for place in range(count):
        share = [(part + 1) * total // count - part * total // count for total in (rows, taken) for part in [place]]
        name = f"scale{day:03d}" + (f".{place}" if place else "")
        table = world.part(
            np.random.default_rng((seed, day, place)), start_us + place * DAY_US // count, DAY_US // count, *share, name
        )
        table = table.append_column("part_key", pa.repeat(pa.scalar(part_key(name), pa.int64()), table.num_rows))
        pq.write_table(
            table.cast(PART_SCHEMA), folder / f"{name}.parquet", compression="zstd", compression_level=1,
            use_dictionary=REPEATING, write_statistics=["ts_us", "hour", "account_key"], store_schema=False,
        )  # fmt: skip
        for column in filled:
            filled[column] += table.num_rows - table.column(column).null_count
        moments = table.column("ts_us").to_numpy()
        low = int(moments.min()) if low is None else min(low, int(moments.min()))
        high = int(moments.max()) if high is None else max(high, int(moments.max()))
        parts.append(Part(name=name, day=label, rows=table.num_rows))
    return {
        "day": day, "staged": staged, "parts": parts, "columns": filled, "first": low, "last": high,
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
    }  # fmt: skip


def _accounts(world: World) -> pa.Table:
    micros = lambda values: pa.array(values, pa.int64()).cast(TIMESTAMP)  # noqa: E731 - one use, three lines down
    return pa.table(world.accounts | {"created_at": micros(world.created), "verified": pa.array(world.verified)})


def make(folder: Path, *, scale: float, days: int, difficulty: str, seed: int, processes: int = 2) -> int:
    """Write the lake; returns its rows. The rows of each day are committed in order, so a killed run can be seen."""
    lake = Lake.create_or_open(folder, forget_text=True, key=b"scale benchmark, not a secret")
    world = _world(scale, difficulty, seed)
    lake.put_table("accounts", _accounts(world))
    first = datetime.fromtimestamp(FIRST / 1e6, UTC)
    lake.put_table(
        "models",
        pa.table(
            {
                "model": ["aster-4", "aster-5", "aster-4-mini"],
                "released_at": pa.array(
                    [first - timedelta(days=400), first + timedelta(days=days // 3), first - timedelta(days=200)],
                    TIMESTAMP,
                ),
                "input_price": [3.0, 5.0, 0.4],
                "output_price": [15.0, 25.0, 2.0],
            }
        ),
    )
    lake.put_table(
        "contracts",
        pa.table(
            {
                "org_id": world.resellers,
                "kind": ["reseller"] * len(world.resellers),
                "email_domain": [f"{name}.example" for name in world.resellers],
                "valid_from": pa.array([first - timedelta(days=400)] * len(world.resellers), TIMESTAMP),
                "valid_to": pa.array([first + timedelta(days=400)] * len(world.resellers), TIMESTAMP),
            }
        ),
    )
    rows, taken = round(ROWS * scale * days / 44), round(TAKEN * scale * days / 44)
    jobs = []
    for day in range(days):
        shares = [(day + 1) * total // days - day * total // days for total in (rows, taken)]
        jobs.append((str(lake.stage(f"scale{day:03d}")), day, *shares, scale, difficulty, seed))
    with ProcessPoolExecutor(processes) as pool:
        for done in pool.map(write_day, jobs):
            count = sum(part.rows for part in done["parts"])
            commit = Commit(
                chunk=f"scale{done['day']:03d}", sequence=done["day"], source=f"day {done['day']}", format="scale",
                size=done["bytes"], extent=None, contains=(), rows=count, repeated=0, first_us=done["first"],
                last_us=done["last"], parts=tuple(done["parts"]), columns=done["columns"], faults=(),
            )  # fmt: skip
            lake.commit(commit, Path(done["staged"]))
    lake.sweep()
    return rows + taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=44)
    parser.add_argument("--difficulty", default="hard")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    began = time.monotonic()
    rows = make(
        given.folder, scale=given.scale, days=given.days, difficulty=given.difficulty, seed=given.seed,
        processes=given.processes,
    )  # fmt: skip
    size = sum(path.stat().st_size for path in (given.folder / "exchanges").rglob("*.parquet"))
    seconds = time.monotonic() - began
    print(f"{rows:,} rows, {size / 1e9:.1f} GB, {size / rows:.0f} bytes a row, {seconds:.0f} s")


if __name__ == "__main__":
    main()
