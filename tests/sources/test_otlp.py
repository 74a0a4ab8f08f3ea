from __future__ import annotations

import pytest

from stillwatch.sources.otlp import attributes, entries, numbered, plain_value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"stringValue": "a"}, "a"), ({"intValue": "9007199254740993"}, 9007199254740993), ({"intValue": 5}, 5),
        ({"doubleValue": 0.5}, 0.5), ({"boolValue": False}, False), ({}, None), ("bare", "bare"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}]}}, [1, "x"]), ({"arrayValue": None}, []),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {}}}]}}, {"k": []}), ({"kvlistValue": 5}, {}),
        ({"intValue": "many"}, None), ({"role": "user"}, {"role": "user"}),
    ],
)  # fmt: skip
def test_any_values_become_plain(value, plain) -> None:
    assert plain_value(value) == plain


def test_nesting_has_an_end() -> None:
    deep: dict = {"stringValue": "x"}
    for _ in range(2000):
        deep = {"arrayValue": {"values": [deep]}}
    found, depth = plain_value(deep), 0
    while isinstance(found, list) and found:
        found, depth = found[0], depth + 1
    assert found is None and depth == 32


def test_attributes_as_list_or_mapping_and_the_last_counts() -> None:
    pairs = [{"key": "a", "value": {"intValue": "1"}}, {"key": "a", "value": {"intValue": "2"}}, {"nokey": 1}, None]
    assert attributes(pairs) == {"a": 2} == attributes({"a": 2})
    assert attributes("x") == {}


def test_what_is_numbered_is_listed_in_order() -> None:
    known = {
        "m.10.role": "c", "m.2.role": "b", "m.0.message.role": "a", "m.0.content": "x", "m.0": "bare",
        "m.-1.role": "no", "m.x.role": "no", "m.²": "no", "m.123456.role": "no", "m": "no",
        "mm.0.role": "no", "0.role": "no",
    }  # fmt: skip
    assert numbered(known, "m", "message.") == [{"role": "a", "content": "x", "": "bare"}, {"role": "b"}, {"role": "c"}]
    assert numbered(known, "m")[0] == {"message.role": "a", "content": "x", "": "bare"}
    assert numbered({}, "m") == numbered(known, "n") == []


def test_spans_and_logs_of_both_spellings() -> None:
    span = {"traceId": "t", "spanId": "s", "startTimeUnixNano": "1700000000000000000", "status": {"code": 2}}
    camel = {"resourceSpans": [{"resource": {"attributes": [{"key": "r", "value": {"stringValue": "v"}}]},
                                "scopeSpans": [{"spans": [span]}]}]}  # fmt: skip
    snake = {"resource_spans": [{"scope_spans": [{"spans": [{"trace_id": "t", "span_id": "s"}]}]}]}
    old = {"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [span]}]}]}
    (entry,) = entries(camel)
    assert (entry.key, entry.start, entry.error, entry.resource) == ("t:s", 1700000000000000000, True, {"r": "v"})
    assert [e.key for e in entries(snake)] == [e.key for e in entries(old)] == ["t:s"]
    log = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"eventName": "e", "body": {"stringValue": "b"}}]}]}]}
    (entry,) = entries(log)
    assert (entry.kind, entry.name, entry.body, entry.key) == ("log", "e", "b", None)


def test_one_span_a_line_as_sdk_exporters_write_it() -> None:
    (entry,) = entries({"context": {"trace_id": "0xab", "span_id": "0xcd"}, "attributes": {"a": 1},
                        "start_time": "2026-03-05T12:00:00Z"})  # fmt: skip
    assert (entry.kind, entry.key, entry.start) == ("span", "ab:cd", "2026-03-05T12:00:00Z")


def test_what_is_no_otlp_gives_nothing() -> None:
    for record in ({}, {"resourceSpans": 5}, {"resourceSpans": [None, {"scopeSpans": [{"spans": ["x"]}]}]}):
        assert list(entries(record)) == []
