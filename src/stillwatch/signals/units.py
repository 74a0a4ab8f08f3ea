"""The units that signals are measured on: candidate groups and the honest tenants they are compared with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engines import Engine, load_query

__all__ = ["BUNDLES", "BUNDLE_SIZES", "build_units"]

BUNDLES = 200  # of each size
# Sizes of random handfuls. Beyond the largest a handful only comes closer to the mean of all accounts: it would cost
# time and tell no more.
BUNDLE_SIZES = (4, 8, 16, 32, 64, 128)


def build_units(engine: Engine, members: pa.Table, seed: int) -> None:
    """Materialise `units` (unit_id VARCHAR, kind VARCHAR, account_key BIGINT) from the log and candidate `members`.

    `members`: group_id string, account_key int64; accounts may be in several groups, twice in one counts once.
    Kinds: group; account, org (two accounts or more), tool (five or more), bundle: all of accounts in no group.
    The same log, members and seed give the same units.
    """
    engine.register("signal_members", members.select(["group_id", "account_key"]))
    engine.materialise("signal_seen", "SELECT account_key FROM exchanges GROUP BY account_key")
    honest = engine.fetch(load_query("stillwatch.signals", "units_honest")).column("account_key").to_numpy()
    sizes = engine.fetch(load_query("stillwatch.signals", "units_sizes")).column("accounts").to_numpy()
    engine.register("signal_bundles", _bundles(honest, sizes, seed))
    engine.materialise("units", load_query("stillwatch.signals", "units"))


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
