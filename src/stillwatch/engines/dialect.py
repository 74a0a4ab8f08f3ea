"""DuckDB's SQL to Spark's: the queries are written once, and SQLGlot writes them again for a cluster."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from stillwatch.errors import BadEngine

__all__ = ["relations", "spark_sql"]


@lru_cache(maxsize=1024)
def spark_sql(sql: str) -> str:
    """The same query for Spark. Raises BadEngine where SQLGlot is missing or Spark has no such construct.

    SQLGlot states the order of NULLs wherever the two differ (DuckDB puts them last, Spark first). Numbers with a point
    become doubles: as decimals, each engine would round their products at another place.
    """
    sqlglot = _sqlglot()
    try:
        query = sqlglot.parse_one(sql, read="duckdb").transform(_in_doubles)
        text: str = query.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
        return text
    except sqlglot.errors.SqlglotError as error:
        raise BadEngine(f"a query has no form in Spark SQL ({type(error).__name__}). Use the engine duckdb.") from error


@lru_cache(maxsize=1024)
def relations(sql: str) -> frozenset[str]:
    """Names that a query reads; those it gives itself, in a WITH, among them."""
    sqlglot = _sqlglot()
    return frozenset(table.name for table in sqlglot.parse_one(sql, read="duckdb").find_all(sqlglot.exp.Table))


def _in_doubles(node: Any) -> Any:
    exp = _sqlglot().exp
    if isinstance(node, exp.Literal) and node.is_number and not node.is_int and not isinstance(node.parent, exp.Cast):
        return exp.cast(node, exp.DType.DOUBLE)
    return node


def _sqlglot() -> Any:
    try:
        import sqlglot
    except ImportError:
        raise BadEngine("sqlglot is not installed. Install the extra: pip install 'stillwatch[spark]'.") from None
    return sqlglot
