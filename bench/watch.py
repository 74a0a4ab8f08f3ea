"""Watch simulated lakes day by day: does it end as one cold scan, how soon does it alert, what does a kill do?

    python bench/watch.py [--accounts 2500] [--days 10] [--campaigns 3] [--innocent 3] [--kills 12] [--seed 100]

For each seed a world is ingested day by day with one look a day. Worlds with a campaign: the campaigns of the last look
(members, p, reasons) are compared with those of one cold scan, and the day of the first alert is noted. Worlds without:
alerts of the watch are counted, beside those of a scan a day that spends the whole log's budget every time. Then a
watch of the first lake is killed (SIGKILL) at random moments, each time from the command line, and must end as it did.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from stillwatch.config import Settings
from stillwatch.ingest import ingest
from stillwatch.outcome import read_campaigns
from stillwatch.pipeline import scan
from stillwatch.simulate import simulate
from stillwatch.watch import take_look

RESULTS = Path(__file__).parent / "results" / "watch.json"
CLI = "from stillwatch.cli import main; main()"
DEMOTED = "A single scan would alert"
TIMED = {"scan.json", "report.html", "watch.lock"}  # they tell how long it took


def settings_of(folder: Path) -> Settings:
    key = folder / "hash.key"
    key.write_text("a key for this drill")
    return Settings(threads=1, memory="1GB", hash_key_file=key)


def found_in(folder: Path) -> set[tuple[Any, ...]]:
    """Campaigns without their names: members, p-value, harvest and reasons."""
    members: dict[str, set[tuple[str, float]]] = {}
    for row in pq.read_table(folder / "members.parquet").to_pylist():
        members.setdefault(row["campaign_id"], set()).add((row["account_id"], row["probability"]))
    return {
        (frozenset(members[c.id]), c.p_value, c.q_value, c.harvest_log_lr, msgspec.json.encode(c.reasons))
        for c in read_campaigns(folder)
    }


def watched(folder: Path, scenario: str, given: argparse.Namespace, seed: int) -> dict[str, Any]:
    """One world, one look a day."""
    folder.mkdir()
    settings = settings_of(folder)
    world = simulate(folder / "world", scenario=scenario, accounts=given.accounts, days=given.days, seed=seed)
    truth = pq.read_table(world.truth_path / "accounts.parquet").to_pylist()
    ring = {row["account_id"] for row in truth if row["campaign"] is not None}
    tables = sorted(world.path.glob("*.parquet"))
    watch_alerts: set[str] = set()
    scan_alerts: set[str] = set()
    first: dict[str, int | None] = {"watch": None, "scan": None}
    seconds: list[float] = []
    names: set[str] = set()
    renamed = 0
    for day, part in enumerate(sorted((world.path / "exchanges").iterdir()), start=1):
        ingest([*tables, part], folder / "lake", forget_text=True, settings=settings)
        began = time.monotonic()
        look = take_look(folder / "lake", folder / "state", settings=settings)
        seconds.append(round(time.monotonic() - began, 2))
        shown = folder / "state" / look.results
        rows = pq.read_table(shown / "members.parquet").to_pylist()
        for campaign in read_campaigns(shown):
            mine = {row["account_id"] for row in rows if row["campaign_id"] == campaign.id}
            is_ring = bool(ring) and len(mine & ring) >= 0.5 * len(mine)
            if is_ring and len(mine & ring) >= 0.5 * len(ring):
                renamed += bool(names) and campaign.id not in names
                names.add(campaign.id)
            alerts = {"watch": campaign.status == "alert"}
            alerts["scan"] = alerts["watch"] or DEMOTED in campaign.verdict
            for who, false in (("watch", watch_alerts), ("scan", scan_alerts)):
                if alerts[who] and is_ring:
                    first[who] = first[who] or day
                elif alerts[who]:
                    false.add(campaign.id)
    scan([folder / "lake"], folder / "cold", settings=settings)
    warm, cold = found_in(shown), found_in(folder / "cold")
    return {
        "scenario": scenario,
        "seed": seed,
        "exchanges": world.exchanges,
        "looks": len(seconds),
        "campaigns_at_the_end": len(warm),
        "same_as_cold_scan": warm == cold,
        "first_alert_on_day": first["watch"],
        "first_alert_of_a_scan_on_day": first["scan"],
        "ring_renamed": renamed if ring else None,
        "false_alerts_watch": len(watch_alerts),
        "false_alerts_scan_a_day": len(scan_alerts),
        "seconds_by_look": seconds,
    }


def tree(state: Path) -> dict[str, bytes]:
    paths = (path for path in state.rglob("*") if path.is_file() and path.name not in TIMED)
    return {str(p.relative_to(state)): p.read_bytes() for p in paths if p.relative_to(state).parts[0] != "partials"}


def killed(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """`stillwatch watch --once` on the lake that is there, killed again and again until it has ended `kills` times."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable drill, no secret

    def command(state: Path) -> list[str]:
        return [sys.executable, "-c", CLI, "watch", str(folder / "lake"), "--state", str(state), "--once", "--json"]

    # One thread: sums of floating-point numbers do not depend on which thread came first.
    environment = {**os.environ, "STILLWATCH_THREADS": "1"}
    began = time.monotonic()
    subprocess.run(command(folder / "calm"), check=True, capture_output=True, env=environment)
    length = time.monotonic() - began
    calm, died, states = tree(folder / "calm"), 0, 0
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    while died < kills:
        state, states = folder / f"killed-{states}", states + 1
        while died < kills:
            with subprocess.Popen(command(state), env=environment, **quiet) as child:
                try:
                    child.wait(dice.uniform(0.1, 0.9) * length)
                except subprocess.TimeoutExpired:
                    child.kill()
                if child.wait() != -signal.SIGKILL:
                    break
                died += 1
        subprocess.run(command(state), check=True, capture_output=True, env=environment)
        if tree(state) != calm:
            different = sorted(n for n in calm.keys() | tree(state).keys() if calm.get(n) != tree(state).get(n))
            raise SystemExit(f"{state}: differs from the undisturbed watch in {different}")
    return {"kills": died, "states": states, "same_as_undisturbed": states, "seconds_undisturbed": round(length, 1)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"accounts": 2500, "days": 10, "campaigns": 3, "innocent": 3, "kills": 12, "seed": 100}.items():
        options.add_argument(f"--{name}", type=int, default=value)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="stillwatch-watch-") as name:
        root = Path(name)
        plan = [("hydra", given.seed + n) for n in range(given.campaigns)]
        plan += [("none", given.seed + 50 + n) for n in range(given.innocent)]
        worlds = []
        for place, (scenario, seed) in enumerate(plan):
            worlds.append(watched(root / f"{place}", scenario, given, seed))
            print(json.dumps(worlds[-1]), flush=True)
        kills = killed(root / "0", given.kills, given.seed)
    result = {
        "taken": datetime.now(UTC).date().isoformat(),
        "accounts": given.accounts,
        "days": given.days,
        "worlds": worlds,
        "kills": kills,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(kills))


if __name__ == "__main__":
    main()
