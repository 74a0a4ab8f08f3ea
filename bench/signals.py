"""Quality of every signal on simulated worlds, by whole campaigns and whole look-alikes.

    python bench/signals.py [--accounts 3000] [--days 8] [--seeds 71 72 73]

Each world holds one campaign and every innocent look-alike; there is one world a scenario and seed, and no two share
their innocent accounts. A campaign's accounts, and each look-alike's, are judged as one group; nothing is fitted, and
the default seeds were not used while the signals were made. Writes bench/results/signals.json and the tables of
docs/signals/*.md. Two processes, some five minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import stillwatch
from stillwatch.engines import DuckDBEngine
from stillwatch.signals import SIGNALS, build_units, combine, judge_all
from stillwatch.simulate import simulate
from stillwatch.sketches import account_columns, hash_column, sketch

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "signals.json"
PAGES = ROOT / "docs" / "signals"
SCENARIOS = ("hydra", "reasoning", "grading", "logits", "slow", "loud")
OUT = 0.05  # a look-alike this far out is named on the page

Row = dict[str, Any]


def groups_of(truth: pa.Table) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """(campaigns, look-alikes): account keys by name."""
    campaigns: dict[str, list[int]] = defaultdict(list)
    alike: dict[str, list[int]] = defaultdict(list)
    keys = hash_column(truth.column("account_id"), key=None).to_pylist()
    for key, role, campaign in zip(keys, truth["role"].to_pylist(), truth["campaign"].to_pylist(), strict=True):
        (campaigns[campaign] if campaign else alike[role]).append(key)
    # Households are the crowd itself; two accounts are no group.
    return campaigns, {role: found for role, found in alike.items() if role != "household" and len(found) >= 3}


def judge_world(scenario: str, accounts: int, days: int, seed: int) -> list[Row]:
    """One row for the campaign and one for each look-alike of a fresh world."""
    with tempfile.TemporaryDirectory(prefix="stillwatch-bench-") as folder:
        world = simulate(Path(folder) / "world", scenario=scenario, accounts=accounts, days=days, seed=seed)
        files = sorted((world.path / "exchanges").rglob("*.parquet"))
        log = pa.concat_tables([sketch(pq.ParquetFile(file).read(), keep_text=False) for file in files])
        campaigns, alike = groups_of(pq.ParquetFile(world.truth_path / "accounts.parquet").read())
        people = account_columns(pq.ParquetFile(world.path / "accounts.parquet").read(), None)
        facts = {name: pq.ParquetFile(world.path / f"{name}.parquet").read() for name in ("models", "contracts")}
    rows: list[Row] = []
    with DuckDBEngine(threads=1) as engine:
        for name, table in {"exchanges": log, "accounts": people, **facts}.items():
            engine.register(name, table)
        # Campaigns are candidates throughout, each look-alike in its turn: the others are the honest tenants.
        turns = [("campaign", campaigns)] + [("look-alike", {role: alike[role]}) for role in sorted(alike)]
        for label, judged in turns:
            members = {**campaigns, **judged}
            pairs = [(name, key) for name, keys in members.items() for key in keys]
            names, keys = zip(*pairs, strict=True)
            build_units(engine, pa.table({"group_id": pa.array(names), "account_key": pa.array(keys)}), seed)
            found = judge_all(engine, list(judged))
            for name in judged:
                ours = [one for one in found if one.group_id == name]
                rows.append(
                    {
                        "world": scenario,
                        "seed": seed,
                        "label": label,
                        "group": name,
                        "accounts": len(judged[name]),
                        "p_values": {one.code: one.p_value and round(one.p_value, 5) for one in ours},
                        "harvest_log_lr": combine(ours)[0],
                    }
                )
    return rows


def by_group(rows: Iterable[Row], label: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["label"] == label:
            found[row["group"]].append(row)
    return found


def between(values: list[int]) -> str:
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)}–{max(values)}"


def quality(rows: list[Row], code: str) -> list[str]:
    """The lines of a page's table: p-values of the campaigns, and which look-alikes lie as far out as 1 in 20."""
    lines = ["| campaign | accounts | worlds judged | mean p | worst p |", "|---|---|---|---|---|"]
    for group, worlds in by_group(rows, "campaign").items():
        p_values = [row["p_values"][code] for row in worlds if row["p_values"][code] is not None]
        shown = f"{statistics.fmean(p_values):.4f} | {max(p_values):.4f}" if p_values else "– | –"
        size = between([row["accounts"] for row in worlds])
        lines.append(f"| {group} | {size} | {len(p_values)} of {len(worlds)} | {shown} |")
    judged = [row for row in rows if row["label"] == "look-alike" and row["p_values"][code] is not None]
    out = Counter(row["group"] for row in judged if row["p_values"][code] <= OUT)
    names = ", ".join(f"{name} {times}" for name, times in sorted(out.items())) or "none"
    lines += ["", f"Look-alike groups at p ≤ {OUT}: {out.total()} of {len(judged)} judged ({names})."]
    return lines


