"""This project's own layout: the columns of `schema.EXCHANGES` as JSON Lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stillwatch.schema import EXCHANGES
from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.exchange import Exchange, Refusal

__all__ = ["NATIVE"]

_BODIES = ("request", "body", "request_body", "params", "kwargs")


def _sniff(record: Record) -> bool:
    if "account_id" not in record or "ts" not in record:
        return False
    return not any(isinstance(record.get(name), dict) for name in (*_BODIES, "response"))


def _rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    try:
        yield msgspec.convert(record, Exchange, strict=False)
    except msgspec.ValidationError as error:
        yield Refusal(f"a value has the wrong type: {error}")


NATIVE = Source(
    name="stillwatch",
    description="Stillwatch's own columns: a folder, JSON Lines or Parquet",
    fills=frozenset(EXCHANGES.names),
    sniff=_sniff,
    rows=_rows,
    native=True,
)
