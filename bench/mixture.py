"""Campaigns resold among a reseller's own customers: are exactly their parts found, and nobody else's?

    python bench/mixture.py [--accounts 3000] [--days 8] [--seeds 41 42 43]

Each world holds a campaign and every look-alike. Some of the campaign's exchanges are moved into one of the world's own
resellers until they are a fifth of its traffic: under its account, network, stack and channel, on behalf of 1, 3, 12 or
40 of its parts. Parts are end users of one account, keys of one account, or accounts of the owner. Honest customers,
their number and their habits are the simulator's. Reported by route and number of parts: worlds in which the component
was found, and precision and recall of its parts; and every component found that is no campaign's. The cut of
membership (0.9) was chosen with the default seeds in view. Writes bench/results/mixture.json and the table of
docs/signals/account-mixture.md. One process, some five minutes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import stillwatch
from stillwatch.engines import DuckDBEngine
from stillwatch.partials.relations import register_views
from stillwatch.signals import find_mixtures
from stillwatch.simulate import simulate
from stillwatch.sketches import account_columns, sketch

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "mixture.json"
PAGE = ROOT / "docs" / "signals" / "account-mixture.md"
SCENARIOS = ("hydra", "reasoning", "grading", "paraphrase")
ROUTES = ("end users", "keys", "accounts")
HIDDEN = "paraphrase"  # told apart: it asks for nothing in words that the scores know
PARTS = (1, 3, 12, 40)
SHARE = 0.2
SURE = -10.0  # ln of the p-value under which a component counts as an operation

Row = dict[str, Any]


def world(scenario: str, accounts: int, days: int, seed: int) -> tuple[dict[str, pa.Table], pa.Table]:
    """Sketched tables and the truth of a fresh world."""
    with tempfile.TemporaryDirectory(prefix="stillwatch-bench-") as folder:
        made = simulate(Path(folder) / "world", scenario=scenario, accounts=accounts, days=days, seed=seed)
        files = sorted((made.path / "exchanges").rglob("*.parquet"))
        log = pa.concat_tables([sketch(pq.ParquetFile(file).read(), keep_text=False) for file in files])
        people = account_columns(pq.ParquetFile(made.path / "accounts.parquet").read(), None)
        facts = {name: pq.ParquetFile(made.path / f"{name}.parquet").read() for name in ("models", "contracts")}
        truth = pq.ParquetFile(made.truth_path / "accounts.parquet").read()
    return {"exchanges": log, "accounts": people, **facts}, truth


def resold(
    log: pa.Table, truth: pa.Table, route: str, parts: int, random: np.random.Generator
) -> tuple[pa.Table, set[str], str]:
    """The log with the campaign moved into the busiest undeclared reseller, the names of its parts, and the carrier."""
    roles = dict(zip(truth["account_id"].to_pylist(), truth["role"].to_pylist(), strict=True))
    campaign = truth.filter(pc.is_valid(truth["campaign"]))["account_id"]
    shops = log.filter(
        pc.is_in(log["account_id"], pa.array([a for a, r in roles.items() if r == "undeclared-reseller"]))
    )
    sizes = (
        shops.group_by("account_id").aggregate([("account_id", "count")]).sort_by([("account_id_count", "descending")])
    )
    host = sizes["account_id"][0].as_py()
    if route != "accounts":
        shop = shops.filter(pc.equal(shops["account_id"], host))
        if route == "keys":
            users = pc.cast(pc.rank(pc.fill_null(shop["end_user_id"], "")), pa.string())
            shop = put(put(shop, "end_user_id", pa.nulls(len(shop), pa.string())), "key_id", users)
    else:
        shop = shops
    ring = log.filter(pc.is_in(log["account_id"], campaign.combine_chunks()))
    wanted = min(round(len(shop) * SHARE / (1 - SHARE)), len(ring))
    taken = ring.take(pa.array(np.sort(random.permutation(len(ring))[:wanted])))
    like = shop.take(
        pa.array(random.integers(0, len(shop), wanted))
    )  # a row of the shop for each: how it looks outside
    number = np.arange(wanted) % parts
    for name in ("org_id", "channel", "ip", "ip_network", "asn", "country", "stack", "user_agent", "tls_fingerprint"):
        taken = put(taken, name, like[name])
    names = np.array([f"resold-{one:02d}" for one in range(parts)], dtype=object)[number]
    if route == "accounts":
        taken = put(taken, "account_id", pa.array(names, pa.string()))
        taken = put(taken, "account_key", pa.array(10**15 + number, pa.int64()))
        found = set(names)
    else:
        for name in ("account_id", "account_key"):
            taken = put(taken, name, like[name])
        unnamed = pa.nulls(wanted, pa.string())
        taken = put(taken, "end_user_id", pa.array(names, pa.string()) if route == "end users" else unnamed)
        taken = put(taken, "key_id", like["key_id"] if route == "end users" else pa.array(names, pa.string()))
        found = {f"{host}/{name}" for name in names}
    gone = pa.chunked_array([pa.concat_arrays([campaign.combine_chunks(), pc.unique(shop["account_id"])])])
    rest = log.filter(pc.invert(pc.is_in(log["account_id"], gone.combine_chunks())))
    return pa.concat_tables([rest, shop, taken]), found, host


def put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), values)


def judge(tables: dict[str, pa.Table], parts: set[str]) -> tuple[Row, int]:
    """What was found of these parts, and how many components are nobody's."""
    with DuckDBEngine(threads=1) as engine:
        for name, table in tables.items():
            engine.register(name, table)
        register_views(engine)
        found = find_mixtures(engine)
    best = max(found, key=lambda one: len(parts & set(one.members)), default=None)
    hits = len(parts & set(best.members)) if best else 0
    strangers = sum(1 for one in found if not parts & set(one.members))
    if best is None or not hits:
        return {"found": False, "operation": False, "members": 0, "hits": 0, "log_p": None}, strangers
    sure = best.log_p <= SURE
    return {
        "found": True, "operation": sure, "members": len(best.members), "hits": hits, "log_p": round(best.log_p, 1)
    }, strangers  # fmt: skip


