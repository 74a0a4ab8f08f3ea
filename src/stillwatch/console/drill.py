"""A drill: what a scan found of a simulated world, compared with the truth that was written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.console.results import Results
from stillwatch.console.text import clean
from stillwatch.errors import BadInput, NothingToRead

__all__ = ["Drill", "Hit", "compare"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One planted campaign and the found one that holds most of it. `campaign` is "" where none does."""

    truth: str
    accounts: int
    campaign: str
    status: str
    recall: float  # share of its accounts that the found campaign names
    precision: float | None  # share of the found campaign's accounts that are its own; None where none was found


@dataclass(frozen=True, slots=True)
class Drill:
    """All planted campaigns, and the alerts that hold mostly innocent accounts."""

    planted: tuple[Hit, ...]
    false_alerts: tuple[str, ...]


def compare(results: Results, truth: Path) -> Drill:
    """Compare a scan's members with `truth`/accounts.parquet (account_id, role, campaign; NULL: innocent).

    A found campaign answers for a planted one if it holds more of it than any other does. An alert most of whose
    accounts are innocent is false. Raises NothingToRead or BadInput where the truth cannot be read.
    """
    planted = _truth(truth / "accounts.parquet")
    members = results.members().select(["campaign_id", "account_id"])
    joined = members.join(planted, "account_id", join_type="left outer")
    found = _counts(joined.drop_null(), ["campaign_id", "campaign"])
    named = _counts(members, ["campaign_id"])
    status = {campaign.id: campaign.status for campaign in results.campaigns}
    hits = []
    for (name,), accounts in sorted(_counts(planted, ["campaign"]).items()):
        shares = {pair[0]: number for pair, number in found.items() if pair[1] == name}
        best = max(sorted(shares), key=lambda campaign: shares[campaign], default="")
        hits.append(
            Hit(
                truth=name,
                accounts=accounts,
                campaign=best,
                status=status.get(best, ""),
                recall=shares.get(best, 0) / accounts,
                precision=shares[best] / named[(best,)] if best else None,
            )
        )
    guilty = {name: sum(n for pair, n in found.items() if pair[0] == name) for (name,) in named}
    false = [n for n, kind in status.items() if kind == "alert" and 2 * guilty.get(n, 0) < named.get((n,), 1)]
    return Drill(tuple(hits), tuple(clean(name, 60) for name in false))


def _truth(path: Path) -> pa.Table:
    try:
        table = pq.read_table(path, columns=["account_id", "campaign"])
    except FileNotFoundError:
        raise NothingToRead(f"{path}: missing. `stillwatch simulate` writes it beside the world.") from None
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a table of accounts ({clean(error, 120)}).") from None
    table = table.filter(pc.is_valid(table["campaign"]))
    return pa.table({name: table[name].cast(pa.string()) for name in ("account_id", "campaign")})


def _counts(table: pa.Table, keys: list[str]) -> Mapping[tuple[str, ...], int]:
    counted = table.group_by(keys).aggregate([([], "count_all")])
    return {tuple(row[key] for key in keys): row["count_all"] for row in counted.to_pylist()}
