"""What the provider's books say of an account. A hit proves where text came from; only the books say who bought it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch.errors import BadInput
from stillwatch.marks import Ledger
from stillwatch.provenance.watermark.tables import column, read_table
from stillwatch.provenance.watermark.tracing.cohorts import Cohorts

__all__ = ["Books", "books_of", "read_books"]

Books = Mapping[str, Ledger]
"""By account. `Ledger.cohort` is left empty here: `books_of` fills it."""


def read_books(path: Path, table: pa.Table | None = None) -> Books:
    """A table with `account` (or `account_id`) and any of exchanges, tokens, first_seen, last_seen, campaign; rows of
    one account are added up. `table` is given where it does not come from the file itself, such as from a lake.

    Raises BadInput naming the row whose figures are none.
    """
    table = read_table(path) if table is None else table
    accounts = column(table, ("account", "account_id"), path)
    exchanges, tokens = _figures(table, "exchanges", path), _figures(table, "tokens", path)
    first, last = _texts(table, ("first_seen",), path), _texts(table, ("last_seen",), path)
    campaigns = _texts(table, ("campaign", "campaign_id"), path)
    rows: dict[str, list[int]] = {}
    for row, account in enumerate(accounts):
        if not account:
            raise BadInput(f"{path} row {row + 1}: has no account. Give it, or remove the row.")
        rows.setdefault(account, []).append(row)
    return {
        account: Ledger(
            account=account,
            cohort="",
            exchanges=_sum(exchanges, own),
            first_seen=min((first[row] for row in own if first[row]), default=""),
            last_seen=max((last[row] for row in own if last[row]), default=""),
            campaign=", ".join(sorted({campaigns[row] for row in own if campaigns[row]})),
            text="" if (bought := _sum(tokens, own)) is None else f"Was given {bought:,} tokens.",
        )
        for account, own in rows.items()
    }


def books_of(accounts: Sequence[str], books: Books | None, cohorts: Cohorts | None) -> tuple[Ledger, ...]:
    """The rows of these accounts, once each, with the cohort that they were joined to. An account that is not in the
    books keeps its row, which says so."""
    inside: dict[str, list[str]] = {}
    for cohort, members in (cohorts.members if cohorts else {}).items():
        for account in members:
            inside.setdefault(account, []).append(cohort)
    made = []
    for account in dict.fromkeys(accounts):
        cohort = ", ".join(inside.get(account, ()))
        known = None if books is None else books.get(account)
        told = "No ledger was given." if books is None else "Not in the ledger: its owner must be found otherwise."
        made.append(
            Ledger(account=account, cohort=cohort, text=told)
            if known is None
            else Ledger(
                account=account, cohort=cohort, exchanges=known.exchanges, first_seen=known.first_seen,
                last_seen=known.last_seen, campaign=known.campaign, text=known.text,
            )
        )  # fmt: skip
    return tuple(made)


def _texts(table: pa.Table, names: Sequence[str], path: Path) -> list[str]:
    if not set(names) & set(table.column_names):
        return [""] * table.num_rows
    return [value or "" for value in column(table, names, path)]


def _figures(table: pa.Table, name: str, path: Path) -> list[int | None]:
    if name not in table.column_names:
        return [None] * table.num_rows
    return [_figure(value, f"{path} row {row}", name) for row, value in enumerate(column(table, (name,), path), 1)]


def _figure(value: Any, place: str, name: str) -> int | None:
    if not value:
        return None
    try:
        number = float(value)
        if not 0 <= number < 2**53 or number != int(number):
            raise ValueError
    except ValueError:
        raise BadInput(f"{place}: {name} is no whole number from 0. Correct the ledger.") from None
    return int(number)


def _sum(values: list[int | None], rows: list[int]) -> int | None:
    known = [value for row in rows if (value := values[row]) is not None]
    return sum(known) if known else None
