from __future__ import annotations

import json

import pytest

from stillwatch.sources.envelope import ENVELOPE_FILLS, bodies, fill_envelope, first, operation, settle_account
from stillwatch.sources.exchange import Exchange
from stillwatch.sources.keys import hash_key

ASK = {"model": "m", "messages": []}
ANSWER = {"choices": []}
RAW = "sk-live-ABCDEFGHIJKLMNOP"


@pytest.mark.parametrize(
    "record",
    [
        {"request": ASK, "response": ANSWER}, {"body": ASK, "response_body": ANSWER},
        {"request": {"method": "POST", "body": ASK}, "response": {"status": 200, "body": ANSWER}},
        {"request_body": json.dumps(ASK), "output": json.dumps(ANSWER)},
    ],
)  # fmt: skip
def test_bodies_are_found_in_every_usual_wrapping(record) -> None:
    request, response, enveloped = bodies(record)
    assert (dict(request), dict(response), enveloped) == (ASK, ANSWER, True)


def test_a_bare_record_is_both_bodies() -> None:
    record = {**ASK, **ANSWER}
    assert bodies(record) == (record, record, False)


def test_columns_are_taken_from_every_usual_name() -> None:
    row = Exchange()
    fill_envelope(row, {
        "@timestamp": "t", "request_id": "r", "customerId": 5, "organization": "o", "endUserId": "e",
        "conversation_id": "c", "channel": "app", "remote_addr": "192.0.2.1", "country_code": "SE", "ja3": "j",
        "duration_ms": 3, "statusCode": 201, "api_key": RAW, "asn": "AS64500", "path": "/v1/messages",
        "headers": {"User-Agent": ["ua"]},
    })  # fmt: skip
    filled = {name for name in ENVELOPE_FILLS if getattr(row, name) is not None}
    assert filled == set(ENVELOPE_FILLS)
    assert (row.account_id, row.asn, row.user_agent, row.operation) == (5, 64500, "ua", "chat")
    assert row.key_id == hash_key(RAW)


def test_earlier_records_and_what_is_known_go_first() -> None:
    row = Exchange(ts="kept")
    fill_envelope(row, {"ts": "a", "ip": "1"}, {"ip": "2", "country": "NO"})
    assert (row.ts, row.ip, row.country) == ("kept", "1", "NO")


@pytest.mark.parametrize(
    "record",
    [
        {"headers": {"Authorization": f"Bearer {RAW}"}}, {"request": {"headers": {"x-api-key": [RAW]}}},
        {"authorization": f"bearer {RAW}"}, {"key_id": RAW},
    ],
)  # fmt: skip
def test_no_way_lets_a_raw_key_through(record) -> None:
    row = Exchange()
    fill_envelope(row, record)
    assert row.key_id == hash_key(RAW)


def test_the_client_is_the_first_that_was_forwarded() -> None:
    row = Exchange()
    fill_envelope(row, {"headers": {"X-Forwarded-For": "203.0.113.5, 10.0.0.1"}})
    assert row.ip == "203.0.113.5"


def test_the_account_is_the_envelopes_then_the_key_then_the_bodys() -> None:
    for row, own, expected in (
        (Exchange(account_id="a", key_id="k"), "u", "a"), (Exchange(key_id="k"), "u", "k"), (Exchange(), "u", "u"),
        (Exchange(), None, None),
    ):  # fmt: skip
        settle_account(row, own)
        assert row.account_id == expected


def test_values_of_wrong_kinds_fill_nothing() -> None:
    row = Exchange()
    fill_envelope(row, {"ts": [1], "account_id": {"a": 1}, "ip": True, "asn": "many", "headers": 5, "api_key": 7})
    assert row == Exchange()


def test_operations_by_path_and_first() -> None:
    paths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/x", 5]
    assert [operation(path) for path in paths] == ["chat", "completion", "embedding", "chat", "chat", None, None]
    assert first({"a": "", "b": None, "c": 0}, ("a", "b", "c")) == 0
