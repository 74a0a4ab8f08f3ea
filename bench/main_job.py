"""How good the main job is: worlds × seeds that nothing was tuned on, precision and recall with the truth beside.

    python bench/main_job.py                      # everything, about half an hour on two cores
    python bench/main_job.py hydra-mid none       # some cases
    python bench/main_job.py --prompts FOLDER …   # real prompts and clocks for the case `prompts`

Writes bench/results/main_job.json. A campaign counts as found when one alert holds more than half of its accounts;
precision and recall are of that alert's members.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stillwatch.config import Settings
from stillwatch.pipeline import scan
from stillwatch.simulate import simulate

RESULTS = Path(__file__).parent / "results" / "main_job.json"
ALL = "hydra+reasoning+grading+logits+loud"
CASES: dict[str, dict[str, Any]] = {
    "hydra-mid": {"scenario": "hydra", "difficulty": "mid", "seeds": (9531, 9532, 9533)},
    "all-easy": {"scenario": ALL, "difficulty": "easy", "seeds": (9651, 9652, 9653)},
    "none": {"scenario": "none", "difficulty": "mid", "seeds": (9731, 9732, 9733, 9734, 9735)},
    "prompts": {"scenario": "hydra", "difficulty": "mid", "seeds": (9831, 9832, 9833), "prompts": True},
    "prompts-none": {"scenario": "none", "difficulty": "mid", "seeds": (9931,), "prompts": True},
}


def one_world(folder: Path, case: dict[str, Any], seed: int, prompts: Path | None, accounts: int) -> dict[str, Any]:
    """Simulate, scan, compare. `folder` is emptied afterwards."""
    began = time.monotonic()
    world = simulate(
        folder / "world", scenario=case["scenario"], accounts=accounts, days=14, seed=seed,
        difficulty=case["difficulty"], prompts=prompts,
    )  # fmt: skip
    simulated = time.monotonic() - began
    found = scan([world.path], folder / "out", settings=Settings(threads=2))
    truth = pq.read_table(world.truth_path / "accounts.parquet").to_pydict()
    campaign = dict(zip(truth["account_id"], truth["campaign"], strict=True))
    role = dict(zip(truth["account_id"], truth["role"], strict=True))
    members: dict[str, list[str]] = defaultdict(list)
    for group, account in zip(
        found.members["campaign_id"].to_pylist(), found.members["account_id"].to_pylist(), strict=True
    ):
        members[group].append(account)
    alerts = [c for c in found.campaigns if c.status == "alert"]
    rows, used = [], set()
    for true in world.campaigns:
        theirs = {account for account, name in campaign.items() if name == true.id}
        hits = [(len(theirs & set(members[a.id])), a) for a in alerts]
        matched = [(n, a) for n, a in hits if n > 0.5 * len(members[a.id])]
        best = max(matched, key=lambda pair: pair[0], default=(0, None))
        used |= {a.id for _, a in matched}
        rows.append(
            {
                "campaign": true.id,
                "accounts": true.accounts,
                "alerts": len(matched),
                "precision": best[0] / len(members[best[1].id]) if best[1] else None,
                "recall": best[0] / len(theirs),
                "harvest_log_lr": best[1].harvest_log_lr if best[1] else None,
                "kinds_true": true.kinds,
                "kinds": best[1].kinds if best[1] else None,
            }
        )
    listed = Counter()
    for c in found.campaigns:
        listed[c.status, Counter(role[a.partition("/")[0]] for a in members[c.id]).most_common(1)[0][0]] += 1
    return {
        "seed": seed,
        "accounts": world.accounts,
        "exchanges": world.exchanges,
        "campaigns": rows,
        "false_alerts": len([a for a in alerts if a.id not in used]),
        "review": {name: n for (status, name), n in sorted(listed.items()) if status == "review"},
        "declared": {name: n for (status, name), n in sorted(listed.items()) if status == "declared"},
        "cut_off": found.facts["budget"]["log_lr_cut"],
        "largest_innocent_log_lr": max(
            (c.harvest_log_lr or 0.0 for c in found.campaigns if c.status == "review"), default=None
        ),
        "seconds": {"simulate": round(simulated, 1), **{s["name"]: s["seconds"] for s in found.facts["steps"]}},
        "peak_memory_mb": max(s["peak_memory_mb"] for s in found.facts["steps"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=[])
    parser.add_argument("--prompts", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "prompts")
    parser.add_argument("--accounts", type=int, default=30_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    results = json.loads(given.out.read_text()) if given.out.exists() else {}
    results["machine"] = {"python": platform.python_version(), "processor": platform.machine(), "threads": 2}
    for name in given.cases or CASES:
        case = CASES[name]
        if case.get("prompts") and not given.prompts.is_dir():
            print(f"{name}: skipped, {given.prompts} is missing")
            continue
        worlds = []
        for seed in case["seeds"]:
            folder = Path(tempfile.mkdtemp(prefix="stillwatch-bench-"))
            try:
                prompts = given.prompts if case.get("prompts") else None
                worlds.append(one_world(folder, case, seed, prompts, given.accounts))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            print(name, json.dumps(worlds[-1]), flush=True)
        results[name] = {"scenario": case["scenario"], "difficulty": case["difficulty"], "worlds": worlds}
        given.out.parent.mkdir(exist_ok=True)
        given.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
