"""Times as logs write them: ISO 8601 text, or seconds, milliseconds, microseconds or nanoseconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.schema import EXCHANGES

__all__ = ["EARLIEST", "LATEST", "microseconds", "time_array", "within"]

TIMESTAMP = EXCHANGES["ts"].type
# Outside these years a number is not a time of a request: 0 and -1 stand for "unknown" in many logs.
EARLIEST = 946_684_800_000_000  # 2000-01-01
LATEST = 4_102_444_800_000_000  # 2100-01-01

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+]?\d+)?", re.ASCII | re.IGNORECASE)
_FRACTION = re.compile(r"(\.\d{6})\d+", re.ASCII)
_ZONE_NAME = re.compile(r"\s*(UTC|GMT)$", re.IGNORECASE)


def microseconds(value: Any) -> int | None:
    """Microseconds since 1970 UTC, or None where `value` is no time between 2000 and 2100.

    Text without a zone is UTC. The unit of a number is the one that puts it into this century.
    """
    found: int | None = None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        found = (moment - _EPOCH) // _MICROSECOND
    elif isinstance(value, str):
        text = value.strip()
        if len(text) > 64:
            return None
        if _NUMBER.fullmatch(text):
            return microseconds(int(text) if text.lstrip("+-").isdigit() else float(text))
        try:
            moment = datetime.fromisoformat(_FRACTION.sub(r"\1", _ZONE_NAME.sub("+00:00", text)))
            return microseconds(moment)
        except (ValueError, OverflowError):
            return None
    elif isinstance(value, int) and not isinstance(value, bool):
        size = abs(value)
        if size < 10**11:
            found = value * 1_000_000
        elif size < 10**14:
            found = value * 1000
        elif size < 10**17:
            found = value
        else:
            found = value // 1000
    elif isinstance(value, float):
        size_float = abs(value)
        if size_float < 1e11:
            found = round(value * 1e6)
        elif size_float < 1e14:
            found = round(value * 1e3)
        elif size_float < 1e22:
            return microseconds(int(value))
    return found if found is not None and EARLIEST <= found < LATEST else None


def time_array(values: Sequence[Any]) -> pa.Array:
    """`values` as timestamp[us, UTC]; NULL where a value is missing or is no time. Text of one shape goes at once."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str):
        for kind in (TIMESTAMP, pa.timestamp("us")):
            try:
                return within(pa.array(values, pa.string()).cast(kind).cast(TIMESTAMP))
            except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
                continue
    return pa.array([microseconds(value) for value in values], pa.int64()).cast(TIMESTAMP)


def within(times: pa.Array) -> pa.Array:
    """`times` with those outside 2000 … 2100 as NULL."""
    numbers = times.cast(pa.int64())
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is None or (bounds["min"] >= EARLIEST and bounds["max"] < LATEST):
        return times
    inside = pc.and_(pc.greater_equal(numbers, EARLIEST), pc.less(numbers, LATEST))
    return pc.if_else(inside, times, pa.scalar(None, TIMESTAMP))
