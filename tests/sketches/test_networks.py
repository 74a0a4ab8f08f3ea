from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.sketches import Networks

ADDRESSES = pa.array(["192.0.2.0", "192.0.2.255", "192.0.3.0", "203.0.113.9", "2001:db8::5", "2001:db9::", "", None])
EXPECTED = [64496, 64496, None, 64497, 64498, None, None, None]
CIDR = ["192.0.2.0/24", "203.0.113.0/24", "2001:db8::/32"]
ENDS = [ipaddress.ip_network(network) for network in CIDR]
NUMBERS = [64496, 64497, 64498]


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("head", ["cidr,asn\n", ""])
def test_csv_of_networks(tmp_path: Path, head: str) -> None:
    rows = "".join(f"{network},AS{asn}\n" for network, asn in zip(CIDR, NUMBERS, strict=True))
    assert Networks.load(written(tmp_path, "asn.csv", head + rows)).asn(ADDRESSES).to_pylist() == EXPECTED


@pytest.mark.parametrize("head", ["start\tend\tasn\tname\n", ""])
def test_tsv_of_written_addresses_with_more_columns(tmp_path: Path, head: str) -> None:
    rows = "".join(f"{n[0]}\t{n[-1]}\t{asn}\tNAME, Inc\n" for n, asn in zip(ENDS, NUMBERS, strict=True))
    assert Networks.load(written(tmp_path, "asn.tsv", head + rows)).asn(ADDRESSES).to_pylist() == EXPECTED


def test_parquet_of_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "asn.parquet"
    table = pa.table(
        {"start": [int(n[0]) for n in ENDS[:2]], "end": [int(n[-1]) for n in ENDS[:2]], "asn": NUMBERS[:2]}
    )
    pq.write_table(table, path)
    assert Networks.load(path).asn(ADDRESSES).to_pylist() == [*EXPECTED[:4], None, None, None, None]


def test_csv_of_whole_numbers_of_both_families(tmp_path: Path) -> None:
    rows = "".join(f"{int(n[0])},{int(n[-1])},{asn}\n" for n, asn in zip(ENDS, NUMBERS, strict=True))
    assert Networks.load(written(tmp_path, "asn.csv", "start,end,asn\n" + rows)).asn(ADDRESSES).to_pylist() == EXPECTED


@given(st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=20, unique=True), st.data())
@settings(max_examples=30, deadline=None)
def test_as_a_plain_search_finds(cuts: list[int], data: st.DataObject) -> None:
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    table = pa.table({"start": cuts[::2], "end": cuts[1::2], "asn": range(1, len(cuts) // 2 + 1)})
    asked = data.draw(st.lists(st.sampled_from(cuts) | st.integers(0, 2**32 - 1), max_size=20))
    found = Networks.of(table.take(np.random.default_rng(0).permutation(len(table)))).asn(
        pa.array([str(ipaddress.IPv4Address(value)) for value in asked], pa.string())
    )
    plain = [
        next((n + 1 for n, (a, b) in enumerate(zip(cuts[::2], cuts[1::2], strict=True)) if a <= value <= b), None)
        for value in asked
    ]
    assert found.to_pylist() == plain
    assert found.type == pa.int32()


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "from,to,asn\n1,2,3\n"), ("b.csv", "cidr,asn\nnonsense,3\n"), ("c.csv", "start,end,asn\nx,y,3\n"),
     ("d.csv", ""), ("e.parquet", "not parquet"), ("f.mmdb", "not mmdb"), ("g.csv", "cidr,asn\n192.0.2.0/24,x\n")],
)  # fmt: skip
def test_a_useless_file_is_named(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadSettings, match=name):
        Networks.load(written(tmp_path, name, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="asn_table"):
        Networks.load(tmp_path / "none.csv")


def test_bad_rows_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "asn.csv", "cidr,asn\n192.0.2.0/24,64496\nbad,1\n,\n198.51.100.0/24,\n")
    assert len(Networks.load(path)) == 1


class Reader:
    """Answers as the maxminddb reader does."""

    def __init__(self, record: Any):
        self.record = record

    def get(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Any:
        if address.version == 6:
            raise ValueError("an IPv6 address in an IPv4 file")
        return self.record if str(address).startswith("192.0.2.") else None


@pytest.mark.parametrize(
    ("record", "asn"),
    [({"autonomous_system_number": 64496}, 64496), ({"asn": "AS64496"}, 64496), ({"other": 1}, None), ("text", None)],
)
def test_mmdb_records_of_every_maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: Any, asn: int) -> None:
    maxminddb = pytest.importorskip("maxminddb")
    monkeypatch.setattr(maxminddb, "open_database", lambda path: Reader(record))
    networks = Networks.load(written(tmp_path, "asn.mmdb", "x"))
    assert networks.asn(ADDRESSES).to_pylist() == [asn, asn, *[None] * 6]


def test_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "maxminddb", None)
    with pytest.raises(BadSettings, match="mmdb"):
        Networks.load(written(tmp_path, "asn.mmdb", "x"))
