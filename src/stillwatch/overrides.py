"""Tables that a user brings to one scan: they stand in for what the lake holds, and never change it."""

from __future__ import annotations

from pathlib import Path

from stillwatch import sketches, sources
from stillwatch.config import Settings
from stillwatch.engines import Engine
from stillwatch.ingest import lake_key
from stillwatch.lake import Lake
from stillwatch.schema import ACCOUNTS, CONTRACTS, MODELS

__all__ = ["override_tables"]


def override_tables(
    engine: Engine,
    lake: Lake,
    settings: Settings,
    *,
    accounts: Path | None = None,
    contracts: Path | None = None,
    models: Path | None = None,
) -> None:
    """Register the files given under the names of the lake's own tables, hashed as the lake hashes.

    Raises BadInput where a file is not such a table, BadSettings where the lake's hash key cannot be read.
    """
    if accounts is not None:
        table = sources.read_table(accounts, ACCOUNTS)
        engine.register("accounts", sketches.account_columns(table, lake_key(lake, settings)))
    if contracts is not None:
        engine.register("contracts", sources.read_table(contracts, CONTRACTS))
    if models is not None:
        engine.register("models", sources.read_table(models, MODELS))
