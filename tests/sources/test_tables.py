from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from stillwatch.errors import BadInput
from stillwatch.schema import ACCOUNTS, CONTRACTS, MODELS
from stillwatch.sources import read_table
from stillwatch.sources.tables import table_name

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("pack", [None, gzip.compress, zstandard.ZstdCompressor().compress])
def test_json_lines_plain_and_packed(tmp_path, pack) -> None:
    row = b'{"account_id": 7, "created_at": 1772452800, "verified": "true", "plan": "", "extra": 1}'
    raw = row + b'\n\n{"account_id": "b"}'
    path = tmp_path / "accounts.jsonl"
    path.write_bytes(pack(raw) if pack else raw)
    table = read_table(path, ACCOUNTS)
    assert table.schema == ACCOUNTS.arrow
    first, second = table.to_pylist()
    assert (first["account_id"], first["created_at"], first["verified"], first["plan"]) == ("7", NOON, True, None)
    assert second["account_id"] == "b" and second["created_at"] is None


def test_lists_parquet_and_csv(tmp_path) -> None:
    listed = tmp_path / "models.json"
    listed.write_text('[{"model": "m", "released_at": "2026-03-02T12:00:00Z", "input_price": "2.5"}]')
    assert read_table(listed, MODELS).to_pylist()[0] == {
        "model": "m", "released_at": NOON, "input_price": 2.5, "output_price": None,
    }  # fmt: skip
    parquet = tmp_path / "contracts.parquet"
    pq.write_table(
        pa.table({"org_id": ["o"], "kind": ["reseller"], "allowed_countries": [["DE", "AT"]], "valid_from": [NOON]}),
        parquet,
    )
    assert read_table(parquet, CONTRACTS).to_pylist()[0]["allowed_countries"] == ["DE", "AT"]
    csv = tmp_path / "accounts.csv"
    csv.write_text("account_id,payment_bin,verified,created_at,email_domain\n007,040000,false,2026-03-02 12:00:00,\n")
    row = read_table(csv, ACCOUNTS).to_pylist()[0]
    assert (row["account_id"], row["payment_bin"]) == ("007", "040000")  # no reader's guess eats the zeros
    assert (row["verified"], row["created_at"], row["email_domain"]) == (False, NOON, None)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("accounts.jsonl", b'{"org_id": "o"}', r"accounts\.jsonl, row 1: account_id is missing"),
        ("accounts.jsonl", b'{"account_id":"a"}\n{"account_id":"b","created_at":"secret"}', "row 2: created_at is no"),
        ("accounts.jsonl", b'{"account_id": "a"}\n{broken', "byte 20: not valid JSON"),
        ("accounts.jsonl", b"[1]", "byte 1: the row is no JSON object"),
        ("accounts.csv", b"org_id\no\n", "has no column 'account_id'"),
        ("accounts.csv", b"account_id;org_id\nsecret;o\n", "not separated by commas: write it anew with commas"),
        ("accounts.csv", b"", "cannot be read as a table"), ("accounts.csv", b"a,a\n1\n", "cannot be read as a table"),
        ("accounts.csv", b"account_id,account_id\n1,2\n", "more than one column named 'account_id'"),
        ("accounts.parquet", b"PAR1", "cannot be read as a table"),
        ("accounts.jsonl.gz", gzip.compress(b'{"account_id": "a"}' * 50)[:-12], "ends in the middle"),
    ],
)  # fmt: skip
def test_faults_name_the_file_and_the_row_and_no_value(tmp_path, name, content, fault) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=fault) as error:
        read_table(path, ACCOUNTS)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"kind": "resellr"}, r"contracts\.jsonl, row 2: kind must be one of reseller, enterprise"),
        ({"kind": "research", "valid_from": "2026-03-02T00:00:00Z", "valid_to": "2025-03-02T00:00:00Z"},
         "row 2: valid_to is before valid_from"),
    ],
)  # fmt: skip
def test_a_contract_that_would_cover_nobody_is_refused(tmp_path, row, fault) -> None:
    day = "2026-03-02T00:00:00Z"
    path = tmp_path / "contracts.jsonl"
    good = {"org_id": "o", "kind": "reseller", "valid_from": day, "valid_to": day}
    path.write_text("\n".join(json.dumps(one) for one in (good, {"org_id": "p"} | row, {"org_id": "q"} | row)))
    with pytest.raises(BadInput, match=fault):
        read_table(path, CONTRACTS)


def test_a_file_that_is_not_there(tmp_path) -> None:
    for name in ("accounts.jsonl", "accounts.csv", "accounts.parquet"):
        with pytest.raises(BadInput, match=name):
            read_table(tmp_path / name, ACCOUNTS)


def test_names_of_side_tables() -> None:
    names = [
        "accounts.parquet",
        "Models.JSONL.gz",
        "contracts.csv",
        "accounts.txt",
        "my-accounts.csv",
        "exchanges.jsonl",
    ]
    assert [table_name(Path(name)) for name in names] == ["accounts", "models", "contracts", None, None, None]
