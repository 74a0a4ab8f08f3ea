from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.tables import column, read_table


def test_names_of_figures_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbf"account" , exchanges\n007,12\n1e5,\n"a, b",3\n')
    table = read_table(path)
    assert column(table, ("account",), path) == ["007", "1e5", "a, b"]
    assert column(table, ("exchanges",), path) == ["12", "", "3"]


def test_columns_by_their_first_known_name(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"account_id": [7, None], "other": ["x", "y"]}), path)
    assert column(read_table(path), ("account", "account_id"), path) == ["7", None]
    with pytest.raises(BadInput, match=r"no column cohort or campaign\. It has: account_id, other"):
        column(read_table(path), ("cohort", "campaign"), path)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe\x00", b"a,b\n1\n", b'{"a": '])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_what_is_no_table_names_file_and_remedy(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"broken.{suffix}"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except BadInput as error:
        assert str(path) in str(error) and "Write CSV" in str(error)
    else:  # one line without a row is a table without rows
        assert table.num_rows == 0


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(NothingToRead, match="no such file"):
        read_table(Path("nowhere.csv"))
