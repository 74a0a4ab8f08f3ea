from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines.columns import plain_schema, plain_table


def test_every_kind_becomes_one_that_all_engines_share() -> None:
    table = pa.table(
        {
            "small": pa.array([1, None], pa.uint16()),
            "code": pa.array(["a", None]).dictionary_encode(),
            "large": pa.array(["a", "b"], pa.large_string()),
            "viewed": pa.array(["a", "b"], pa.string_view()),
            "sum": pa.array([Decimal(5), None], pa.decimal128(38, 0)),
            "share": pa.array([Decimal("0.5"), None], pa.decimal128(3, 1)),
            "at": pa.array([datetime(2026, 3, 2, tzinfo=UTC), None], pa.timestamp("ns", tz="Europe/Rome")),
            "ids": pa.array([[1, 2], None], pa.large_list(pa.int64())),
            "none": pa.nulls(2),
        }
    )
    plain = plain_table(table)
    assert [str(kind) for kind in plain.schema.types] == [
        "int64", "string", "string", "string", "int64", "double", "timestamp[us, tz=UTC]", "list<item: int64>", "int32",
    ]  # fmt: skip
    assert [list(row.values()) for row in plain.to_pylist()] == [
        [1, "a", "a", "a", 5, 0.5, datetime(2026, 3, 2, tzinfo=UTC), [1, 2], None],
        [None, None, "b", "b", None, None, None, None, None],
    ]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=20))
def test_hashes_pass_unchanged(values: list[int | None]) -> None:
    table = pa.table({"hash": pa.array(values, pa.int64())})
    assert plain_table(table).equals(table)


def test_a_number_that_no_engine_holds_is_an_error_and_not_another_number() -> None:
    with pytest.raises(pa.ArrowInvalid):
        plain_table(pa.table({"hash": pa.array([2**63], pa.uint64())}))


def test_metadata_does_not_travel() -> None:
    schema = pa.schema([pa.field("n", pa.int64(), metadata={"secret": "x"})], metadata={"secret": "y"})
    assert plain_schema(schema).metadata is None
    assert plain_schema(schema).field("n").metadata is None
