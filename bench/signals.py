"""Quality of every signal on simulated worlds, by whole campaigns and whole look-alikes.

    python bench/signals.py [--accounts 3000] [--days 8]

Each world holds one campaign and every innocent look-alike. A campaign's accounts, and each look-alike's, are judged
as one group; nothing is fitted. Writes bench/results/signals.json and the tables of docs/signals/*.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import stillwatch
from stillwatch.engines import DuckDBEngine
from stillwatch.signals import SIGNALS, build_units, combine, judge_all
from stillwatch.simulate import simulate
from stillwatch.sketches import account_columns, hash_column, sketch

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "signals.json"
SCENARIOS = ("hydra", "reasoning", "grading", "logits", "slow", "loud")


def groups_of(truth: pa.Table) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """(campaigns, look-alikes): account keys by name."""
    campaigns, alike = defaultdict(list), defaultdict(list)
    keys = hash_column(truth.column("account_id"), key=None).to_pylist()
    for key, role, campaign in zip(keys, truth["role"].to_pylist(), truth["campaign"].to_pylist(), strict=True):
        (campaigns[campaign] if campaign else alike[role]).append(key)
    # Households are the crowd itself; two accounts are no group.
    return campaigns, {role: found for role, found in alike.items() if role != "household" and len(found) >= 3}


def judge_world(scenario: str, accounts: int, days: int, folder: Path) -> list[dict[str, object]]:
    world = simulate(folder / scenario, scenario=scenario, accounts=accounts, days=days, seed=0)
    files = sorted((world.path / "exchanges").rglob("*.parquet"))
    log = pa.concat_tables([sketch(pq.ParquetFile(file).read(), keep_text=False) for file in files])
    campaigns, alike = groups_of(pq.ParquetFile(world.truth_path / "accounts.parquet").read())
    rows = []
    with DuckDBEngine(threads=1) as engine:
        engine.register("exchanges", log)
        engine.register("accounts", account_columns(pq.ParquetFile(world.path / "accounts.parquet").read(), None))
        for name in ("models", "contracts"):
            engine.register(name, pq.ParquetFile(world.path / f"{name}.parquet").read())
        # Campaigns are candidates throughout, each look-alike in its turn: the others are the honest tenants.
        turns = [("campaign", campaigns)] + [("look-alike", {role: alike[role]}) for role in sorted(alike)]
        for label, judged in turns:
            members = {**campaigns, **judged}
            names = [name for name, keys in members.items() for _ in keys]
            table = {
                "group_id": pa.array(names),
                "account_key": pa.array([k for keys in members.values() for k in keys]),
            }
            build_units(engine, pa.table(table), 0)
            found = judge_all(engine, list(judged))
            for name in judged:
                ours = [one for one in found if one.group_id == name]
                rows.append(
                    {
                        "world": scenario,
                        "label": label,
                        "group": name,
                        "accounts": len(judged[name]),
                        "p_values": {one.code: one.p_value and round(one.p_value, 5) for one in ours},
                        "harvest_log_lr": combine(ours)[0],
                    }
                )
    return rows


def quality(rows: list[dict], code: str) -> list[str]:
    """The lines of a page's table: p-values of the campaigns, and which look-alikes lie as far out as 1 in 20."""
    lines = ["| campaign | accounts | p-value |", "|---|---|---|"]
    for row in rows:
        if row["label"] == "campaign":
            p_value = row["p_values"][code]
            shown = "cannot judge" if p_value is None else f"{p_value:.4f}"
            lines.append(f"| {row['group']} | {row['accounts']} | {shown} |")
    judged = [row for row in rows if row["label"] == "look-alike" and row["p_values"][code] is not None]
    out = [row for row in judged if row["p_values"][code] <= 0.05]
    names = ", ".join(sorted({row["group"] for row in out})) or "none"
    lines += ["", f"Look-alike groups at p ≤ 0.05: {len(out)} of {len(judged)} judged ({names})."]
    return lines


def fill_page(page: Path, lines: list[str]) -> None:
    head, _, _ = page.read_text(encoding="utf-8").partition("## Measured quality\n")
    page.write_text(f"{head}## Measured quality\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=8)
    given = parser.parse_args()
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            rows += judge_world(scenario, given.accounts, given.days, Path(folder))
            print(scenario, [(row["group"], row["harvest_log_lr"]) for row in rows if row["world"] == scenario])
    about = {"stillwatch": stillwatch.__version__, "accounts": given.accounts, "days": given.days, "seed": 0}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    note = f"Simulated worlds of {given.accounts:,} accounts and {given.days} days (`bench/signals.py`)."
    for signal in SIGNALS:
        fill_page(ROOT / "docs" / "signals" / f"{signal.name}.md", [note, "", *quality(rows, signal.code)])


if __name__ == "__main__":
    main()
