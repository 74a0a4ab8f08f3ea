from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.console.results import read_results
from stillwatch.errors import BadInput, NothingToRead
from stillwatch.findings import Campaign

Make = Callable[..., Campaign]


def leave(
    folder: Path, campaigns: list[Campaign], members: list[tuple[str, str, float]], facts: dict[str, Any]
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "campaigns.json").write_bytes(msgspec.json.encode(campaigns))
    (folder / "scan.json").write_bytes(msgspec.json.encode(facts))
    columns = list(zip(*members, strict=True)) or [(), (), ()]
    types = (pa.string(), pa.string(), pa.float64())
    names = ("campaign_id", "account_id", "probability")
    table = pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})
    pq.write_table(table, folder / "members.parquet")
    return folder


def test_what_was_written_is_read_back(campaign: Make, scan: dict[str, Any], tmp_path: Path) -> None:
    results = read_results(leave(tmp_path, [campaign(), campaign(id="b")], [], scan))
    assert results.campaign("C-7f3a91") == campaign()
    assert results.campaign("nobody") is None
    assert results.facts["seed"] == 0


def test_an_account_is_found_in_each_of_its_campaigns(campaign: Make, tmp_path: Path) -> None:
    rows = [("a", "u1", 0.6), ("b", "u1", 0.9), ("a", "u2", 1.0), ("gone", "u1", 1.0)]
    results = read_results(leave(tmp_path, [campaign(id="a"), campaign(id="b")], rows, {}))
    assert [(c.id, p) for c, p in results.memberships("u1")] == [("b", 0.9), ("a", 0.6)]
    assert list(results.memberships("x' OR 1=1")) == []


def test_a_folder_without_a_scan_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"campaigns\.json"):
        read_results(tmp_path)


def test_a_broken_file_is_named(campaign: Make, tmp_path: Path) -> None:
    leave(tmp_path, [campaign()], [], {})
    (tmp_path / "members.parquet").write_bytes(b"not parquet")
    with pytest.raises(BadInput, match=r"members\.parquet"):
        read_results(tmp_path).memberships("u")
    (tmp_path / "members.parquet").unlink()
    with pytest.raises(NothingToRead, match=r"members\.parquet"):
        read_results(tmp_path).memberships("u")
    (tmp_path / "scan.json").write_text("{")
    with pytest.raises(BadInput, match=r"scan\.json"):
        read_results(tmp_path)
    (tmp_path / "campaigns.json").write_text('[{"id": 3}]')
    with pytest.raises(BadInput, match=r"campaigns\.json"):
        read_results(tmp_path)
