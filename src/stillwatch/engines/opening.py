"""The engine that the settings name, for as long as a `with` block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stillwatch.config import Settings
from stillwatch.engines.base import Engine
from stillwatch.engines.duckdb import DuckDBEngine

__all__ = ["open_engine"]


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """DuckDB in this process, or the cluster that `settings.engine` is the address of. Raises BadEngine."""
    if settings.engine == "duckdb":
        with DuckDBEngine(
            memory=settings.memory, spill=settings.spill, threads=settings.threads, scratch=settings.scratch
        ) as engine:
            yield engine
        return
    from stillwatch.engines.spark import SparkEngine  # it needs the extra

    with SparkEngine(
        settings.engine, memory=settings.memory, spill=settings.spill, scratch=settings.scratch
    ) as cluster:
        yield cluster
