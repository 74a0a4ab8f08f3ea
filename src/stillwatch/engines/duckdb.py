"""DuckDB in this process: the default engine. Memory, spill folder and spill size are always bounded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from stillwatch.engines.scratch import Scratch

__all__ = ["DuckDBEngine"]


class DuckDBEngine:
    """Runs the SQL in this process, within `memory` and `spill`, spilling into a private folder in `scratch`."""

    name = "duckdb"

    def __init__(self, *, memory: str = "4GB", spill: str = "20GB", threads: int = 2, scratch: Path | None = None):
        self._views: set[str] = set()
        self._tables: set[str] = set()
        self._scratch = Scratch(scratch)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "temp_directory": str(self._scratch.path),
                "max_temp_directory_size": spill,
                "threads": threads,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._run("SET TimeZone = 'UTC'")
        self._run("SET parquet_metadata_cache = true")  # a lake's files never change, and a large one has thousands
        self._run("SET enable_progress_bar = false")  # it would write into what a program reads

    def _run(self, sql: str) -> list[tuple[object, ...]]:
        """Run to the end: DuckDB refuses other work on a connection while a result waits to be fetched."""
        rows: list[tuple[object, ...]] = self._connection.execute(sql).fetchall()
        return rows

    def register(self, name: str, source: pa.Table | Sequence[Path]) -> None:
        if isinstance(source, pa.Table):
            self._connection.register(f"_arrow_{name}", source)
            self.view(name, f"SELECT * FROM _arrow_{name}")
            return
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in source)
        self.view(name, f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)")

    def view(self, name: str, sql: str) -> None:
        if name in self._tables:
            self._run(f"DROP TABLE {name}")
            self._tables.remove(name)
        self._views.add(name)
        self._run(f"CREATE OR REPLACE VIEW {name} AS {sql}")

    def materialise(self, name: str, sql: str) -> int:
        if name in self._views:  # DuckDB puts no table in a view's place; the query may read that view
            self._run(f"CREATE OR REPLACE TABLE _new_{name} AS {sql}")
            self._run(f"DROP VIEW {name}")
            self._views.remove(name)
            self._run(f"ALTER TABLE _new_{name} RENAME TO {name}")
        else:
            self._run(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        self._tables.add(name)
        rows = self.scalar(f"SELECT count(*) AS n FROM {name}")
        assert isinstance(rows, int)  # noqa: S101 - count(*) always is
        return rows

    def fetch(self, sql: str) -> pa.Table:
        return self._connection.sql(sql).to_arrow_table()

    def scalar(self, sql: str) -> object:
        rows = self._run(sql)
        return rows[0][0] if rows else None

    def close(self) -> None:
        self._connection.close()
        self._scratch.close()

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
