"""Makes the customers that a mixture names accounts of their own, for the rest of one scan.

A carrier's log says which of its end users or keys sent each request. The rows of those that form a component go under
their own account key and name from here on, without the carrier's network and software. Everything after this step,
linking and signals and reports, sees them like any account, and the carrier without them. Nothing is written to the
lake, and without a mixture nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Mixture
from stillwatch.partials.relations import BETWEEN, DAILY, LARGE, replace_totals
from stillwatch.schema import LAKE

__all__ = ["carve"]

_KEPT = ("plan", "programme", "billing_country", "verified")  # of the carrier's row; the rest is the carrier's own
_PARTS = pa.schema(
    [("account_key", pa.int64()), ("part", pa.string()), ("part_key", pa.int64()), ("part_id", pa.string())]
)
# What a request through a carrier shows of the carrier's own gateway, and so of all its customers alike.
_GATEWAY = ("ip", "ip_network", "asn", "country", "user_agent", "tls_fingerprint", "stack")
_CHANGED = ("account_key", "account_id", "org_id")


def carve(engine: Engine, mixtures: Sequence[Mixture]) -> None:
    """Re-make the views `exchanges` and `accounts` and the relations of `partials` with the parts as accounts.

    Needs the view `lake_exchanges` and what `Lake.register` makes besides.
    """
    if not mixtures:
        return
    parts = [(*part, name) for one in mixtures for part, name in zip(one.parts, one.members, strict=True)]
    split = [row for row in parts if row[1]]
    columns_of = zip(*split, strict=True) if split else ([], [], [], [])
    arrays = [pa.array(values, kind) for values, kind in zip(columns_of, _PARTS.types, strict=True)]
    engine.register("carved_parts", pa.table(arrays, schema=_PARTS))
    whole = pa.array([row[0] for row in parts if not row[1]], pa.int64())
    engine.register("carved_accounts", pa.table({"account_key": whole}))
    carriers = pa.array(sorted({row[0] for row in parts}), pa.int64())
    engine.register("carved_carriers", pa.table({"account_key": carriers}))
    columns = ", ".join(LAKE.names)
    others = ", ".join(
        f"CASE WHEN c.part_key IS NULL THEN e.{name} END AS {name}" if name in _GATEWAY else f"e.{name} AS {name}"
        for name in LAKE.names
        if name not in _CHANGED
    )
    log = load_query("stillwatch", "carved_exchanges", columns=columns, others=others)
    engine.register("accounts", _accounts(engine, split, whole))
    _relations(engine, log)


def _accounts(engine: Engine, split: Sequence[tuple[int, str, int, str]], whole: pa.Array) -> pa.Table:
    table = engine.fetch("SELECT * FROM accounts")
    own = pc.is_in(table["account_key"], value_set=whole)
    place = table.schema.get_field_index("org_id")
    owner = pc.if_else(own, pa.scalar(None, pa.string()), table["org_id"])
    table = table.set_column(place, table.schema.field(place), owner)
    carriers = pa.array(sorted({row[0] for row in split}), pa.int64())
    known = {
        row["account_key"]: row for row in table.filter(pc.is_in(table["account_key"], value_set=carriers)).to_pylist()
    }
    rows = [
        {name: known[key][name] for name in _KEPT} | {"account_id": name, "account_key": own_key}
        for key, _, own_key, name in split
        if key in known
    ]
    return pa.concat_tables([table, pa.Table.from_pylist(rows, schema=table.schema)]) if rows else table


def _relations(engine: Engine, log: str) -> None:
    # Each relation stays what it was for all but the carriers and is made anew for them; the queries read `exchanges`.
    # What lies between accounts is made anew whole.
    queries = {name: load_query("stillwatch.partials", name) for name in DAILY if name not in BETWEEN}
    values = {f"shared_{name}": value for name, value in LARGE.items()} | {"recurring_prompts": "prompt_hash"}
    for name, value in values.items():
        held = f"FROM (SELECT account_key, {value} AS value FROM exchanges) AS e WHERE value IS NOT NULL"
        queries[name] = f"SELECT account_key, value {held} GROUP BY account_key, value"
        if name == "recurring_prompts":
            queries[name] = f"SELECT account_key, value, CAST(1 AS BIGINT) AS times {held}"
    names = ", ".join(LAKE.names)
    engine.view("carved_log", log)
    engine.materialise(
        "carved_rows",
        f"SELECT {names} FROM carved_log WHERE account_key IN (SELECT account_key FROM carved_carriers) "
        "OR account_key IN (SELECT part_key FROM carved_parts)",
    )
    for name in queries:
        engine.materialise(
            f"carved_rest_{name}",
            f"SELECT * FROM {name} WHERE account_key NOT IN (SELECT account_key FROM carved_carriers)",
        )
    engine.view("exchanges", f"SELECT {names} FROM carved_rows")
    for name, query in queries.items():
        rows = engine.materialise(f"carved_own_{name}", query)
        both = f"SELECT * FROM carved_rest_{name} UNION ALL SELECT * FROM carved_own_{name}"
        engine.view(name, both if rows else f"SELECT * FROM carved_rest_{name}")
    engine.view("exchanges", f"SELECT {names} FROM carved_log")
    for name in BETWEEN:
        engine.materialise(f"carved_own_{name}", load_query("stillwatch.partials", name))
        engine.view(name, f"SELECT * FROM carved_own_{name}")
    replace_totals(engine)
