"""OpenInference spans, as Phoenix, Arize and the Envoy AI Gateway write them: OTLP-JSON or one span a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import answer_text, fill_request, mapping, parsed, text_of, tool_names, whole
from stillwatch.sources.envelope import first
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.keys import key_name
from stillwatch.sources.openai import fill_openai
from stillwatch.sources.otel_names import NAMES
from stillwatch.sources.otlp import Entry, entries, numbered
from stillwatch.sources.times import microseconds

__all__ = ["OPENINFERENCE"]

_PLAIN = ("input.value", "llm.prompts.0.prompt.text", "embedding.embeddings.0.embedding.text")
_KIND = "openinference.span.kind"
_FROM_PARENT = ("ip", "user_agent", "country", "status", "account_id", "org_id")
_OWN = ("ip", "user_agent", "country", "account_id", "org_id", "session_id")
_FILLS = frozenset({
    "ts", "exchange_id", "account_id", "org_id", "end_user_id", "key_id", "session_id", "ip", "user_agent", "country",
    "model", "operation", "system_prompt", "prompt", "messages", "turns", "response", "reasoning", "finish_reason",
    "input_tokens", "output_tokens", "reasoning_tokens", "latency_ms", "status", "temperature", "top_p", "max_tokens",
    "n", "seed", "stream", "logprobs", "top_logprobs", "logit_bias", "response_format", "tools",
})  # fmt: skip


def _flat(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as dotted names, also where an exporter nested them."""
    flat: dict[str, Any] = {}
    stack: list[tuple[str, Any, int]] = [(str(name), value, 0) for name, value in attributes.items()]
    while stack:
        name, value, depth = stack.pop()
        nested = name.startswith(("llm", "input", "output", "user", "session", "openinference", "embedding"))
        if nested and depth < 12 and isinstance(value, Mapping):
            stack += [(f"{name}.{key}", inner, depth + 1) for key, inner in value.items()]
        elif nested and depth < 12 and isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            stack += [(f"{name}.{number}", inner, depth + 1) for number, inner in enumerate(value)]
        else:
            flat[name] = value
    return flat


def _inference(known: Mapping[str, Any], entry: Entry) -> bool:
    kind = str(known.get(_KIND) or "").upper()
    if kind:
        return kind in ("LLM", "EMBEDDING")
    return entry.kind == "span" and ("llm.model_name" in known or "llm.invocation_parameters" in known)


def _sniff(record: Record) -> bool:
    for entry in entries(record):
        known = _flat(entry.attributes)
        if (_KIND in known or "llm.model_name" in known) and _inference(known, entry):
            return True
    return False


def _rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    found = [(entry, _flat(entry.attributes)) for entry in entries(record)]
    here = {entry.key: known for entry, known in found if entry.key}
    told = False
    for entry, known in found:
        if _inference(known, entry):
            told = True
            yield _exchange(entry, known, here.get(f"{entry.trace_id}:{entry.parent_id}", {}))
    if not told:
        yield Refusal("holds no OpenInference span of kind LLM or EMBEDDING: other telemetry")


def _exchange(entry: Entry, known: Mapping[str, Any], parent: Mapping[str, Any]) -> Exchange:
    row = Exchange()
    # The parameters are the whole request but its words, in the provider's own names; most speak OpenAI's.
    parameters = mapping(known.get("llm.invocation_parameters"))
    sent, returned = mapping(known.get("input.value")), mapping(known.get("output.value"))
    fill_openai(row, {**sent, **parameters}, returned)
    own_account, row.account_id = row.account_id, None
    row.ts = entry.start if isinstance(entry.start, (int, str)) else None
    for column in (*_OWN, "status"):
        value = first(known, NAMES[column])
        if value is None and column in _FROM_PARENT:
            value = first(parent, NAMES[column]) or first(entry.resource, NAMES[column])
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            setattr(row, column, value)
    row.account_id = row.account_id if row.account_id is not None else own_account
    row.key_id = key_name(first(known, NAMES["key_id"]) or first(entry.resource, NAMES["key_id"]))
    if entry.key:
        row.exchange_id = entry.key.replace(":", "-")
    model = first(known, ("llm.model_name", "embedding.model_name"))
    row.model = model if isinstance(model, str) else row.model
    row.operation = "embedding" if str(known.get(_KIND)).upper() == "EMBEDDING" else row.operation or "chat"
    for column, name in (
        ("input_tokens", "llm.token_count.prompt"),
        ("output_tokens", "llm.token_count.completion"),
        ("reasoning_tokens", "llm.token_count.completion_details.reasoning"),
    ):
        count = whole(known.get(name))
        if count is not None:
            setattr(row, column, count)
    begun, ended = microseconds(entry.start), microseconds(entry.end)
    if begun is not None and ended is not None and ended >= begun:
        row.latency_ms = (ended - begun) // 1000
    row.tools = row.tools or _tools(known)
    _fill_words(row, known)
    if entry.error:  # which status the caller saw is not said
        row.finish_reason = row.finish_reason or "error"
    return row


def _fill_words(row: Exchange, known: Mapping[str, Any]) -> None:
    asked, answered = _messages(known, "llm.input_messages"), _messages(known, "llm.output_messages")
    if asked:
        fill_request(row, asked)
    elif row.messages is None:
        fill_request(row, first(known, _PLAIN))
    if answered:
        row.response = "\n\n".join(text for text in map(answer_text, answered) if text) or None
    elif row.response is None:
        value = known.get("output.value")
        row.response = value if isinstance(value, str) and value and isinstance(parsed(value), str) else None
    reason = known.get("llm.finish_reason")
    row.finish_reason = row.finish_reason or (reason if isinstance(reason, str) else None)


def _messages(known: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Messages from names like `prefix.0.message.contents.1.message_content.text`."""
    return [_message(parts) for parts in numbered(known, prefix, "message.")]


def _message(parts: Mapping[str, Any]) -> dict[str, Any]:
    content: Any = parts.get("content")
    if contents := numbered(parts, "contents", "message_content."):
        content = [{"type": part.get("type") or "text", "text": text_of(part.get("text"))} for part in contents]
    return {
        "role": str(parts.get("role") or "user"),
        "content": content,
        "tool_calls": numbered(parts, "tool_calls", "tool_call.function."),
    }


def _tools(known: Mapping[str, Any]) -> list[str] | None:
    schemas = [
        parsed(value)
        for name, value in sorted(known.items())
        if name.startswith("llm.tools.") and "json_schema" in name
    ]
    return tool_names(schemas)


OPENINFERENCE = Source(
    name="openinference",
    description="OpenInference spans (Phoenix, Arize, Envoy AI Gateway), OTLP-JSON or one span a line",
    fills=_FILLS,
    sniff=_sniff,
    rows=_rows,
)
