"""Anthropic bodies: the Messages API in a gateway's envelope, or as a batch. They carry no time of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import fill_request, mapping, name_of, text_of, thoughts_of, tool_names, whole
from stillwatch.sources.envelope import ENVELOPE_FILLS, bodies, fill_envelope, first, settle_account
from stillwatch.sources.exchange import Exchange, Refusal

__all__ = ["ANTHROPIC", "ANTHROPIC_FILLS", "fill_anthropic", "is_anthropic"]

_PARTS = ("tool_use", "tool_result", "thinking", "image", "document")
ANTHROPIC_FILLS = frozenset({
    "ts", "exchange_id", "account_id", "end_user_id", "session_id", "model", "operation", "system_prompt", "prompt",
    "messages", "turns", "response", "reasoning", "finish_reason", "input_tokens", "output_tokens",
    "temperature", "top_p", "max_tokens", "stream", "response_format", "tools",
})  # fmt: skip


def is_anthropic(request: Mapping[str, Any], response: Mapping[str, Any]) -> bool:
    """Whether these are bodies of Anthropic's API."""
    if response.get("type") == "message" or "stop_reason" in response:
        return True
    if "choices" in response or not isinstance(request.get("messages"), list):
        return False
    tools = request.get("tools")
    if isinstance(tools, list) and any(isinstance(tool, Mapping) and "input_schema" in tool for tool in tools):
        return True
    if "system" in request or "anthropic_version" in request or str(request.get("model")).startswith("claude"):
        return True
    return any(
        mapping(part).get("type") in _PARTS
        for message in request["messages"]
        if isinstance(content := mapping(message).get("content"), list)
        for part in content
        if isinstance(part, Mapping)
    )


def _sniff(record: Record) -> bool:
    if "custom_id" in record or "attributes" in record:
        return False
    request, response, _ = bodies(record)
    return is_anthropic(request, response)


def _rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    request, response, _ = bodies(record)
    if not is_anthropic(request, response) and response.get("type") != "error":
        yield Refusal("holds no body of Anthropic's API, as the rows before it did")
        return
    row = Exchange()
    fill_anthropic(row, request, response)
    account, row.account_id = row.account_id, None
    fill_envelope(row, record)
    settle_account(row, account)
    yield row


def fill_anthropic(row: Exchange, request: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """Sets what the bodies tell. The account is the best identifier that they carry themselves."""
    metadata = mapping(request.get("metadata"))
    user = first(metadata, ("user_id", "account_id"))
    row.account_id = row.end_user_id = name_of(user)
    container = first(response, ("container",)) or request.get("container")
    session = container.get("id") if isinstance(container, Mapping) else container
    row.session_id = session if isinstance(session, str) else None
    model = first(request, ("model",)) or response.get("model")
    row.model = model if isinstance(model, str) else None
    row.operation = "chat"
    fill_request(row, request.get("messages"), request.get("system"))
    row.temperature, row.top_p = request.get("temperature"), request.get("top_p")
    row.max_tokens, row.stream = request.get("max_tokens"), request.get("stream")
    row.tools = tool_names(request.get("tools"))
    config = mapping(request.get("output_config")).get("format") or request.get("output_format")
    kind = mapping(config).get("type")
    row.response_format = kind if isinstance(kind, str) else None
    content = response.get("content")
    row.response = text_of(content) or None
    row.reasoning = thoughts_of(content) or None
    reason = response.get("stop_reason")
    row.finish_reason = reason if isinstance(reason, str) else None
    usage = mapping(response.get("usage"))
    counts = [whole(usage.get(name)) for name in _INPUT]
    row.input_tokens = sum(count for count in counts if count) if counts[0] is not None else None
    row.output_tokens = whole(usage.get("output_tokens"))
    identity = response.get("id")
    row.exchange_id = identity if isinstance(identity, str) else None


# Anthropic counts what was read from and written to the cache apart from `input_tokens`.
_INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")

ANTHROPIC = Source(
    name="anthropic",
    description="Anthropic Messages bodies in a gateway's envelope, JSON Lines",
    fills=ANTHROPIC_FILLS | ENVELOPE_FILLS,
    sniff=_sniff,
    rows=_rows,
)
