"""What really happened, kept beside the world and never inside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.simulate.cover import ordinary
from stillwatch.simulate.events import Events
from stillwatch.simulate.exchanges import account_ids, end_user_ids
from stillwatch.simulate.roster import Roster

__all__ = ["CampaignTruth", "Tally", "truth_path", "write_truth"]


class CampaignTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign that was put into the world. `first` and `last` are None where it never sent.

    `exchanges`, `first` and `last` are of its harvest; `cover` counts its accounts' other exchanges. `end_users` is 0
    where the accounts are its own, else how many end users of its accounts are.
    """

    id: str
    scenario: str
    kinds: tuple[str, ...]
    accounts: int
    exchanges: int
    first: datetime | None
    last: datetime | None
    cover: int = 0
    end_users: int = 0
    cells: int = 1


class Tally:
    """Counts each campaign's exchanges while the days are written."""

    def __init__(self, roster: Roster):
        self._roster = roster
        n = len(roster.campaigns)
        self.exchanges = 0
        self._count = np.zeros(n, dtype=np.int64)
        self._first = np.full(n, np.iinfo(np.int64).max)
        self._last = np.zeros(n, dtype=np.int64)
        self._cover = np.zeros(n, dtype=np.int64)

    def add(self, events: Events) -> None:
        self.exchanges += len(events)
        campaign = self._roster.behaviour["campaign"][events.account]
        cover = ordinary(self._roster.behaviour, events)
        for number in range(len(self._count)):
            times = events.time[(campaign == number) & ~cover]
            self._cover[number] += int(((campaign == number) & cover).sum())
            self._count[number] += len(times)
            if len(times):
                self._first[number] = min(self._first[number], times[0])
                self._last[number] = max(self._last[number], times[-1])

    def campaigns(self, scenarios: Sequence[str], kinds: Sequence[tuple[str, ...]]) -> tuple[CampaignTruth, ...]:
        """The campaigns, given the scenario and the kinds of each."""
        rows = self._roster.behaviour
        members = rows["campaign"]
        return tuple(
            CampaignTruth(
                id=identifier,
                scenario=scenarios[number],
                kinds=kinds[number],
                accounts=int((members == number).sum()),
                exchanges=int(self._count[number]),
                first=_instant(self._first[number]) if self._count[number] else None,
                last=_instant(self._last[number]) if self._count[number] else None,
                cover=int(self._cover[number]),
                end_users=int(rows["guests"][members == number].sum()),
                cells=1 + int(rows["cell"][members == number].max(initial=0)),
            )
            for number, identifier in enumerate(self._roster.campaigns)
        )


def truth_path(world: Path) -> Path:
    """The folder beside a world that holds its truth."""
    return world.with_name(world.name + "-truth")


def write_truth(folder: Path, roster: Roster, campaigns: Sequence[CampaignTruth], secret: int) -> None:
    """accounts.parquet, end_users.parquet and campaigns.json.

    accounts: account_id, role, campaign, cell (of its campaign), poisoned_by (the campaign whose template was planted
    on this innocent account). end_users: account_id, end_user_id and campaign (NULL: honest) of each end user of the
    accounts that carry a campaign among their customers.
    """
    rows = roster.behaviour
    names = pa.array([*roster.campaigns, None], pa.string())

    def named(numbers: npt.NDArray[np.int16]) -> pa.Array:
        return names.take(pa.array(np.where(numbers < 0, len(names) - 1, numbers)))

    table = pa.table(
        {
            "account_id": account_ids(secret, np.arange(len(roster))),
            "role": pa.array(roster.roles, pa.string()).take(pa.array(rows["role"])),
            "campaign": named(rows["campaign"]),
            "cell": pa.array(rows["cell"], mask=rows["campaign"] < 0),
            "poisoned_by": named(rows["poison"]),
        }
    )
    pq.write_table(table.sort_by("account_id"), folder / "accounts.parquet", compression="zstd")
    carriers = np.flatnonzero(rows["guests"] > 0)
    customers = (rows["end_users"] + rows["guests"])[carriers]
    account = np.repeat(carriers, customers)
    user = np.arange(len(account)) - np.repeat(np.cumsum(customers) - customers, customers)
    guest = user >= rows["end_users"][account]
    users = pa.table(
        {
            "account_id": account_ids(secret, account),
            "end_user_id": end_user_ids(secret, account, user),
            "campaign": named(np.where(guest, rows["campaign"][account], -1)),
        }
    )
    pq.write_table(
        users.sort_by([("account_id", "ascending"), ("end_user_id", "ascending")]), folder / "end_users.parquet"
    )
    text = msgspec.json.format(msgspec.json.encode(list(campaigns)), indent=2)
    (folder / "campaigns.json").write_bytes(text + b"\n")


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(int(microseconds) / 1e6, UTC)