def together(rows: list[Row]) -> list[str]:
    """The lines of the index's table: what the signals' evidence comes to, campaigns first, then look-alikes."""
    lines = ["| group | | worlds | least | mean | most |", "|---|---|---|---|---|---|"]
    for label in ("campaign", "look-alike"):
        sums = {
            group: [row["harvest_log_lr"] for row in worlds if row["harvest_log_lr"] is not None]
            for group, worlds in by_group(rows, label).items()
        }
        means = {group: statistics.fmean(found) for group, found in sums.items() if found}
        for group, mean in sorted(means.items(), key=lambda pair: (-pair[1], pair[0])):
            found = sums[group]
            lines.append(f"| {group} | {label} | {len(found)} | {min(found):.1f} | {mean:.1f} | {max(found):.1f} |")
    return lines


def fill_page(page: Path, heading: str, lines: list[str]) -> None:
    """Replace what stands under `heading`, to the next heading or the end."""
    head, _, tail = page.read_text(encoding="utf-8").partition(f"## {heading}\n")
    _, more, rest = tail.partition("\n## ")
    page.write_text(f"{head}## {heading}\n\n" + "\n".join(lines) + "\n" + more + rest, encoding="utf-8")


def write_pages(results: dict[str, Any]) -> None:
    """The sections "Measured quality" of every signal's page and of the index, from what was measured."""
    rows, seeds = results["rows"], " ".join(map(str, results["seeds"]))
    worlds = (
        f"Simulated worlds of {results['accounts']:,} accounts and {results['days']} days, one a campaign and seed "
        f"(`bench/signals.py --seeds {seeds}`)."
    )
    for signal in SIGNALS:
        fill_page(PAGES / f"{signal.name}.md", "Measured quality", [worlds, "", *quality(rows, signal.code)])
    what = "The sum, `harvest_log_lr`, of each campaign and each innocent look-alike, judged as one group."
    fill_page(PAGES / "index.md", "Measured quality", [what, worlds, "", *together(rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[71, 72, 73])
    given = parser.parse_args()
    # The simulator makes the innocent accounts from the seed alone: a seed of its own for every world, or one crowd
    # would be counted six times.
    worlds = [
        (scenario, given.accounts, given.days, 10 * seed + place)
        for place, scenario in enumerate(SCENARIOS)
        for seed in given.seeds
    ]
    rows: list[Row] = []
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(judge_world, *zip(*worlds, strict=True)):
            rows += found
            print(*(found[0][name] for name in ("world", "seed", "harvest_log_lr")), flush=True)
    about = {
        "stillwatch": stillwatch.__version__, "accounts": given.accounts, "days": given.days, "seeds": given.seeds,
    }  # fmt: skip
    kept = ",\n ".join(json.dumps(row) for row in rows)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f'{json.dumps(about)[:-1]}, "rows": [\n {kept}\n]}}\n', encoding="utf-8")
    write_pages(json.loads(RESULTS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
