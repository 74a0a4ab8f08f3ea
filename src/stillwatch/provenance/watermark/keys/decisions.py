"""Who is marked as part of which campaign: a table that `response` or a person keeps, or the folder of a scan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from stillwatch.errors import BadInput
from stillwatch.findings import Campaign
from stillwatch.provenance.watermark.keys.policy import Decision
from stillwatch.provenance.watermark.tables import column, read_table

__all__ = ["read_decisions"]

_LIKELY = 0.5
"""A scan's member is marked where it is more likely in the campaign than not: an honest customer must not pay."""


def read_decisions(path: Path) -> list[Decision]:
    """Decisions in the order of the file. Columns `account` (or `account_id`), `cohort` (or `campaign`, `campaign_id`)
    and, if there is one, `marked_since` (ISO 8601, UTC where no zone is given; empty: from the beginning). Of a scan's
    folder: likely members of alerts that no reviewer dismissed, and of what one confirmed.

    Raises BadInput naming the row that cannot be used.
    """
    if path.is_dir():
        return _of_scan(path)
    table = read_table(path)
    accounts, cohorts = column(table, ("account", "account_id"), path), column(table, _COHORTS, path)
    given = "marked_since" in table.column_names
    since = column(table, ("marked_since",), path) if given else [None] * len(accounts)
    return [
        Decision(
            account=_named(path, row, account), cohort=_named(path, row, cohort), marked_since=_time(path, row, at)
        )
        for row, (account, cohort, at) in enumerate(zip(accounts, cohorts, since, strict=True), 1)
    ]


_COHORTS = ("cohort", "campaign", "campaign_id")


def _of_scan(folder: Path) -> list[Decision]:
    file = folder / "campaigns.json"
    try:
        campaigns = msgspec.json.decode(file.read_bytes(), type=tuple[Campaign, ...])
    except (OSError, msgspec.DecodeError):
        raise BadInput(f"{file}: cannot be read. Name the folder that `stillwatch scan --out` wrote.") from None
    marked = {one.id for one in campaigns if (one.review.verdict == "confirm" if one.review else one.status == "alert")}
    path = folder / "members.parquet"
    table = read_table(path)
    accounts, cohorts = column(table, ("account_id",), path), column(table, ("campaign_id",), path)
    likely = [float(p or 0) for p in column(table, ("probability",), path)]
    rows = enumerate(zip(accounts, cohorts, likely, strict=True), 1)
    return [
        Decision(account=_named(path, row, account), cohort=cohort)
        for row, (account, cohort, probability) in rows
        if cohort in marked and probability >= _LIKELY
    ]


def _named(path: Path, row: int, value: str | None) -> str:
    if not value:
        raise BadInput(f"{path} row {row}: has no account or no cohort. Give both, or remove the row.")
    return value


def _time(path: Path, row: int, value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise BadInput(f"{path} row {row}: marked_since is no time. Write it as 2026-11-20T10:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
