"""Principals: what is linked. Accounts and keys of one billing owner are one node before anything is linked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines import Engine, load_query

__all__ = ["MINIMUM_STRATUM", "build_principals", "fold_strata", "number_principals"]

# A stratum must hold enough principals for its rates to mean something, also after the split into halves.
MINIMUM_STRATUM = 400
COARSE_SHARE = 0.05


def fold_strata(levels: list[np.ndarray], minimum: int = MINIMUM_STRATUM) -> np.ndarray:
    """Stratum by principal: the finest of `levels` (finest first, int codes) whose cell is large enough.

    Each level is a coarser cell of the one before. The coarsest must hold `COARSE_SHARE` of all besides: a group that
    has a plan to itself would otherwise be compared with nobody but itself. What is too small at every level joins the
    largest stratum, for the same reason.
    """
    size = len(levels[0])
    stratum = np.full(size, -1, np.int64)
    base = 0
    for level in levels:
        least = max(minimum, COARSE_SHARE * size) if level is levels[-1] else minimum
        _, cell, count = np.unique(level, return_inverse=True, return_counts=True)
        open_rows = (stratum < 0) & (count[cell] >= least)
        stratum[open_rows] = base + cell[open_rows]
        base += int(cell.max(initial=-1)) + 1
    placed = stratum[stratum >= 0]
    stratum[stratum < 0] = np.bincount(placed).argmax() if len(placed) else 0
    return np.unique(stratum, return_inverse=True)[1].astype(np.int32)


def number_principals(rows: pa.Table) -> pa.Table:
    """`account_key, principal, half, stratum` from `account_key, owner, plan, country`, one row an account each.

    `principal` counts from 0: one an owner, one an account without owner. `half` is a bit of its smallest account key
    (a hash), so it is the same tomorrow.
    """
    rows = rows.sort_by("account_key")
    keys = rows["account_key"].to_numpy()
    owner = rows["owner"].combine_chunks().dictionary_encode()
    owned = np.asarray(pc.is_valid(owner))
    codes = np.asarray(pc.fill_null(owner.indices, -1)).astype(np.int64)
    node = np.where(owned, codes, len(owner.dictionary) + np.arange(len(keys)))
    _, first, principal = np.unique(node, return_index=True, return_inverse=True)
    plan, country = (
        rows[name].combine_chunks().dictionary_encode().indices.to_numpy()[first].astype(np.int64)
        for name in ("plan", "country")
    )
    stratum = fold_strata([plan * (int(country.max(initial=0)) + 1) + country, plan])
    half = (keys[first] >> 17) & 1
    return pa.table(
        {
            "account_key": keys,
            "principal": principal.astype(np.int32),
            "half": half[principal].astype(np.int32),
            "stratum": stratum[principal],
        }
    )


def build_principals(engine: Engine) -> int:
    """Materialise `principals(account_key, principal, half, stratum)`; returns how many accounts there are.

    Needs the views exchanges and accounts.
    """
    engine.register("principals_arrow", number_principals(engine.fetch(load_query("stillwatch.links", "principals"))))
    return engine.materialise("principals", "SELECT account_key, principal, half, stratum FROM principals_arrow")
