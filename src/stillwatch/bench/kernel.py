"""Baseline: the published kernel two-sample test (arXiv 2606.05725), by account and by window of all traffic.

Its embedding model is not at hand: prompts are embedded by the word ids of the content sketch, weighted by rarity and
reduced by a singular value decomposition, both fitted on honest prompts that are neither reference nor window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse
from scipy.sparse.linalg import svds

from stillwatch.engines import Engine, load_query
from stillwatch.schema import CONTENT_BYTES
from stillwatch.signals.windows.kernel_test import KernelTest, kernel_of
from stillwatch.signals.windows.prompts import Prompts

__all__ = ["kernel_alarms"]

REFERENCE = 1_500  # prompts, and as many others to fit the embedding on
WINDOW, LEAST = 60, 30  # prompts of one account
ACCOUNTS = 30  # of each side that are tested
POOLED, TIMES = 500, 5  # prompts of a window of the whole log, and windows
NULLS = 300
DIMENSIONS = 64

Ints = npt.NDArray[np.int64]


def kernel_alarms(engine: Engine, guilty: Ints, seed: int) -> dict[str, Any]:
    """Alarms of the test at its own 5 % level: campaign accounts, honest accounts, and windows of all traffic.

    The reference is honest traffic alone, which flatters the test: a provider would not know it.
    """
    rows = engine.fetch(load_query("stillwatch.bench", "content"))
    fixed = rows["content"].cast(pa.binary(CONTENT_BYTES))  # an engine may call it text of any length
    rows = rows.set_column(1, "content", fixed)
    account = rows["account_key"].to_numpy()
    ours = np.isin(account, guilty)
    random = np.random.default_rng(seed)
    honest = np.flatnonzero(~ours)
    if len(honest) < 3 * REFERENCE:
        return {}
    fitted, reference = np.split(random.choice(honest, 2 * REFERENCE, replace=False), 2)
    rest = np.setdiff1d(honest, np.concatenate([fitted, reference]))
    windows = {
        "campaign": _windows(np.flatnonzero(ours), account, random),
        "honest": _windows(rest, account, random),
    }
    pooled = [random.choice(len(account), POOLED, replace=False) for _ in range(TIMES)]
    parts = [fitted, reference, *windows["campaign"], *windows["honest"], *pooled]
    used, place = np.unique(np.concatenate(parts), return_inverse=True)
    split = np.split(place, np.cumsum([len(part) for part in parts])[:-1])
    content = _embed(Prompts.from_lake(rows.take(used)).ids, split[0], seed)
    kernel = kernel_of(content, split[1], seed=seed)
    found: dict[str, Any] = {}
    alone = KernelTest(kernel, split[1], size=WINDOW, nulls=NULLS, seed=seed)
    at = 2
    for name, chosen in windows.items():
        alarms = alone.alarms(split[at : at + len(chosen)])
        found[name] = {"alarms": int(alarms.sum()), "accounts": len(alarms)}
        at += len(chosen)
    together = KernelTest(kernel, split[1], size=POOLED, nulls=NULLS, seed=seed)
    alarms = together.alarms(split[at:])
    found["pooled"] = {"alarms": int(alarms.sum()), "windows": TIMES}
    return found


def _embed(ids: npt.NDArray[np.uint16], fitted: Ints, seed: int) -> npt.NDArray[np.float32]:
    """Vectors of the prompts whose word ids are given (0: none): (n, DIMENSIONS)."""
    row, column = np.nonzero(ids)
    shape = (len(ids), 1 << 16)
    counts = sparse.csr_matrix((np.ones(len(row)), (row, ids[row, column].astype(np.int64))), shape=shape)
    spread = np.bincount(counts[fitted].indices, minlength=shape[1])
    common = np.flatnonzero(spread >= 2)  # what one prompt alone says is no direction
    weighted = counts[:, common] @ sparse.diags_array(np.log((1 + len(fitted)) / (1 + spread[common])))
    start = np.random.default_rng(seed).standard_normal(len(fitted))
    _, _, basis = svds(weighted[fitted], k=DIMENSIONS, v0=start)
    vectors: npt.NDArray[np.float32] = (weighted @ basis.T).astype(np.float32)
    return vectors


def _windows(rows: Ints, account: Ints, random: np.random.Generator) -> list[Ints]:
    """For some accounts that sent enough, up to `WINDOW` of their rows."""
    keys, counts = np.unique(account[rows], return_counts=True)
    enough = keys[counts >= LEAST]
    chosen = random.choice(enough, min(ACCOUNTS, len(enough)), replace=False)
    own = [rows[account[rows] == key] for key in chosen]
    return [random.choice(one, min(WINDOW, len(one)), replace=False) for one in own]
