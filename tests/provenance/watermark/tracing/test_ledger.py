from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from stillwatch.errors import BadInput
from stillwatch.marks import Ledger
from stillwatch.provenance.watermark.tracing.cohorts import Cohorts
from stillwatch.provenance.watermark.tracing.ledger import books_of, read_books


def test_rows_of_one_account_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(
        "account,exchanges,tokens,first_seen,last_seen,campaign\n"
        "a,10,1000,2026-09-02,2026-09-05,c-2\na,5,,2026-08-01,2026-08-02,c-1\nb,,,,,\n"
    )
    books = read_books(path)
    assert books["a"] == Ledger(
        account="a", cohort="", exchanges=15, first_seen="2026-08-01", last_seen="2026-09-05", campaign="c-1, c-2",
        text="Was given 1,000 tokens.",
    )  # fmt: skip
    assert books["b"].exchanges is None and books["b"].text == ""


def test_only_the_account_is_needed() -> None:
    books = read_books(Path("lake"), pa.table({"account_id": ["a"], "exchanges": [3]}))
    assert books["a"].exchanges == 3 and books["a"].campaign == ""


def test_books_say_who_is_not_in_them_and_which_cohort_it_was(tmp_path: Path) -> None:
    books = read_books(Path("x"), pa.table({"account": ["a"], "exchanges": [3]}))
    cohorts = Cohorts.of([("ring", "a"), ("ring", "z"), ("other", "a")])
    rows = books_of(["a", "z", "a"], books, cohorts)
    assert [(row.account, row.cohort, row.exchanges) for row in rows] == [("a", "other, ring", 3), ("z", "ring", None)]
    assert "Not in the ledger" in rows[1].text
    assert "No ledger" in books_of(["a"], None, None)[0].text and books_of([], books, cohorts) == ()


@pytest.mark.parametrize("figure", ["-3", "2.5", "many", "1e400", "nan"])
def test_figures_that_are_none_name_their_row(tmp_path: Path, figure: str) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(f"account,exchanges\na,1\nb,{figure}\n")
    with pytest.raises(BadInput, match="row 2: exchanges is no whole number"):
        read_books(path)


def test_a_row_without_an_account(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("account,exchanges\n ,1\n")
    with pytest.raises(BadInput, match="row 1: has no account"):
        read_books(path)
