import pytest
import sqlglot

from stillwatch.engines.dialect import relations, spark_sql
from stillwatch.errors import BadEngine


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT CAST(n AS VARCHAR) AS t FROM u", "SELECT CAST(n AS STRING) AS t FROM u"),
        ("SELECT n FROM u ORDER BY n", "SELECT n FROM u ORDER BY n NULLS LAST"),
        ("SELECT n FROM u ORDER BY n DESC", "SELECT n FROM u ORDER BY n DESC"),  # last there too
        ("SELECT a / b AS r FROM u", "SELECT a / b AS r FROM u"),
        ("SELECT a * 0.3 + 2 AS r FROM u", "SELECT a * CAST(0.3 AS DOUBLE) + 2 AS r FROM u"),
        ("SELECT CAST(0.3 AS FLOAT) AS r FROM u LIMIT 3", "SELECT CAST(0.3 AS FLOAT) AS r FROM u LIMIT 3"),
        (
            "SELECT row_number() OVER (PARTITION BY a ORDER BY b) AS p FROM u",
            "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b NULLS LAST) AS p FROM u",
        ),
    ],
)
def test_the_meaning_stays_and_the_words_change(sql: str, written: str) -> None:
    assert spark_sql(sql) == written


def test_null_inside_concat_counts_as_nothing_on_both() -> None:
    assert "COALESCE" in spark_sql("SELECT concat('a', b) AS c FROM u")


def test_what_cannot_be_said_is_an_error() -> None:
    with pytest.raises(BadEngine, match="duckdb"):
        spark_sql("SELECT FROM WHERE")


def test_the_names_that_a_query_reads() -> None:
    sql = "WITH c AS (SELECT n FROM first_one) SELECT c.n AS n FROM c JOIN second_one AS s ON s.n = c.n"
    assert relations(sql) == {"c", "first_one", "second_one"}


def test_without_sqlglot_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sqlglot", None)
    with pytest.raises(BadEngine, match=r"stillwatch\[spark\]"):
        spark_sql("SELECT 'asked for the first time' AS t")
    assert sqlglot is not None
