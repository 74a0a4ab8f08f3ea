from __future__ import annotations

import msgspec
import pytest

from stillwatch.schema import EXCHANGES
from stillwatch.sources.exchange import Exchange, Refusal


def test_an_exchange_has_exactly_the_columns_of_the_log_in_their_order() -> None:
    assert Exchange.__struct_fields__ == EXCHANGES.names
    assert all(value is None for value in msgspec.structs.astuple(Exchange()))


@pytest.mark.parametrize("line", ['{"account_id": 5, "turns": "3", "latency_ms": 1.5}', '{"unknown": [1]}', "{}"])
def test_the_decoder_takes_what_logs_write(line: str) -> None:
    assert isinstance(msgspec.json.decode(line, type=Exchange, strict=False), Exchange)


def test_refusals_compare_by_reason_and_do_not_change() -> None:
    assert Refusal("a") == Refusal("a") != Refusal("b")
    with pytest.raises(AttributeError):
        Refusal("a").reason = "b"  # type: ignore[misc]
