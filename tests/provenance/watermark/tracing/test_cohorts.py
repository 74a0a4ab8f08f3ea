from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.tracing.cohorts import Cohorts, read_cohorts


def name(cohort: str = "", account: str = "", epoch: str = "1") -> KeyName:
    return KeyName(provider="acme", scheme="kgw:gamma=0.25,width=1", epoch=epoch, cohort=cohort, account=account)


def test_a_membership_has_one_hash_however_it_is_written(tmp_path: Path) -> None:
    rows = [("ring", "007"), ("ring", "a"), ("other", "b")]
    (tmp_path / "c.csv").write_text("account,cohort\r\na,ring\r\n007,ring\r\n b ,other\r\n")
    (tmp_path / "c.jsonl").write_text("".join(f'{{"cohort": "{c}", "account_id": "{a}"}}\n' for c, a in rows))
    folder = tmp_path / "scan"
    folder.mkdir()
    columns = {"campaign_id": [c for c, _ in rows], "account_id": [a for _, a in rows], "probability": [1.0] * 3}
    pq.write_table(pa.table(columns), folder / "members.parquet")
    read = [read_cohorts(path) for path in (tmp_path / "c.csv", tmp_path / "c.jsonl", folder)]
    assert {one.sha256 for one in read} == {Cohorts.of(rows).sha256}
    assert read[0].members == {"other": ("b",), "ring": ("007", "a")}


@given(st.dictionaries(st.text(min_size=1), st.frozensets(st.text(min_size=1), min_size=1), max_size=4),
       st.dictionaries(st.text(min_size=1), st.frozensets(st.text(min_size=1), min_size=1), max_size=4))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_two_memberships_have_two_hashes(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> None:
    made = [Cohorts.of((c, a) for c, members in m.items() for a in members) for m in (one, other)]
    try:
        hashes = [cohorts.sha256 for cohorts in made]
    except UnicodeEncodeError:
        return  # a lone surrogate is no name that a file can hold
    assert (hashes[0] == hashes[1]) == (one == other)


def test_keys_of_a_cohort_are_its_accounts_in_every_epoch_and_its_own() -> None:
    names = [name(), name("ring"), name("ring", "a"), name("x", "a", "2"), name("x", "b"), name("y")]
    found = Cohorts.of([("ring", "a"), ("ring", "c"), ("lone", "zz")]).keys_of(names)
    assert {cohort: places.tolist() for cohort, places in found.items()} == {"ring": [1, 2, 3]}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("account\na\n", BadInput, "no column cohort"),
        ("cohort,account\nring,\n", BadInput, "row 1"),
        ("cohort,account\n", NothingToRead, "names no account"),
        ("cohort,account\na,b,c\n", BadInput, "cannot be read"),
        ("", BadInput, "c.csv"),
    ],
)
def test_what_is_no_membership_is_refused(tmp_path: Path, text: str, error: type[Exception], said: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(error, match=said):
        read_cohorts(tmp_path / "c.csv")
