"""Which accounts are tested together: a table that was fixed before anyone looked at a suspect.

CSV, JSON lines or Parquet with a column `cohort` (or `campaign`, `campaign_id`) and a column `account` (or
`account_id`): `members.parquet` of a scan is one. Its hash goes into the report, and into the commitment's plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.tables import column, read_table

__all__ = ["Cohorts", "read_cohorts"]

_NAMES = ("cohort", "campaign", "campaign_id")
_ACCOUNTS = ("account", "account_id")


@dataclass(frozen=True)
class Cohorts:
    """Cohorts in order of name, each with its accounts in order. `sha256` is that of the content, not of the file: the
    same membership has the same hash however it is written down."""

    members: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> Cohorts:
        grouped: dict[str, set[str]] = {}
        for cohort, account in rows:
            grouped.setdefault(cohort, set()).add(account)
        return cls({cohort: tuple(sorted(grouped[cohort])) for cohort in sorted(grouped)})

    @property
    def sha256(self) -> str:
        # Each text behind its length: no two memberships give the same bytes.
        content = hashlib.sha256(b"stillwatch cohorts 1")
        for cohort, accounts in self.members.items():
            for text in (cohort, *accounts):
                encoded = text.encode()
                content.update(len(encoded).to_bytes(4) + encoded)
            content.update(b"\xff\xff\xff\xff")
        return content.hexdigest()

    def keys_of(self, names: Sequence[KeyName]) -> dict[str, NDArray[np.int64]]:
        """Places in `names` of each cohort's keys: those of its accounts, in every epoch, and its own. A cohort without
        a key is left out."""
        accounts: dict[str, list[int]] = {}
        own: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            if name.account:
                accounts.setdefault(name.account, []).append(place)
            elif name.cohort:
                own.setdefault(name.cohort, []).append(place)
        found = {
            cohort: [*own.get(cohort, ()), *(place for account in members for place in accounts.get(account, ()))]
            for cohort, members in self.members.items()
        }
        return {cohort: np.array(sorted(places), np.int64) for cohort, places in found.items() if places}


def read_cohorts(path: Path) -> Cohorts:
    """The membership in a file, or in the folder of a scan. Raises BadInput naming the row that lacks a name."""
    file = path / "members.parquet" if path.is_dir() else path
    table = read_table(file)
    cohorts, accounts = column(table, _NAMES, file), column(table, _ACCOUNTS, file)
    for row, pair in enumerate(zip(cohorts, accounts, strict=True), 1):
        if not all(pair):
            raise BadInput(f"{file} row {row}: has no cohort or no account. Give both, or remove the row.")
    if not len(cohorts):
        raise NothingToRead(f"{file}: names no account. Leave --cohorts out to test every key alone.")
    return Cohorts.of(zip(map(str, cohorts), map(str, accounts), strict=True))
