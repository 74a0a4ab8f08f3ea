"""Every query keeps to the portable subset, parses, and survives the way to Spark SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

SOURCE = Path(__file__).parent.parent / "src" / "stillwatch"
QUERIES = sorted(SOURCE.rglob("*.sql"))
# What differs between engines, is approximate, or is not there; see research notes behind CONTRIBUTING.md.
REFUSED: tuple[type[exp.Expr], ...] = (
    exp.ApproxDistinct, exp.ApproxQuantile, exp.Median, exp.Quantile, exp.PercentileCont, exp.PercentileDisc, exp.Rand,
    exp.BitwiseXor, exp.BitwiseRightShift, exp.BitwiseLeftShift, exp.BitwiseAnd, exp.BitwiseOr, exp.IntDiv, exp.Unnest,
    exp.Explode, exp.Lateral, exp.Array, exp.ArrayAgg, exp.Struct, exp.Pivot, exp.Lambda, exp.AnyValue, exp.Mode,
    exp.GroupConcat, exp.RegexpLike, exp.TimestampTrunc, exp.DateTrunc,
)  # fmt: skip
UNSIGNED = {getattr(exp.DType, name) for name in ("UTINYINT", "USMALLINT", "UINT", "UBIGINT", "INT128", "UINT128")}


def filled(path: Path) -> str:
    """The text with every `{parameter}` as an identifier."""
    return re.sub(r"\{(\w+)\}", r"p_\1", path.read_text(encoding="utf-8"))


def ambiguous(select: exp.Select) -> list[str]:
    """Names that HAVING or ORDER BY adds up and that are columns and results both: Sail takes the result."""
    results = {e.alias for e in select.expressions if isinstance(e, exp.Alias) and e.find(exp.AggFunc)}
    later = [part for part in (select.args.get("having"), select.args.get("order")) if part is not None]
    sums = [total for part in later for total in part.find_all(exp.AggFunc)]
    return [c.name for total in sums for c in total.find_all(exp.Column) if c.name in results and not c.table]


def faults(query: exp.Expr) -> list[str]:
    found = [f"{type(node).__name__}: {node.sql('duckdb')}" for node in query.walk() if isinstance(node, REFUSED)]
    for call in query.find_all(exp.Anonymous):
        found.append(f"unknown function {call.name}")
    for join in query.find_all(exp.Join):
        if join.kind.upper() in {"SEMI", "ANTI"} or join.method.upper() in {"ASOF", "NATURAL"}:
            found.append(f"join: {join.sql('duckdb')}")
    for select in query.find_all(exp.Select):
        stars = [e for e in select.expressions if e.is_star]
        if stars and select.args.get("joins"):
            found.append("SELECT * from a join")
        if select.args.get("distinct") and select.args["distinct"].args.get("on"):
            found.append("DISTINCT ON")
        if select.args.get("qualify"):
            found.append("QUALIFY")
        found += [f"column or result? {name}" for name in ambiguous(select)]
    for count in query.find_all(exp.Count):
        if isinstance(count.this, exp.Distinct):
            found.append(f"distinct in one level: {count.sql('duckdb')}")
        node: exp.Expr | None = count
        while isinstance(node, exp.Count | exp.Window | exp.Filter | exp.Coalesce | exp.Sum | exp.Paren):
            node = node.parent
        if (
            not (isinstance(node, exp.Cast) and node.to.is_type("bigint", "double"))
            and count.find_ancestor(exp.Having) is None
        ):
            found.append(f"uncast count: {count.sql('duckdb')}")
    for cast in query.find_all(exp.Cast):
        if cast.to.this in UNSIGNED:
            found.append(f"unsigned or huge: {cast.sql('duckdb')}")
    return found


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_query_is_portable(path: Path) -> None:
    statements = sqlglot.parse(filled(path), read="duckdb")
    assert len(statements) == 1, "one query a file"
    (query,) = statements
    assert query is not None
    assert faults(query) == []
    assert sqlglot.parse_one(query.sql("spark"), read="spark") is not None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(DISTINCT a) AS n FROM t",
        "SELECT count(*) AS n FROM t",
        "SELECT * FROM t JOIN u ON t.a = u.a",
        "SELECT t.* FROM t JOIN u ON t.a = u.a",
        "SELECT median(a) AS m FROM t",
        "SELECT quantile_cont(a, 0.5) AS m FROM t",
        "SELECT approx_count_distinct(a) AS m FROM t",
        "SELECT hash(a) AS h FROM t",
        "SELECT xor(a, 3) AS h, a // 256 AS b FROM t",
        "SELECT a >> 3 AS h FROM t",
        "SELECT random() AS r FROM t",
        "SELECT unnest(a) AS r FROM t",
        "SELECT list(a) AS r FROM t",
        "SELECT a FROM t SEMI JOIN u ON t.a = u.a",
        "SELECT a FROM t ASOF JOIN u ON t.a >= u.a",
        "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
        "SELECT CAST(a AS UBIGINT) AS a FROM t",
        "SELECT epoch_us(a) AS a FROM t",
        "SELECT k, CAST(sum(n) AS BIGINT) AS n FROM t GROUP BY k HAVING sum(n) > 2",
    ],
)
def test_what_is_not_portable_is_refused(text: str) -> None:
    assert faults(sqlglot.parse_one(text, read="duckdb"))


def test_what_is_portable_is_not_refused() -> None:
    text = (
        "SELECT a.k AS k, CAST(count(*) AS BIGINT) AS n, sum(CASE WHEN a.v > 0 THEN ln(a.v) ELSE 0 END) AS s, "
        "floor(a.k / 2) AS h, row_number() OVER (PARTITION BY a.k ORDER BY a.k) AS place "
        "FROM a JOIN b ON a.k = b.k WHERE a.v % 2 = 0 GROUP BY a.k, a.v HAVING count(*) > 2 "
        "AND sum(a.n) > 3"
    )
    assert faults(sqlglot.parse_one(text, read="duckdb")) == []
