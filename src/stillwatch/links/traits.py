"""Traits: (channel, value) of a principal, read from the log and the account table in one pass a channel."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines import Engine, load_query
from stillwatch.links.channels import CHANNELS, Channel

__all__ = ["build_traits", "with_tasks"]


def _rows(channel: Channel) -> str:
    """SQL of the distinct (principal, value) of one channel."""
    if not channel.source.startswith("shared_"):
        return f"{_values(channel, 'principals')} GROUP BY p.principal, {channel.value}"
    # Large, and distinct by account already: only who has several accounts can have a value twice.
    alone, several = (_values(channel, f"principals_of_{name}") for name in ("one", "several"))
    return f"{alone} UNION ALL {several} GROUP BY p.principal, {channel.value}"


def _values(channel: Channel, accounts: str) -> str:
    return (
        f"SELECT p.principal AS principal, {channel.value} AS value FROM {channel.source} AS s "
        f"JOIN {accounts} AS p ON p.account_key = s.account_key WHERE {channel.value} IS NOT NULL"
    )


def _releases(engine: Engine) -> bool:
    """Make `releases(model, released_us, place)` of the models released inside the log; False where none was."""
    span = engine.fetch("SELECT min(first_us) AS lo, max(last_us) AS hi FROM account_totals").to_pylist()[0]
    models = engine.fetch("SELECT model, released_at FROM models WHERE released_at IS NOT NULL ORDER BY model")
    if models.num_rows == 0 or span["lo"] is None:
        return False
    released = models["released_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    inside = pc.and_(pc.greater_equal(released, span["lo"]), pc.less_equal(released, span["hi"]))
    table = pa.table({"model": models["model"], "released_us": released}).filter(inside)
    if table.num_rows == 0:
        return False
    engine.register("releases", table.append_column("place", pa.array(range(table.num_rows), pa.int64())))
    return True


def with_tasks(engine: Engine) -> np.ndarray:
    """Principals that the log has anything to say of under `task`; needs `principals` and `account_totals`."""
    rows = engine.fetch(
        "SELECT p.principal AS principal FROM principals AS p JOIN account_totals AS t "
        "ON t.account_key = p.account_key WHERE t.tasks > 0 GROUP BY p.principal"
    )
    return np.asarray(rows["principal"].to_numpy())


def build_traits(engine: Engine, channels: tuple[Channel, ...] = CHANNELS) -> dict[str, int]:
    """Materialise `trait_rows(principal, channel, value)` and `trait_labels(channel, value, label)`.

    Needs the views of a lake and the table principals. `channel` is the place in `CHANNELS`. Returns the rows by
    channel; a channel whose columns are empty has 0. Of near-duplicates and identical requests only those that two
    accounts share are rows at all.
    """
    counts: dict[str, int] = {}
    parts, labels = [], []
    has_release = _releases(engine)
    for name, count in (("one", "= 1"), ("several", "> 1")):
        engine.materialise(
            f"principals_of_{name}",
            "SELECT p.account_key AS account_key, p.principal AS principal FROM principals AS p JOIN "
            f"(SELECT principal FROM principals GROUP BY principal HAVING count(*) {count}) AS n "
            "ON n.principal = p.principal",
        )
    for place, channel in enumerate(channels):
        name = f"trait_{channel.name}"
        if channel.name == "release":
            if not has_release:
                counts[channel.name] = 0
                continue
            counts[channel.name] = engine.materialise(name, load_query("stillwatch.links", "releases"))
        elif channel.text:
            engine.materialise(f"{name}_text", _rows(channel))
            engine.materialise(
                f"{name}_label",
                f"SELECT value AS label, CAST(row_number() OVER (ORDER BY value) AS BIGINT) AS value FROM "
                f"(SELECT value FROM {name}_text GROUP BY value) AS s",
            )
            counts[channel.name] = engine.materialise(
                name,
                f"SELECT t.principal AS principal, l.value AS value FROM {name}_text AS t "
                f"JOIN {name}_label AS l ON t.value = l.label",
            )
            labels.append(f"SELECT {place} AS channel, CAST(value AS BIGINT) AS value, label FROM {name}_label")
        else:
            counts[channel.name] = engine.materialise(name, _rows(channel))
        parts.append(f"SELECT principal, {place} AS channel, CAST(value AS BIGINT) AS value FROM {name}")
    engine.view("trait_rows", " UNION ALL ".join(parts))
    engine.view("trait_labels", " UNION ALL ".join(labels))
    return counts
