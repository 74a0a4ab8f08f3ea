"""SW107: half of the traffic moves to a new model within a day of its release."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.engines import Engine
from stillwatch.signals.base import Signal

__all__ = ["ReleasePivot"]

HOUR_US = 3_600_000_000


class ReleasePivot(Signal):
    """Share of the traffic of a release's first 24 hours that went to the new model.

    What it looks for:
        Exchanges within 24 hours of any release that lies in the log; the value is the share that used a model
        released then.
    Why it matters:
        A collector wants the newest teacher at once and has no product to re-test. About half of one public
        campaign's traffic moved within a day.
    Innocent look-alikes:
        Tools that switch their default for all users, aliases that point to the newest model, evaluation teams.
    When it is blind:
        No model table, no release inside the log, or an operation that was not active that day.
    Example:
        13:00 release; by 13:00 the next day 54 % of the group's requests name the new model, 6 % of the median's.
    """

    code = "SW107"
    name = "release-pivot"
    family = "pace"
    needs = frozenset({"model", "models.released_at"})
    atlas = "AML.T0024.002"
    minimum_trials = 10
    trials_each = 1

    def prepare(self, engine: Engine) -> bool:
        """Register the releases that lie in the log, and their hours; False when there is none."""
        span = engine.fetch("SELECT min(first_us) AS first, max(last_us) AS last FROM account_totals").to_pylist()[0]
        models = engine.fetch("SELECT model, released_at FROM models WHERE released_at IS NOT NULL ORDER BY model")
        released_us = models.column("released_at").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
        releases = {
            (model, at)
            for model, at in zip(models.column("model").to_pylist(), released_us, strict=True)
            if span["first"] is not None and span["first"] < at <= span["last"]
        }
        hours = sorted({(at // HOUR_US + step, at) for _, at in releases for step in range(25)})
        engine.register(
            "signal_releases",
            pa.table(
                {
                    "model": pa.array([model for model, _ in sorted(releases)], pa.string()),
                    "released_us": pa.array([at for _, at in sorted(releases)], pa.int64()),
                }
            ),
        )
        engine.register(
            "signal_release_hours",
            pa.table(
                {
                    "hour": pa.array([hour for hour, _ in hours], pa.int32()),
                    "released_us": pa.array([at for _, at in hours], pa.int64()),
                }
            ),
        )
        return bool(releases)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} of the traffic within 24 hours of a release went to the new model; the median: {base:.0%}"
