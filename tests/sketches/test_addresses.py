from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches.addresses import MAPPED, network_column, parse_addresses


def parse(text: str | None) -> int | None:
    found = parse_addresses(pa.array([text], pa.string()))
    return int(found.high[0]) << 64 | int(found.low[0]) if found.valid[0] else None


@given(st.ip_addresses())
@settings(max_examples=150, deadline=None)
def test_as_the_standard_library_reads_them(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    expected = int(address) | (int(MAPPED) if address.version == 4 else 0)
    assert parse(str(address)) == expected
    assert parse(f" [{address.exploded.upper()}] ") == expected


@given(st.text(alphabet="0123456789abF:.%", max_size=20))
@settings(max_examples=300, deadline=None)
def test_it_accepts_nothing_that_the_standard_library_refuses(text: str) -> None:
    found = parse(text)
    plain = text.split("%")[0]
    try:
        expected = ipaddress.ip_address(plain)
    except ValueError:
        # leading zeros, as in 192.0.02.1, are read as decimal here and refused there
        assert found is None or any(part[0] == "0" for part in plain.split(":")[-1].split(".") if len(part) > 1)
    else:
        assert found == int(expected) | (int(MAPPED) if expected.version == 4 else 0)


@pytest.mark.parametrize(
    "text", [None, "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:80", "host.example", ":::", "1::2::3", "::g", "1:2"]
)
def test_what_is_no_address(text: str | None) -> None:
    assert parse(text) is None


def test_zones_and_mapped_addresses() -> None:
    assert parse("fe80::1%eth0") == int(ipaddress.ip_address("fe80::1"))
    assert parse("::ffff:192.0.2.1") == parse("192.0.2.1")


def test_networks_are_24_and_48_bits(key: bytes) -> None:
    column = pa.array(
        ["192.0.2.1", "192.0.2.254", "192.0.3.1", "2001:db8:1::1", "2001:db8:1:ffff::", "2001:db8:2::", None]
    )
    for secret in (None, key):
        found = network_column(parse_addresses(column), secret).to_pylist()
        assert found[0] == found[1] != found[2]
        assert found[3] == found[4] != found[5]
        assert found[6] is None
        assert len(set(found)) == 5
