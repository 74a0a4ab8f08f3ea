"""Time to detection: the log cut at growing times after a campaign's first request, and scanned each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.bench.log import HOUR_US, Log
from stillwatch.bench.truth import Truth, score

__all__ = ["HOURS", "take_looks"]

HOURS = (6, 12, 24, 36, 48, 72, 120, 168)


def take_looks(log: Log, truth: Truth) -> dict[str, Any]:
    """A scan at each of `HOURS` after the campaign's first request, of what the provider had by then."""
    (campaign,) = log.world.campaigns
    requests = _requests(log, truth.members(campaign.id))
    sent = requests.group_by("unit").aggregate([("ts_us", "min")]).rename_columns(["unit", "first_us"])
    taken = requests["ts_us"].to_numpy()
    first = int(taken.min())
    looks = []
    for hours in HOURS:
        log.advance(first + hours * HOUR_US)
        found = log.scan()
        scored = score(found.campaigns, found.members, truth, log.seen(sent))
        looks.append(
            {
                "hours": hours,
                "taken": round(float(np.mean(taken < log.until_us)), 5),
                **scored["campaigns"][0],
                "false_alerts": len(scored["false_alerts"]),
            }
        )
    listed = next((look for look in looks if look["alerts"] or look["reviews"]), None)
    raised = next((look for look in looks if look["alerts"]), None)
    held = next((look for look in looks if look["found"]), None)
    return {
        "looks": looks,
        "hours_to_listed": listed and listed["hours"],
        "hours_to_alert": raised and raised["hours"],
        "taken_at_alert": raised and raised["taken"],
        "hours_to_half": held and held["hours"],
    }


def _requests(log: Log, units: set[str]) -> pa.Table:
    """Unit and time of every request of these units."""
    parts = []
    for path in sorted((log.world.path / "exchanges").rglob("*.parquet")):
        rows = pq.read_table(path, columns=["account_id", "end_user_id", "ts"], partitioning=None)
        whole = pc.binary_join_element_wise(rows["account_id"], rows["end_user_id"], "/")
        unit = pc.if_else(pc.is_in(whole, pa.array(sorted(units))), whole, rows["account_id"])
        table = pa.table({"unit": unit, "ts_us": rows["ts"].cast(pa.int64())})
        parts.append(table.filter(pc.is_in(unit, pa.array(sorted(units)))))
    return pa.concat_tables(parts)
