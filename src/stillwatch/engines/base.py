"""The contract of an engine, and how a named query is loaded from beside the room that owns it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa

__all__ = ["Engine", "load_query"]


def load_query(package: str, name: str, **parameters: object) -> str:
    """The text of `<name>.sql` in `package`, with each `{parameter}` filled in.

    Parameters are table names, column names and numbers that this project computes itself, never a value out of
    a log: values travel in registered tables.
    """
    text = (resources.files(package) / f"{name}.sql").read_text(encoding="utf-8")
    return text.format(**parameters) if parameters else text


@runtime_checkable
class Engine(Protocol):
    """Five verbs over named relations. Names are plain identifiers; all SQL is in the portable subset."""

    name: str

    def register(self, name: str, source: pa.Table | Sequence[Path]) -> None:
        """Make an Arrow table, or a list of Parquet files, readable under `name`."""

    def view(self, name: str, sql: str) -> None:
        """Give a query a name without running it."""

    def materialise(self, name: str, sql: str) -> int:
        """Run a query and keep its rows under `name`; returns how many rows."""

    def fetch(self, sql: str) -> pa.Table:
        """Run a query and bring its rows here."""

    def scalar(self, sql: str) -> object:
        """The single value of a query with one row and one column."""
