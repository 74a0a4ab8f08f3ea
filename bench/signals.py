"""Quality of every signal on simulated worlds, by whole campaigns and whole look-alikes.

    python bench/signals.py [--accounts 3000] [--days 8] [--seeds 74 75 76] [--jobs 2] [--scenarios hydra …]

Each world holds one campaign and every innocent look-alike; there is one world a scenario and seed, and no two share
their innocent accounts. A campaign's accounts, and each look-alike's, are judged as one group: the campaign first, then
the look-alikes, half of them at a time, so that the other half are honest tenants. Nothing is fitted, and the
default seeds were not used while the signals were made. Writes bench/results/signals.json, the figures that decide
which signals may weigh (src/stillwatch/signals/figures.json) and the tables of docs/signals/*.md. Half a minute a
world.
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

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import beta

import stillwatch
from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Judgement
from stillwatch.partials.relations import register_views
from stillwatch.signals import SIGNALS, build_units, combine, judge_all
from stillwatch.signals.figures import CUT, Book, Figures
from stillwatch.simulate import simulate
from stillwatch.sketches import account_columns, hash_column, sketch

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "signals.json"
PAGES = ROOT / "docs" / "signals"
FIGURES = ROOT / "src" / "stillwatch" / "signals" / "figures.json"
SCENARIOS = (
    "hydra", "reasoning", "grading", "logits", "slow", "loud", "paraphrase", "cover", "slowed", "rotation", "shifts",
    "resample", "replay", "reseller", "adaptive",
)  # fmt: skip
TURNS = 2  # in which the look-alikes are judged
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
    built: dict[str, int] = {}  # the accounts' sums are the same in every turn
    with DuckDBEngine(threads=1) as engine:
        for name, table in {"exchanges": log, "accounts": people, **facts}.items():
            engine.register(name, table)
        register_views(engine)
        # Campaigns are candidates throughout; look-alikes that are not in turn are honest tenants.
        roles = sorted(alike)
        turns = [("campaign", campaigns)]
        turns += [("look-alike", {role: alike[role] for role in roles[turn::TURNS]}) for turn in range(TURNS)]
        for label, judged in turns:
            members = {**campaigns, **judged}
            pairs = [(name, key) for name, keys in members.items() for key in keys]
            names, keys = zip(*pairs, strict=True)
            build_units(engine, pa.table({"group_id": pa.array(names), "account_key": pa.array(keys)}), seed)
            found = judge_all(engine, list(judged), built=built)
            for name in judged:
                ours = [one for one in found if one.group_id == name]
                weights = {one.code: one.weight and round(one.weight, 3) for one in ours}
                row = {
                    "world": scenario,
                    "seed": seed,
                    "label": label,
                    "group": name,
                    "accounts": len(judged[name]),
                    "p_values": {one.code: one.p_value and round(one.p_value, 5) for one in ours},
                    "weights": weights,
                    "harvest_log_lr": total(weights),
                }
                if label == "campaign":
                    row["bases"] = {one.code: one.base and round(one.base, 5) for one in ours}
                rows.append(row)
    return rows


def total(weights: dict[str, float | None]) -> float | None:
    """The sum of these weights as signals weigh once this run's figures are committed: all but the supporting ones."""
    judgements = [
        Judgement(
            code=signal.code, name=signal.name, family=signal.family, group_id="", value=None,
            weight=weights[signal.code], weighs=not signal.supporting,
        )
        for signal in SIGNALS
        if signal.code in weights
    ]  # fmt: skip
    return combine(judgements)[0]


def book(results: dict[str, Any]) -> Book:
    """The figures of every signal from the rows of a run."""
    rows = results["rows"]
    signals = {}
    for code in sorted({code for row in rows for code in row["p_values"]}):
        p_values = {
            label: [row["p_values"][code] for row in rows if row["label"] == label]
            for label in ("campaign", "look-alike")
        }
        judged = {label: [p for p in found if p is not None] for label, found in p_values.items()}
        bases = [row["bases"][code] for row in rows if row["label"] == "campaign" and row["bases"][code] is not None]
        signals[code] = Figures(
            campaigns=len(judged["campaign"]),
            campaigns_fired=sum(p <= CUT for p in judged["campaign"]),
            campaigns_blind=len(p_values["campaign"]) - len(judged["campaign"]),
            lookalikes=len(judged["look-alike"]),
            lookalikes_fired=sum(p <= CUT for p in judged["look-alike"]),
            base=round(statistics.fmean(bases), 5) if bases else None,
        )
    return Book(
        stillwatch=results["stillwatch"],
        accounts=results["accounts"],
        days=results["days"],
        seeds=tuple(results["seeds"]),
        worlds=len({(row["world"], row["seed"]) for row in rows}),
        signals=signals,
    )


