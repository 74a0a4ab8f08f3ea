"""The account that a scan gives of itself: what was read, what it could judge, how the cut-offs came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch import links, signals
from stillwatch.campaigns import CutOffs
from stillwatch.commits import Coverage
from stillwatch.config import Settings
from stillwatch.engines import Engine
from stillwatch.findings import Campaign
from stillwatch.outcome import versions
from stillwatch.schema import LAKE

__all__ = ["describe"]


def describe(
    engine: Engine,
    inputs: Sequence[Path],
    settings: Settings,
    coverage: Coverage,
    linking: links.Linking,
    calibration: signals.Calibration,
    found: Sequence[Campaign],
    cuts: CutOffs,
) -> dict[str, Any]:
    """The facts of `scan.json`, but for times. Paths are as given; no secret and no text of the log is in it."""
    lacking = signals.missing(engine, signals.SIGNALS)
    known = engine.scalar(
        "SELECT CAST(count(*) AS BIGINT) AS n FROM accounts AS a "
        "JOIN account_totals AS e ON e.account_key = a.account_key"
    )
    statuses = Counter(campaign.status for campaign in found)
    return {
        **versions(),
        "inputs": [str(path) for path in inputs],
        "settings": settings.model_dump(mode="json"),
        "seed": settings.seed,
        "read": {
            "exchanges": coverage.rows,
            "duplicates": coverage.duplicates,
            "accounts": linking.accounts,
            "accounts_known": known,
            "first": coverage.first,
            "last": coverage.last,
            "days": _days(coverage.first, coverage.last),
            "days_held": coverage.days_held,
        },
        "quarantined": {
            "rows": coverage.quarantined,
            "reasons": [{"reason": f.reason, "rows": f.rows, "example": f.example} for f in coverage.faults],
        },
        "coverage": [
            {"column": c.name, "share": round(coverage.columns.get(c.name, 0.0), 6), "meaning": c.meaning}
            for c in LAKE.columns
        ],
        "signals": [
            {
                "code": s.code,
                "name": s.name,
                "state": signals.state(s),
                "judges": not lacking[s.code],
                "missing": list(lacking[s.code]),
            }
            for s in signals.SIGNALS
        ],
        "links": [
            {"channel": c.name, "group": c.group, "traits": linking.traits.get(c.name, 0)} for c in links.CHANNELS
        ],
        "groups": {
            "candidates": len(linking.groups),
            "alert": statuses["alert"],
            "review": statuses["review"],
            "declared": statuses["declared"],
            "quiet": len(linking.groups) - len(found),
            "without_behaviour": linking.without_behaviour,
        },
        "budget": {
            "false_campaigns_per_month": settings.budget,
            "days": None if coverage.first is None else round(coverage.days, 3),
            "allowed_here": cuts.allowed,
            "p_cut": float(np.exp(cuts.log_p)),
            "log_lr_cut": cuts.log_lr,
            "log_lr_cut_kernel": cuts.log_lr_kernel,
        },
        "calibration": {
            "tested": len(linking.tested_log_p),
            "decoys": len(linking.decoy_log_p),
            "decoys_beyond_cut": int((linking.decoy_log_p <= cuts.log_p).sum()),
            "smallest_decoy_log_p": float(linking.decoy_log_p[0]) if len(linking.decoy_log_p) else None,
            "linked_share": round(linking.linked_share, 5),
            "honest_tenants": len(calibration.log_lr),
            "temper": round(calibration.temper, 4),
            "reliability": calibration.points(),
        },
        "releases": engine.fetch(
            "SELECT model, released_at FROM models WHERE released_at IS NOT NULL ORDER BY released_at, model"
        ).to_pylist(),
    }


def _days(first: datetime | None, last: datetime | None) -> float | None:
    return None if first is None or last is None else round((last - first).total_seconds() / 86_400, 3)
