"""Baseline: one rule an account, on how much it sends. Its threshold is fitted on worlds without a campaign."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.engines import Engine, load_query

__all__ = ["PERCENTILE", "RULES", "TOP", "account_rates", "caught", "threshold"]

RULES = ("requests", "output_tokens", "asks_reasoning")  # a day
TOP = 60  # largest values of honest accounts that are kept of each world
PERCENTILE = 99.0  # of honest accounts: the other threshold, which flags one in a hundred of them
_GRID = np.linspace(0.0, 100.0, 101)


def account_rates(engine: Engine, guilty: npt.NDArray[np.int64], days: float) -> dict[str, Any]:
    """By rule: percentiles 0 … 100 of the campaigns' accounts, largest values and 99th percentile of the rest."""
    table = engine.fetch(load_query("stillwatch.bench", "account_rates"))
    ours = np.isin(table["account_key"].to_numpy(), guilty)
    found = {}
    for rule in RULES:
        value = table[rule].to_numpy() / days
        honest = np.sort(value[~ours])
        found[rule] = {
            "campaign": [float(f"{v:.4g}") for v in np.percentile(value[ours], _GRID)] if ours.any() else [],
            "honest_top": [float(f"{v:.4g}") for v in honest[::-1][:TOP]],
            "honest_99": float(np.percentile(honest, PERCENTILE)) if len(honest) else None,
        }
    return found


def threshold(worlds: list[list[float]], allowed: float) -> float | None:
    """The value that honest accounts of these campaign-free worlds pass `allowed` times in all; None: cannot be told.

    `worlds` holds the largest values of each; with fewer than `allowed` values in all, or where one world's may have
    been cut off above the threshold, there is none.
    """
    values = np.sort(np.concatenate([np.asarray(world) for world in worlds]))[::-1] if worlds else np.empty(0)
    place = int(allowed)
    if place >= len(values):
        return None
    cut = float(values[place])
    return None if any(len(world) == TOP and world[-1] > cut for world in worlds) else cut


def caught(percentiles: list[float], cut: float) -> float:
    """The share of accounts above a cut, to a hundredth, from their percentiles 0 … 100."""
    return float((np.asarray(percentiles[1:]) > cut).mean()) if percentiles else 0.0