def lines(rows: list[Row]) -> list[str]:
    """The table of the page."""
    rows = [row for row in rows if row["world"] != HIDDEN]
    told = [
        "| parts are | how many | worlds | component found | shown to be one operation | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for route in ROUTES:
        for parts in PARTS:
            mine = [row for row in rows if row["route"] == route and row["parts"] == parts]
            found = [row for row in mine if row["found"]]
            members, hits = sum(row["members"] for row in found), sum(row["hits"] for row in mine)
            precision = f"{hits / members:.3f}" if members else "–"
            recall = f"{hits / sum(row['parts'] for row in mine):.3f}"
            sure = sum(row["operation"] for row in mine)
            told.append(f"| {route} | {parts} | {len(mine)} | {len(found)} | {sure} | {precision} | {recall} |")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[41, 42, 43])
    given = parser.parse_args()
    rows: list[Row] = []
    for place, scenario in enumerate(SCENARIOS):
        for seed in given.seeds:
            tables, truth = world(scenario, given.accounts, given.days, 10 * seed + place)
            plain, strangers = judge(tables, set())
            rows.append({"world": scenario, "seed": seed, "route": "none", "parts": 0, "strangers": strangers} | plain)
            for route in ROUTES:
                for parts in PARTS:
                    random = np.random.default_rng([seed, place, parts])
                    log, names, _ = resold(tables["exchanges"], truth, route, parts, random)
                    found, strangers = judge({**tables, "exchanges": log}, names)
                    about = {"world": scenario, "seed": seed, "route": route, "parts": parts, "strangers": strangers}
                    rows.append(about | found)
                    print(*rows[-1].values(), flush=True)
    about = {"stillwatch": stillwatch.__version__, "accounts": given.accounts, "days": given.days, "seeds": given.seeds}
    kept = ",\n ".join(json.dumps(row) for row in rows)
    RESULTS.write_text(f'{json.dumps(about)[:-1]}, "rows": [\n {kept}\n]}}\n', encoding="utf-8")
    write_page(rows, " ".join(map(str, given.seeds)))


def write_page(rows: list[Row], seeds: str) -> None:
    """Replace the section of the page that tells what was found."""
    strangers = sum(row["strangers"] for row in rows)
    hidden = [row for row in rows if row["world"] == HIDDEN and row["parts"]]
    text = [
        "A fifth of a reseller's traffic is a campaign's (hydra, reasoning, grading), on behalf of so many of its",
        f"parts (`bench/mixture.py --seeds {seeds}`). One operation: ln p ≤ {SURE:.0f}; the others are carved out and",
        "judged, but are no alert.",
        "",
        *lines(rows),
        "",
        f"Of {len(hidden)} logs with a campaign that asks in milder, ever other words, found: "
        f"{sum(row['found'] for row in hidden)}.",
        f"Components in all {len(rows)} logs that are no campaign's: {strangers}.",
    ]
    head, _, tail = PAGE.read_text(encoding="utf-8").partition("## Campaigns found inside resellers\n")
    _, more, rest = tail.partition("\n## ")
    section = "## Campaigns found inside resellers\n\n" + "\n".join(text) + "\n"
    if not tail:
        head, _, rest = head.partition("## Measured quality")
        more = "\n## Measured quality"
    PAGE.write_text(head + section + more + rest, encoding="utf-8")


if __name__ == "__main__":
    main()
