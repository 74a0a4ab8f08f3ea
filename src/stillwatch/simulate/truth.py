"""What really happened, kept beside the world and never inside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.simulate.events import Events
from stillwatch.simulate.exchanges import account_ids
from stillwatch.simulate.roster import Roster

__all__ = ["CampaignTruth", "Tally", "truth_path", "write_truth"]


class CampaignTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign that was put into the world. `first` and `last` are None where it never sent."""

    id: str
    scenario: str
    kinds: tuple[str, ...]
    accounts: int
    exchanges: int
    first: datetime | None
    last: datetime | None


class Tally:
    """Counts each campaign's exchanges while the days are written."""

    def __init__(self, roster: Roster):
        self._roster = roster
        n = len(roster.campaigns)
        self.exchanges = 0
        self._count = np.zeros(n, dtype=np.int64)
        self._first = np.full(n, np.iinfo(np.int64).max)
        self._last = np.zeros(n, dtype=np.int64)

    def add(self, events: Events) -> None:
        self.exchanges += len(events)
        campaign = self._roster.behaviour["campaign"][events.account]
        for number in range(len(self._count)):
            times = events.time[campaign == number]
            self._count[number] += len(times)
            if len(times):
                self._first[number] = min(self._first[number], times[0])
                self._last[number] = max(self._last[number], times[-1])

    def campaigns(self, scenarios: Sequence[str], kinds: Sequence[tuple[str, ...]]) -> tuple[CampaignTruth, ...]:
        """The campaigns, given the scenario and the kinds of each."""
        members = self._roster.behaviour["campaign"]
        return tuple(
            CampaignTruth(
                id=identifier,
                scenario=scenarios[number],
                kinds=kinds[number],
                accounts=int((members == number).sum()),
                exchanges=int(self._count[number]),
                first=_instant(self._first[number]) if self._count[number] else None,
                last=_instant(self._last[number]) if self._count[number] else None,
            )
            for number, identifier in enumerate(self._roster.campaigns)
        )


def truth_path(world: Path) -> Path:
    """The folder beside a world that holds its truth."""
    return world.with_name(world.name + "-truth")


def write_truth(folder: Path, roster: Roster, campaigns: Sequence[CampaignTruth], secret: int) -> None:
    """accounts.parquet (account_id, role, campaign) and campaigns.json."""
    rows = roster.behaviour
    names = pa.array([*roster.campaigns, None], pa.string())
    table = pa.table(
        {
            "account_id": account_ids(secret, np.arange(len(roster))),
            "role": pa.array(roster.roles, pa.string()).take(pa.array(rows["role"])),
            "campaign": names.take(pa.array(np.where(rows["campaign"] < 0, len(names) - 1, rows["campaign"]))),
        }
    )
    pq.write_table(table.sort_by("account_id"), folder / "accounts.parquet", compression="zstd")
    text = msgspec.json.format(msgspec.json.encode(list(campaigns)), indent=2)
    (folder / "campaigns.json").write_bytes(text + b"\n")


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(int(microseconds) / 1e6, UTC)
