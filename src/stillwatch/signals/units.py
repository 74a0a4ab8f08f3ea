"""The units that signals are measured on: candidate groups and the honest tenants they are compared with.

A large log has more honest tenants than a comparison can use: its accounts, companies and tools are then drawn by their
keys, which are hashes, so that the draw is blind to what they do and the same tomorrow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Memory

__all__ = ["BUNDLES", "BUNDLE_SIZES", "MOST_ACCOUNTS", "MOST_SHARED", "build_units", "one_in"]

# Tenants that are drawn at most, single accounts and each of companies and tools. Ranks among more would be no surer:
# a p-value of 1 in 16,384 is beyond what any one signal is believed for.
MOST_ACCOUNTS = 16_384
MOST_SHARED = 512

BUNDLES = 200  # of each size
# Sizes of random handfuls. Beyond the largest a handful only comes closer to the mean of all accounts: it would cost
# time and tell no more.
BUNDLE_SIZES = (4, 8, 16, 32, 64, 128)
NOTHING = Memory()


def build_units(engine: Engine, members: pa.Table, seed: int, memory: Memory = NOTHING) -> tuple[str, ...]:
    """Materialise `units` (unit_id VARCHAR, kind VARCHAR, account_key BIGINT) from the log and candidate `members`.

    `members`: group_id string, account_key int64; accounts may be in several groups, twice in one counts once.
    Kinds: group; account, org (two accounts or more), tool (five or more), bundle: all of accounts in no group, drawn
    where the log has more of a kind than `MOST_ACCOUNTS` and `MOST_SHARED`.
    The same log, members and seed give the same units. Returns the groups most of whose accounts are confirmed.

    By `memory`, accounts of a dismissed group count as honest wherever they are found now, and together as one company;
    confirmed ones do not count, though they be in no group.
    """
    engine.register("signal_members", members.select(["group_id", "account_key"]))
    engine.materialise("signal_seen", "SELECT account_key FROM account_totals")
    confirmed = _reviewed(engine, members, memory)
    honest = engine.fetch(load_query("stillwatch.signals", "units_honest")).column("account_key").to_numpy()
    honest = honest[honest % one_in(len(honest), MOST_ACCOUNTS) == 0]
    engine.register("signal_honest", pa.table({"account_key": honest}))
    sizes = engine.fetch(load_query("stillwatch.signals", "units_sizes")).column("accounts").to_numpy()
    engine.register("signal_bundles", _bundles(honest, sizes, seed))
    engine.materialise("signal_shared", load_query("stillwatch.signals", "units_shared"))
    counted = engine.fetch("SELECT kind, unit_id FROM signal_shared GROUP BY kind, unit_id").column("kind").to_pylist()
    drawn = {kind: one_in(counted.count(kind), MOST_SHARED) for kind in ("org", "tool")}
    query = load_query("stillwatch.signals", "units", orgs=drawn["org"], tools=drawn["tool"])
    engine.materialise("units", query)
    keys = members.column("account_key").to_numpy()
    known = pa.table({"group_id": members.column("group_id"), "n": np.isin(keys, confirmed).astype(np.float64)})
    shares = known.group_by("group_id").aggregate([("n", "mean")]).sort_by("group_id").to_pylist()
    return tuple(row["group_id"] for row in shares if row["n_mean"] > 0.5)


def one_in(size: int, most: int) -> int:
    """One in how many is drawn to leave at most about `most` of `size`.

    A power of two: the draw holds while the log grows, and then halves, and a larger one is part of a smaller one.
    """
    every = 1
    while size > every * most:
        every *= 2
    return every


def _reviewed(engine: Engine, members: pa.Table, memory: Memory) -> npt.NDArray[np.int64]:
    # `signal_outside`: accounts that are no honest tenants of their own. `signal_dismissed`: groups that are. Returns
    # the keys of confirmed accounts. Without a memory nothing but `members` is outside, and the log is not read.
    named = [("", account) for account in memory.confirmed]
    named += [(f"dismissed:{n}", account) for n, accounts in enumerate(memory.dismissed) for account in accounts]
    asked = pa.table(
        {
            "unit_id": pa.array([unit for unit, _ in named], pa.string()),
            "account_id": pa.array([account for _, account in named], pa.string()),
        }
    )
    rows = pa.table({"unit_id": asked["unit_id"], "account_key": pa.array([], pa.int64())}) if not named else None
    if rows is None:
        engine.register("signal_named", asked)
        rows = engine.fetch(load_query("stillwatch.signals", "units_reviewed"))
    unit, key = rows.column("unit_id").to_numpy(zero_copy_only=False), rows.column("account_key").to_numpy()
    confirmed: npt.NDArray[np.int64] = key[unit == ""]
    dismissed = key[unit != ""]
    outside = np.union1d(np.setdiff1d(members.column("account_key").to_numpy(), dismissed), confirmed)
    engine.register("signal_outside", pa.table({"account_key": pa.array(outside, pa.int64())}))
    engine.register("signal_dismissed", rows.filter(pa.array(unit != "", pa.bool_())))
    return confirmed


def _bundles(honest: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], seed: int) -> pa.Table:
    # Random handfuls of each size that a group calls for. None larger than half of the honest accounts: handfuls that
    # overlap heavily would be one tenant counted two hundred times.
    wanted = {max((size for size in BUNDLE_SIZES if size <= accounts), default=BUNDLE_SIZES[0]) for accounts in sizes}
    fitting = [size for size in BUNDLE_SIZES if 2 * size <= len(honest)]
    random = np.random.default_rng(seed)
    names: list[str] = []
    keys: list[npt.NDArray[np.int64]] = []
    for size in sorted({min(size, fitting[-1]) for size in wanted} if fitting else ()):
        for place in range(BUNDLES):
            names.extend([f"bundle:{size}:{place}"] * size)
            keys.append(random.choice(honest, size, replace=False))
    return pa.table(
        {
            "unit_id": pa.array(names, pa.string()),
            "account_key": pa.array(np.concatenate([*keys, np.array([], np.int64)]), pa.int64()),
        }
    )