def write_figures(figures: Book) -> None:
    """figures.json, a line a signal."""
    plain = msgspec.to_builtins(figures)
    kept = ",\n ".join(f'"{code}": {json.dumps(found)}' for code, found in plain.pop("signals").items())
    FIGURES.write_text(f'{json.dumps(plain)[:-1]}, "signals": {{\n {kept}\n}}}}\n', encoding="utf-8")


def by_group(rows: Iterable[Row], label: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["label"] == label:
            found[row["group"]].append(row)
    return found


def between(values: list[int]) -> str:
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)}–{max(values)}"


def share(hits: int, of: int) -> str:
    """A share with its exact 95 % interval (Clopper-Pearson)."""
    if not of:
        return "none"
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return f"{hits} of {of} ({low:.0%}–{high:.0%})"


def quality(rows: list[Row], code: str, measured: Figures) -> list[str]:
    """The lines of a page's table: p-values of the campaigns, and which look-alikes lie as far out as 1 in 20."""
    lines = [f"| campaign | accounts | worlds judged | p ≤ {CUT} | mean p | worst p |", "|---|---|---|---|---|---|"]
    for group, worlds in by_group(rows, "campaign").items():
        p_values = [row["p_values"][code] for row in worlds if row["p_values"][code] is not None]
        shown = f"{statistics.fmean(p_values):.4f} | {max(p_values):.4f}" if p_values else "– | –"
        size = between([row["accounts"] for row in worlds])
        fired = sum(p <= CUT for p in p_values)
        lines.append(f"| {group} | {size} | {len(p_values)} of {len(worlds)} | {fired} | {shown} |")
    fired = measured.campaigns_fired + measured.lookalikes_fired
    base = "not known" if measured.base is None else f"{measured.base:.3g}"
    lines += [
        "",
        f"At p ≤ {CUT}, by whole campaigns of all kinds and whole look-alikes. The exact 95 % intervals take groups as "
        "independent; those of one kind are alike, so for kinds that were not simulated they are too narrow.",
        "",
        "| | |",
        "|---|---|",
        f"| recall | {share(measured.campaigns_fired, measured.campaigns)} |",
        f"| precision | {share(measured.campaigns_fired, fired)} |",
        f"| look-alikes that fired | {share(measured.lookalikes_fired, measured.lookalikes)} |",
        f"| base: median honest tenant | {base} |",
    ]
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
    figures = book(results)
    for signal in (one for one in SIGNALS if one.code in figures.signals):
        lines = [worlds, "", *quality(rows, signal.code, figures.signals[signal.code])]
        fill_page(PAGES / f"{signal.name}.md", "Measured quality", lines)
    what = "The sum, `harvest_log_lr`, of each campaign and each innocent look-alike, judged as one group."
    fill_page(PAGES / "index.md", "Measured quality", [what, worlds, "", *together(rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[74, 75, 76])
    parser.add_argument("--scenarios", nargs="+", default=SCENARIOS, choices=SCENARIOS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the rows there, and no figures and no pages")
    parser.add_argument("--again", action="store_true", help="measure nothing; figures and pages from the kept rows")
    given = parser.parse_args()
    if given.again:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
        for row in results["rows"]:
            row["harvest_log_lr"] = total(row["weights"])  # which signals support may have changed
    else:
        results = {"stillwatch": stillwatch.__version__, "accounts": given.accounts, "days": given.days}
        results |= {"seeds": given.seeds, "rows": measure(given)}
    keep(results, given.out or RESULTS)
    if given.out is None:
        write_figures(book(results))
        write_pages(results)


def measure(given: argparse.Namespace) -> list[Row]:
    """The rows of all worlds that are asked for."""
    # The simulator makes the innocent accounts from the seed alone: a seed of its own for every world, or one crowd
    # would be counted many times.
    worlds = [
        (scenario, given.accounts, given.days, 100 * seed + place)
        for place, scenario in enumerate(SCENARIOS)
        for seed in given.seeds
        if scenario in given.scenarios
    ]
    rows: list[Row] = []
    with ProcessPoolExecutor(given.jobs) as pool:
        for found in pool.map(judge_world, *zip(*worlds, strict=True)):
            rows += found
            print(*(found[0][name] for name in ("world", "seed", "harvest_log_lr")), flush=True)
    return rows


def keep(results: dict[str, Any], path: Path) -> None:
    """The results as JSON, a line a row."""
    about = {name: value for name, value in results.items() if name != "rows"}
    rows = ",\n ".join(json.dumps(row) for row in results["rows"])
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'{json.dumps(about)[:-1]}, "rows": [\n {rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
