"""What a scan left in its folder: campaigns.json, members.parquet, scan.json, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.console.text import clean
from stillwatch.errors import BadInput, NothingToRead
from stillwatch.findings import Campaign
from stillwatch.outcome import read_campaigns, read_facts

__all__ = ["Results", "read_results"]


@dataclass(frozen=True, slots=True)
class Results:
    """One finished scan. `facts` is scan.json."""

    folder: Path
    campaigns: tuple[Campaign, ...]
    facts: Mapping[str, Any]

    def campaign(self, name: str) -> Campaign | None:
        """The campaign with this id, if there is one."""
        return next((campaign for campaign in self.campaigns if campaign.id == name), None)

    def memberships(self, account: str) -> Sequence[tuple[Campaign, float | None]]:
        """Campaigns that hold the account, with the probability that it belongs to each, most probable first."""
        rows = self._members([("account_id", "=", account)])
        found = []
        for row in rows.to_pylist():
            campaign = self.campaign(str(row["campaign_id"]))
            if campaign is not None:
                found.append((campaign, row["probability"]))
        return sorted(found, key=lambda pair: (-(pair[1] or 0.0), pair[0].id))

    def members(self) -> pa.Table:
        """Every membership: campaign_id string, account_id string, probability double."""
        return self._members(None)

    def _members(self, filters: list[tuple[str, str, str]] | None) -> pa.Table:
        path = self.folder / "members.parquet"
        try:
            return pq.read_table(path, columns=["campaign_id", "account_id", "probability"], filters=filters)
        except FileNotFoundError:
            raise NothingToRead(f"{path}: missing. Run `stillwatch scan` again with --out {self.folder}.") from None
        except (pa.ArrowException, OSError) as error:
            raise BadInput(f"{path}: not a table of members ({clean(error, 120)}). Run the scan again.") from None


def read_results(folder: Path) -> Results:
    """Raises BadInput where the folder holds no scan, or a file in it is not what it should be."""
    return Results(folder, read_campaigns(folder), read_facts(folder))
