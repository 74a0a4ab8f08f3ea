"""Address to autonomous system, offline: a table of ranges (Parquet or CSV) or an operator's MMDB file."""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.sketches.addresses import MAPPED, Addresses, parse_addresses
from stillwatch.sketches.buffers import one_chunk

__all__ = ["Networks"]

_HALF = 64
_LOW = (1 << _HALF) - 1


@numba.njit(cache=True, nogil=True)
def _search(high, low, start_high, start_low, end_high, end_low, numbers, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        left, right = 0, len(numbers)
        while left < right:  # the last range that starts at or before the address
            middle = (left + right) // 2
            after = start_high[middle] > high[row] or (start_high[middle] == high[row] and start_low[middle] > low[row])
            if after:
                right = middle
            else:
                left = middle + 1
        at = left - 1
        if at >= 0 and (end_high[at] > high[row] or (end_high[at] == high[row] and end_low[at] >= low[row])):
            out[row] = numbers[at]


class Networks:
    """Ranges of addresses, each with its autonomous system. `Networks.load` reads them; `asn` looks up."""

    def __init__(self, start: Addresses, end: Addresses, numbers: NDArray[np.int64], reader: Any = None):
        order = np.lexsort((start.low, start.high))
        self._start = (start.high[order], start.low[order])
        self._end = (end.high[order], end.low[order])
        self._numbers = numbers[order].astype(np.int32)
        self._reader = reader

    def __len__(self) -> int:
        return len(self._numbers)

    @classmethod
    def load(cls, path: Path | str) -> Networks:
        """Read `path` by its ending: .parquet, .csv, .tsv or .mmdb. Raises BadSettings naming the file and remedy.

        Tables have the columns (start, end, asn) with whole numbers or written addresses, both ends included, or
        (cidr, asn). Ranges must not overlap; where they do, the one that starts last wins.
        """
        path = Path(path)
        if not path.is_file():
            raise BadSettings(f"{path}: no such file. Set asn_table to a Parquet, CSV or MMDB file of address ranges.")
        try:
            if path.suffix.lower() == ".mmdb":
                return cls._mmdb(path)
            if path.suffix.lower() == ".parquet":
                return cls.of(pq.read_table(path), str(path))
            return cls.of(_read_csv(path), str(path))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise BadSettings(
                f"{path}: cannot be read as a table of address ranges ({type(error).__name__})."
            ) from None

    @classmethod
    def of(cls, table: pa.Table, origin: str = "table") -> Networks:
        """From a table with the columns (start, end, asn) or (cidr, asn)."""
        names = {name.lower(): name for name in table.column_names}
        if "asn" not in names or not ({"start", "end"} <= set(names) or "cidr" in names):
            raise BadSettings(f"{origin}: needs the columns start, end, asn or cidr, asn; has {table.column_names}.")
        if "cidr" in names:
            start, end = _from_cidr(table.column(names["cidr"]), origin)
        else:
            start, end = (_ends(table.column(names[name]), origin, name) for name in ("start", "end"))
        text = table.column(names["asn"]).cast(pa.string())
        digits = pc.replace_substring_regex(text, r"^\s*[Aa][Ss]|\s+$", "")
        numbers = pc.if_else(pc.equal(digits, ""), pa.scalar(None, pa.string()), digits).cast(pa.int64())
        kept = start.valid & end.valid & (one_chunk(numbers.is_valid()).to_numpy(zero_copy_only=False))
        values = one_chunk(numbers.fill_null(0)).to_numpy(zero_copy_only=False)
        pick = [Addresses(side.high[kept], side.low[kept], side.valid[kept]) for side in (start, end)]
        # an ASN above 2^31 (private 32-bit numbers) would not fit the column: int32, as the log has it
        return cls(pick[0], pick[1], np.where(values < 2**31, values, 0)[kept])

    @classmethod
    def _mmdb(cls, path: Path) -> Networks:
        try:
            import maxminddb
        except ImportError:
            raise BadSettings(f"{path}: reading MMDB files needs the extra: pip install 'stillwatch[mmdb]'.") from None
        try:
            reader = maxminddb.open_database(str(path))
        except (maxminddb.InvalidDatabaseError, OSError) as error:
            raise BadSettings(f"{path}: not a usable MMDB file ({type(error).__name__}).") from None
        nothing = Addresses(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.bool_))
        return cls(nothing, nothing, np.zeros(0, np.int64), reader)

    def asn(self, addresses: pa.Array | pa.ChunkedArray | Addresses) -> pa.Array:
        """int32 of each address (strings, or parsed ones); NULL where no range holds it or it is no address."""
        parsed = addresses if isinstance(addresses, Addresses) else parse_addresses(addresses)
        out = np.zeros(len(parsed.valid), np.int32)
        if self._reader is not None:
            return self._read_each(parsed)
        _search(parsed.high, parsed.low, *self._start, *self._end, self._numbers, out)
        return pa.array(out, mask=~(parsed.valid & (out > 0)))

    def _read_each(self, parsed: Addresses) -> pa.Array:
        """MMDB is a tree: look up each /24 or /64 that occurs once."""
        pairs = np.stack([parsed.high, parsed.low], axis=1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        numbers = np.fromiter((self._lookup(int(a) << _HALF | int(b)) for a, b in unique), np.int32, len(unique))
        out = numbers[inverse.reshape(-1)]
        return pa.array(out, mask=~(parsed.valid & (out > 0)))

    def _lookup(self, value: int) -> int:
        address = ipaddress.ip_address(value & 0xFFFFFFFF) if value >> 32 == 0xFFFF else ipaddress.IPv6Address(value)
        try:
            record = self._reader.get(address)
        except ValueError:  # an IPv6 address in an IPv4-only file
            return 0
        if not isinstance(record, dict):
            return 0
        found = record.get("autonomous_system_number", record.get("asn", record.get("as_number", 0)))
        digits = str(found).upper().removeprefix("AS")
        return int(digits) if digits.isdigit() and int(digits) < 2**31 else 0


def _read_csv(path: Path) -> pa.Table:
    """A CSV or TSV with or without a header line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    tabs = "\t" in first
    cells = next(csv.reader([first], delimiter="\t" if tabs else ","), [])
    headed = any(cell.strip().lower() in {"asn", "start", "cidr"} for cell in cells)
    names = None if headed else ["cidr", "asn"] if cells and "/" in cells[0] else ["start", "end", "asn"]
    names = names and names + [f"more_{i}" for i in range(len(cells) - len(names))]
    text = {name: pa.string() for name in ("start", "end", "cidr", "asn")}
    return pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(column_names=names),
        parse_options=pacsv.ParseOptions(delimiter="\t" if tabs else ","),
        convert_options=pacsv.ConvertOptions(column_types=text),
    )


def _ends(column: pa.ChunkedArray, origin: str, name: str) -> Addresses:
    """One side of the ranges: whole numbers (v4 below 2^32, v6 above, also as text) or written addresses."""
    if pa.types.is_integer(column.type):
        low = one_chunk(column.cast(pa.uint64()).fill_null(0)).to_numpy(zero_copy_only=False)
        valid = one_chunk(column.is_valid()).to_numpy(zero_copy_only=False) & (low < 1 << 32)
        return Addresses(np.zeros(len(low), np.uint64), low | MAPPED, valid)
    parsed = parse_addresses(column)
    if len(parsed.valid) and not parsed.valid.any():
        return _numbers(column, origin, name)
    return parsed


def _numbers(column: pa.ChunkedArray, origin: str, name: str) -> Addresses:
    values = [int(text) if text and text.isdigit() else -1 for text in column.cast(pa.string()).to_pylist()]
    if all(value < 0 for value in values):
        raise BadSettings(f"{origin}: column {name!r} holds neither whole numbers nor addresses.")
    whole = [value | int(MAPPED) if value < 1 << 32 else value for value in values]
    valid = np.array([0 <= value < 1 << 128 for value in values], np.bool_)
    high = np.array([value >> _HALF if good else 0 for value, good in zip(whole, valid, strict=True)], np.uint64)
    low = np.array([value & _LOW if good else 0 for value, good in zip(whole, valid, strict=True)], np.uint64)
    return Addresses(high, low, valid)


def _cidr_ends(column: pa.ChunkedArray) -> Iterator[tuple[int, int]]:
    for text in column.to_pylist():
        try:
            network = ipaddress.ip_network((text or "").strip(), strict=False)
        except ValueError:
            yield -1, -1
            continue
        shift = int(MAPPED) if network.version == 4 else 0
        yield int(network.network_address) | shift, int(network.broadcast_address) | shift


def _from_cidr(column: pa.ChunkedArray, origin: str) -> tuple[Addresses, Addresses]:
    ends = list(_cidr_ends(column.cast(pa.string())))
    valid = np.array([first >= 0 for first, _ in ends], np.bool_)
    if len(ends) and not valid.any():
        raise BadSettings(f"{origin}: column 'cidr' holds no network such as 192.0.2.0/24.")
    sides = []
    for side in (0, 1):
        values = [max(pair[side], 0) for pair in ends]
        high = np.array([value >> _HALF for value in values], np.uint64)
        sides.append(Addresses(high, np.array([value & _LOW for value in values], np.uint64), valid))
    return sides[0], sides[1]
