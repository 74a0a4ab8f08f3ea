from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.schema import EXCHANGES
from stillwatch.sources.columns import coerce, column_array, exchanges_table, finish, plain
from stillwatch.sources.exchange import Exchange

NOON = "2026-03-02T12:00:00Z"
ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=3)
)
ODD = ANY | st.dictionaries(st.text(max_size=5), ANY, max_size=2)


def _row(**values) -> Exchange:
    return Exchange(**{"ts": NOON, "account_id": "a", "exchange_id": "x", **values})


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(EXCHANGES.names, ODD)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_values_give_a_good_row_or_a_reason_each(values) -> None:
    rows = [_row(**each) for each in values]
    table, reasons = exchanges_table(rows, lambda row: f"made-{row}")
    assert table.schema == EXCHANGES.arrow
    assert table.num_rows + len(reasons) == len(rows)
    assert all(reasons.values())
    for name in EXCHANGES.required:
        assert table.column(name).null_count == 0


def test_one_bad_row_does_not_touch_its_neighbours() -> None:
    rows = [_row(turns=1, exchange_id=None), _row(turns=70_000), _row(turns=3, exchange_id="kept")]
    table, reasons = exchanges_table(rows, lambda row: f"made-{row}")
    assert reasons == {1: "turns does not fit int16"}
    assert table.column("turns").to_pylist() == [1, 3]
    assert table.column("exchange_id").to_pylist() == ["made-0", "kept"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"ts": None}, "no time"), ({"ts": "soon"}, "ts is no time"), ({"ts": 0}, "ts is no time"),
        ({"account_id": None}, "no account_id"), ({"account_id": ""}, "no account_id"),
        ({"seed": 2**63}, "seed does not fit int64"), ({"status": 10**6}, "status does not fit int16"),
        ({"temperature": float("nan")}, "temperature is not a finite number"),
        ({"temperature": float("inf")}, "temperature is not a finite number"),
        ({"top_p": 1e300}, "top_p does not fit float"), ({"turns": 1.5}, "turns is not a whole number"),
        ({"input_tokens": -1}, "input_tokens is negative"), ({"stream": "maybe"}, "stream is not true or false"),
        ({"n": "many"}, "n is not a number"), ({"logit_bias": {"word": 1}}, "logit_bias is not a number"),
        ({"tools": 5}, "tools is not a list"), ({"ip": True}, "ip is not text"),
    ],
)  # fmt: skip
def test_reasons_name_the_column_and_never_the_value(values, reason) -> None:
    table, reasons = exchanges_table([_row(), _row(**values)], str)
    assert table.num_rows == 1
    assert reasons[1].startswith(reason)
    assert "many" not in reasons[1] and "soon" not in reasons[1]


def test_empty_text_is_null_except_where_it_is_what_someone_said() -> None:
    table, reasons = exchanges_table([_row(ip="", session_id="", prompt="", response="")], str)
    row = table.to_pylist()[0]
    assert (row["ip"], row["session_id"], row["prompt"], row["response"]) == (None, None, "", "")
    assert not reasons


def test_objects_come_to_their_plain_form() -> None:
    table, _ = exchanges_table(
        [
            _row(
                messages=[{"role": "user", "content": "hi"}], response_format={"type": "json_object"}, latency_ms=9.6,
                tools=[{"function": {"name": "f"}}, {"name": "g"}, "h"], logit_bias={"7": -1}, account_id=12.0, n="4",
            )
        ],
        str,
    )  # fmt: skip
    row = table.to_pylist()[0]
    assert row["messages"] == '[{"role":"user","content":"hi"}]'
    assert (row["response_format"], row["latency_ms"], row["account_id"], row["n"]) == ("json_object", 10, "12", 4)
    assert (row["tools"], row["logit_bias"]) == (["f", "g", "h"], [7])


def test_raw_keys_are_hashed_in_the_column_too() -> None:
    table, _ = exchanges_table([_row(key_id="sk-live-0123456789abcdef"), _row(key_id="plain-id"), _row()], str)
    first, second, third = table.column("key_id").to_pylist()
    assert "sk-live" not in first and (second, third) == ("plain-id", None)


def test_lone_surrogates_are_text_again() -> None:
    assert coerce("a\ud800b", pa.string()) == "a?b"


def test_plain_columns_are_not_copied() -> None:
    values = ["a", None]
    assert plain("messages", values) is values
    assert plain("prompt", [["x"]]) == [["x"]]


def test_column_array_names_each_bad_row() -> None:
    array, wrong = column_array("n", [1, "2", "x", None], pa.int64())
    assert array.to_pylist() == [1, 2, None, None]
    assert wrong == {2: "n is not a number"}
    nothing, none_wrong = column_array("n", [None, None], pa.int64())
    assert nothing.null_count == 2 and not none_wrong


def test_finish_keeps_reasons_that_were_given() -> None:
    arrays = {name: pa.nulls(2, EXCHANGES[name].type) for name in EXCHANGES.names}
    arrays["ts"] = pa.array([1_772_452_800_000_000] * 2, pa.int64()).cast(EXCHANGES["ts"].type)
    arrays["account_id"] = pa.array(["a", "b"])
    table, reasons = finish(arrays, {0: "bad before"}, str)
    assert reasons == {0: "bad before"}
    assert table.column("exchange_id").to_pylist() == ["1"]
