"""Where the SQL runs. Queries are written once, in a small portable subset."""

from stillwatch.engines.base import Engine, load_query
from stillwatch.engines.duckdb import DuckDBEngine
from stillwatch.engines.opening import open_engine

__all__ = ["DuckDBEngine", "Engine", "load_query", "open_engine"]
