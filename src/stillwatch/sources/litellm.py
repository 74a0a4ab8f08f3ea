"""LiteLLM: the standard logging payload of its callbacks, and dumps of its spend-log table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stillwatch.sources.anthropic import fill_anthropic, is_anthropic
from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import mapping, name_of, parsed, whole
from stillwatch.sources.envelope import first
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.keys import hash_key
from stillwatch.sources.openai import OPENAI_FILLS, fill_openai
from stillwatch.sources.times import microseconds

__all__ = ["LITELLM", "LITELLM_SPENDLOGS"]

_FILLS = OPENAI_FILLS | {"key_id", "org_id", "ip", "user_agent", "latency_ms", "status", "channel"}
_WITHHELD = ("", "redacted-by-litellm")
_OPERATIONS = (("embedding", "embedding"), ("text_completion", "completion"), ("batch", "batch"))


def _payload_sniff(record: Record) -> bool:
    return "model_parameters" in record and ("startTime" in record or "call_type" in record) and "metadata" in record


def _spendlogs_sniff(record: Record) -> bool:
    return "startTime" in record and "api_key" in record and ("spend" in record or "request_id" in record)


def _payload_rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    if not _payload_sniff(record):
        yield Refusal("is no LiteLLM standard logging payload, as the rows before it are")
        return
    parameters = mapping(record.get("model_parameters"))
    metadata = mapping(record.get("metadata"))
    usage = mapping(metadata.get("usage_object")) or mapping(mapping(record.get("response")).get("usage"))
    row = _row(record, metadata, {**parameters, "messages": _said(record.get("messages"))}, usage)
    row.key_id = _key(metadata.get("user_api_key_hash"))
    row.end_user_id = name_of(first(record, ("end_user",)) or metadata.get("user_api_key_end_user_id"))
    row.account_id = _account(row, metadata, None)
    row.exchange_id = name_of(first(record, ("id", "litellm_call_id")))
    _status(row, record, mapping(record.get("error_information")))
    yield row


def _spendlogs_rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    if not _spendlogs_sniff(record):
        yield Refusal("is no row of LiteLLM's spend logs, as the rows before it are")
        return
    metadata = mapping(record.get("metadata"))
    sent = mapping(record.get("proxy_server_request"))
    body = mapping(sent.get("body")) or sent
    messages = _said(record.get("messages")) or body.get("messages")
    usage = mapping(metadata.get("usage_object")) or mapping(mapping(record.get("response")).get("usage"))
    row = _row(record, metadata, {**body, "messages": messages}, usage)
    row.key_id = _key(record.get("api_key"))
    row.end_user_id = name_of(record.get("end_user"))
    row.account_id = _account(row, metadata, record)
    row.exchange_id = name_of(record.get("request_id"))
    _status(row, record, mapping(metadata.get("error_information")))
    yield row


def _row(record: Record, metadata: Mapping[str, Any], request: Mapping[str, Any], usage: Mapping[str, Any]) -> Exchange:
    """What both shapes say in the same names."""
    response = mapping(record.get("response"))
    row = Exchange()
    if is_anthropic({}, response):
        fill_anthropic(row, request, response)
    else:
        fill_openai(row, request, response)
    answer = record.get("response")
    if isinstance(answer, str) and isinstance(parsed(answer), str) and answer not in _WITHHELD:
        row.response = answer
    row.ts = first(record, ("startTime", "start_time"))
    row.org_id = name_of(first(record, ("organization_id",)) or metadata.get("user_api_key_org_id"))
    row.session_id = name_of(first(record, ("session_id", "trace_id")))
    row.ip = name_of(first(record, ("requester_ip_address",)) or metadata.get("requester_ip_address"))
    row.user_agent = name_of(metadata.get("user_agent") or record.get("user_agent"))
    row.model = name_of(first(record, ("model_group", "model"))) or row.model
    call = str(record.get("call_type") or "")
    row.operation = next((name for mark, name in _OPERATIONS if mark in call), "chat")
    row.channel = "batch" if "batch" in call else "api"
    row.input_tokens = _count(record, usage, "prompt_tokens")
    row.output_tokens = _count(record, usage, "completion_tokens")
    details = mapping(usage.get("completion_tokens_details"))
    row.reasoning_tokens = whole(details.get("reasoning_tokens"))
    begun, ended = microseconds(row.ts), microseconds(first(record, ("endTime", "end_time")))
    if begun is not None and ended is not None and ended >= begun:
        row.latency_ms = (ended - begun) // 1000
    return row


def _account(row: Exchange, metadata: Mapping[str, Any], record: Record | None) -> str | None:
    """The narrowest name of a customer: user, then team, then the key itself."""
    user = first(record or {}, ("user",)) or metadata.get("user_api_key_user_id")
    team = first(record or {}, ("team_id",)) or metadata.get("user_api_key_team_id")
    shared = user == "default_user_id"  # LiteLLM's name for the proxy's owner: says nothing of the customer
    return name_of(None if shared else user) or name_of(team) or name_of(row.key_id)


def _status(row: Exchange, record: Record, error: Mapping[str, Any]) -> None:
    status = str(record.get("status") or "").lower()
    code = whole(first(error, ("error_code", "status_code")))
    if code is not None:
        row.status = code
    elif status == "success":
        row.status = 200
    elif status == "failure":  # which status the caller saw is not said
        row.finish_reason = row.finish_reason or "error"


def _count(record: Record, usage: Mapping[str, Any], name: str) -> int | None:
    own = whole(record.get(name))
    return own if own is not None else whole(usage.get(name))


def _said(value: Any) -> Any:
    """Messages, or None where LiteLLM was told not to log them."""
    value = parsed(value)
    return None if isinstance(value, str) and value in _WITHHELD else value or None


def _key(value: Any) -> str | None:
    return hash_key(value) if isinstance(value, str) and value else None


LITELLM = Source(
    name="litellm",
    description="LiteLLM standard logging payload: S3, GCS and callback JSON",
    fills=_FILLS,
    sniff=_payload_sniff,
    rows=_payload_rows,
)

LITELLM_SPENDLOGS = Source(
    name="litellm-spendlogs",
    description="LiteLLM spend logs: a dump of LiteLLM_SpendLogs as JSON Lines or Parquet",
    fills=_FILLS,
    sniff=_spendlogs_sniff,
    rows=_spendlogs_rows,
)
