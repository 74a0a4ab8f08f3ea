"""What gateways write around a provider's bodies: who, when, from where. One list of names for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stillwatch.sources.base import Record
from stillwatch.sources.content import mapping
from stillwatch.sources.exchange import Exchange
from stillwatch.sources.keys import hash_key, key_name

__all__ = ["ENVELOPE_FILLS", "bodies", "fill_envelope", "first", "operation", "settle_account"]

_REQUEST = ("request", "body", "request_body", "requestBody", "req", "input", "params")
_RESPONSE = ("response", "response_body", "responseBody", "resp", "output", "result")

# Column to the names under which logs carry it beside the bodies, the surest first.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "ts": (
        "ts", "timestamp", "time", "@timestamp", "request_time", "request_created_at", "started_at", "start_time",
        "startTime", "created_at", "created",
    ),
    "exchange_id": ("exchange_id", "request_id", "requestId", "event_id"),
    "account_id": ("account_id", "accountId", "account", "customer_id", "customerId", "workspace_id"),
    "org_id": ("org_id", "organization_id", "organizationId", "organization", "orgId", "tenant_id"),
    "end_user_id": ("end_user_id", "end_user", "endUserId"),
    "session_id": ("session_id", "sessionId", "conversation_id", "thread_id"),
    "channel": ("channel",),
    "ip": ("ip", "client_ip", "clientIp", "ip_address", "remote_addr", "requester_ip_address", "remote_ip"),
    "country": ("country", "country_code"),
    "user_agent": ("user_agent", "userAgent", "user-agent"),
    "tls_fingerprint": ("tls_fingerprint", "ja4", "ja3", "ja3_hash"),
    "latency_ms": ("latency_ms", "duration_ms", "response_time_ms", "response_ms"),
    "status": ("status", "status_code", "statusCode", "http_status", "response_status"),
}  # fmt: skip
_KEY_NAMES = ("key_id", "keyId", "api_key_id", "key_hash", "api_key_hash")
_RAW_KEYS = ("api_key", "apiKey", "x-api-key", "authorization", "Authorization")
_HEADERS = ("headers", "request_headers", "requestHeaders")
_URLS = ("url", "path", "endpoint", "route", "uri", "request_path")

ENVELOPE_FILLS = frozenset({*_NAMES, "key_id", "asn", "operation"})

_OPERATIONS = (
    ("embedding", "embedding"),
    ("chat/completions", "chat"),
    ("messages", "chat"),
    ("responses", "chat"),
    ("completion", "completion"),
)


def first(record: Record, names: Iterable[str]) -> Any:
    """The first value under `names` that says anything."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "" and value != {} and value != []:
            return value
    return None


def bodies(record: Record) -> tuple[Mapping[str, Any], Mapping[str, Any], bool]:
    """Request body, response body, and whether an envelope is around them.

    A record without an envelope is both bodies at once: its keys do not clash. Bodies may be JSON text, and may
    stand one level deeper beside headers and status, as `{"body": …}`.
    """
    request = _body(record, _REQUEST, ("messages", "input", "prompt", "model", "contents"))
    response = _body(record, _RESPONSE, ("choices", "output", "content", "usage", "error", "object", "type"))
    if not request and not response:
        return record, record, False
    return request, response, True


def _body(record: Record, names: Iterable[str], marks: Iterable[str]) -> Mapping[str, Any]:
    for name in names:
        outer = mapping(record.get(name))
        inner = mapping(outer.get("body"))
        for body in (inner, outer):
            if any(mark in body for mark in marks):
                return body
    return {}


def fill_envelope(row: Exchange, *records: Record) -> None:
    """Sets what the envelope tells and the row does not have yet; earlier records go before later ones.

    Raw API keys, in a column or a header, are hashed here.
    """
    for record in records:
        request = mapping(record.get("request"))
        headers = {
            str(name).lower(): value[0] if isinstance(value, list) and value else value
            for holder in (record, request)
            for name, value in mapping(first(holder, _HEADERS)).items()
        }
        for column, names in _NAMES.items():
            value = first(record, names) if getattr(row, column) is None else None
            if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                setattr(row, column, value)
        if row.user_agent is None and isinstance(headers.get("user-agent"), str):
            row.user_agent = headers["user-agent"]
        forwarded = headers.get("x-forwarded-for")
        if row.ip is None and isinstance(forwarded, str):
            row.ip = forwarded.split(",")[0].strip() or None
        if row.key_id is None:
            row.key_id = _key(record, headers)
        if row.asn is None and isinstance(record.get("asn"), (int, str)) and not isinstance(record["asn"], bool):
            asn = str(record["asn"]).upper().removeprefix("AS")
            row.asn = int(asn) if asn.isascii() and asn.isdigit() and len(asn) < 10 else None
        if row.operation is None:
            row.operation = operation(first(record, _URLS) or first(request, _URLS))


def settle_account(row: Exchange, own: Any) -> None:
    """Names the account of a row whose envelope may lack one: its API key's hash, else what the body says itself.

    The body's identifier (`user`, `safety_identifier`, `metadata.user_id`) often is the customer's own end user, so
    the key goes before it.
    """
    if row.account_id is None:
        row.account_id = row.key_id if row.key_id is not None else own


def _key(record: Record, headers: Mapping[str, Any]) -> str | None:
    named = first(record, _KEY_NAMES)
    if named is not None:
        return key_name(named)
    raw = first(record, _RAW_KEYS) or first(headers, ("x-api-key", "api-key", "authorization"))
    return hash_key(raw) if isinstance(raw, str) else None


def operation(url: Any) -> str | None:
    """`chat`, `completion` or `embedding` by the path that was called."""
    if not isinstance(url, str):
        return None
    return next((name for mark, name in _OPERATIONS if mark in url), None)
