"""OpenTelemetry GenAI: spans and log events in OTLP-JSON, of both generations of the conventions.

A span says who, when and how; the words stand in its attributes, in its events, or in log records that share its
trace and span ids, often in another file. They are joined by these ids; log records whose span is nowhere in the
plan make an exchange of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import answer_text, fill_request, mapping, name_of, parsed, text_of, tool_names, whole
from stillwatch.sources.envelope import first
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.keys import key_name
from stillwatch.sources.otel_names import (
    CHOICE_EVENT,
    DETAILS_EVENT,
    MESSAGE_EVENTS,
    NAMES,
    NOT_INFERENCE,
    OPERATIONS,
)
from stillwatch.sources.otlp import Entry, entries, numbered
from stillwatch.sources.times import microseconds

__all__ = ["OTEL"]

_PARAMETERS = ("temperature", "top_p", "max_tokens", "n", "seed", "stream")
_COUNTS = ("input_tokens", "output_tokens", "reasoning_tokens", "status")
_WORDS = ("account_id", "org_id", "end_user_id", "session_id", "ip", "user_agent", "country", "model")
_FROM_PARENT = ("ip", "user_agent", "country", "status", "account_id", "org_id")
_FILLS = frozenset({
    "ts", "exchange_id", "key_id", "operation", "system_prompt", "prompt", "messages", "turns", "response",
    "reasoning", "finish_reason", "latency_ms", "response_format", "tools", *_PARAMETERS, *_COUNTS, *_WORDS,
})  # fmt: skip


def _inference(entry: Entry) -> bool:
    """Whether the entry tells of one answer of a model."""
    if entry.kind == "log":
        return entry.name in MESSAGE_EVENTS or entry.name in CHOICE_EVENT or entry.name == DETAILS_EVENT
    if not any(name.startswith(("gen_ai.", "llm.request.", "llm.usage.")) for name in entry.attributes):
        return False
    named = str(first(entry.attributes, NAMES["operation"]) or "")
    if named in NOT_INFERENCE:
        return False
    return named in OPERATIONS or first(entry.attributes, NAMES["model"]) is not None


def _sniff(record: Record) -> bool:
    return any(_inference(entry) for entry in entries(record))


def _keys(record: Record) -> Iterator[str]:
    seen = set()
    for entry in entries(record):
        if entry.key and _inference(entry):
            seen.add(f"{entry.kind}:{entry.key}")
    return iter(sorted(seen))


def _rows(record: Record, peers: Peers) -> Iterator[Exchange | Refusal]:
    found = list(entries(record))
    here = {entry.key: entry for entry in found if entry.kind == "span" and entry.key}
    logs: dict[str, list[Entry]] = defaultdict(list)
    told = 0
    for entry in found:
        if entry.kind == "log" and entry.key and _inference(entry):
            logs[entry.key].append(entry)
    for entry in found:
        if not _inference(entry):
            continue
        told += 1
        if entry.kind == "span":
            words = _logs_of(entry.key, peers) or logs.get(entry.key or "", [])
            yield _exchange(entry, words, here.get(f"{entry.trace_id}:{entry.parent_id}"))
        elif entry.key is None:
            yield (
                _exchange(entry, [entry], None)
                if entry.name == DETAILS_EVENT
                else Refusal("a message event without trace and span ids: nothing says which exchange it belongs to")
            )
    for key, group in logs.items():
        span = here.get(key)
        if (span is not None and _inference(span)) or peers.find(f"span:{key}"):
            continue  # told with the span
        holders = peers.find(f"log:{key}")
        if holders and holders[0] != record:
            continue  # told with the first document that has a part of it
        words = _logs_of(key, peers) or group
        yield _exchange(words[0], words, here.get(f"{words[0].trace_id}:{words[0].parent_id}"))
    if not told:
        yield Refusal("holds no GenAI span or event: other telemetry")


class _Documents:
    """The log entries of the documents that were asked for last, by key: neighbours ask for the same ones."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Record, dict[str, list[Entry]]]] = {}

    def logs(self, record: Record, key: str) -> list[Entry]:
        held = self._held.get(id(record))
        if held is None or held[0] is not record:
            groups: dict[str, list[Entry]] = defaultdict(list)
            for entry in entries(record):
                if entry.kind == "log" and entry.key and _inference(entry):
                    groups[entry.key].append(entry)
            while len(self._held) >= 16:
                self._held.pop(next(iter(self._held)))
            held = self._held[id(record)] = (record, dict(groups))
        return held[1].get(key, [])


_DOCUMENTS = _Documents()


def _logs_of(key: str | None, peers: Peers) -> list[Entry]:
    if key is None:
        return []
    return [entry for record in peers.find(f"log:{key}") for entry in _DOCUMENTS.logs(record, key)]


def _exchange(entry: Entry, words: Sequence[Entry], parent: Entry | None) -> Exchange:
    """One exchange from a span (or the first of its log records), its log records and the span around it."""
    known: dict[str, Any] = {}
    for holder in (entry, *words):
        for name, value in holder.attributes.items():
            known.setdefault(name, value)
    row = Exchange()
    row.ts = entry.start if isinstance(entry.start, (int, str)) else None
    for column in (*_WORDS, *_COUNTS, *_PARAMETERS):
        value = first(known, NAMES[column])
        if value is None and parent is not None and column in _FROM_PARENT:
            value = first(parent.attributes, NAMES[column])
        if value is None and column in _WORDS:
            value = first(entry.resource, NAMES[column])
        if column in _COUNTS:
            value = whole(value)
        elif column in _WORDS:
            value = name_of(value)
        setattr(row, column, value)
    if row.status is None and entry.kind == "span":
        code = whole(known.get("error.type"))
        row.status = code
    if entry.error:  # which status the caller saw is not said
        row.finish_reason = "error"
    row.key_id = key_name(first(known, NAMES["key_id"]) or first(entry.resource, NAMES["key_id"]))
    row.exchange_id = _identity(known, entry)
    named = str(first(known, NAMES["operation"]) or "chat")
    row.operation = OPERATIONS.get(named, named)
    reasons = parsed(first(known, NAMES["finish_reason"]))
    reason = reasons[0] if isinstance(reasons, list) and reasons else reasons
    row.finish_reason = reason if isinstance(reason, str) and reason else row.finish_reason
    begun, ended = microseconds(entry.start), microseconds(entry.end)
    if begun is not None and ended is not None and ended >= begun:
        row.latency_ms = (ended - begun) // 1000
    kind = parsed(first(known, NAMES["response_format"]))
    row.response_format = str(kind.get("type")) if isinstance(kind, Mapping) else kind
    row.tools = tool_names(first(known, NAMES["tools"]))
    _fill_words(row, known, entry, words)
    return row


def _identity(known: Mapping[str, Any], entry: Entry) -> str | None:
    """The ids of the span, which its log records share; the provider's id where the emitter has no spans."""
    if entry.key is not None:
        return entry.key.replace(":", "-")
    value = first(known, NAMES["exchange_id"])
    return value if isinstance(value, str) else None


def _fill_words(row: Exchange, known: Mapping[str, Any], entry: Entry, words: Sequence[Entry]) -> None:
    asked, answered = first(known, NAMES["input"]), first(known, NAMES["output"])
    events = [*entry.events, *((log.name, _said(log)) for log in words)]
    for name, said in events:
        if name == DETAILS_EVENT:
            asked = asked or first(said, NAMES["input"])
            answered = answered or first(said, NAMES["output"])
    system = first(known, NAMES["system"])
    if asked is None:
        told = [message for name, said in events if name in MESSAGE_EVENTS for message in _messages(name, said)]
        asked = told or _indexed(known, "gen_ai.prompt")
    if answered is None:
        answered = [_choice(said) for name, said in events if name in CHOICE_EVENT] or _indexed(
            known, "gen_ai.completion"
        )
    fill_request(row, asked, system)
    answered = parsed(answered)
    texts, thoughts = [], []
    for message in answered if isinstance(answered, list) else [answered]:
        if isinstance(message, Mapping):
            parts = message.get("parts", message.get("content"))
            texts.append(answer_text({**message, "content": parts}))
            thoughts += _thoughts(parts)
            reason = message.get("finish_reason")
            row.finish_reason = row.finish_reason or (reason if isinstance(reason, str) else None)
        else:
            texts.append(text_of(message))
    row.response = "\n\n".join(text for text in texts if text) or None
    row.reasoning = "\n\n".join(text for text in thoughts if text) or None


def _thoughts(parts: Any) -> list[str]:
    items = parts if isinstance(parts, list) else []
    return [
        text_of(part.get("content") or part.get("thinking") or part.get("text"))
        for part in items
        if isinstance(part, Mapping) and part.get("type") in ("reasoning", "thinking")
    ]


def _said(log: Entry) -> Mapping[str, Any]:
    """A log record's body and attributes as one: emitters differ in which of them holds the content."""
    body = log.body if isinstance(log.body, Mapping) else mapping(log.body)
    return {**log.attributes, **body} if body else {**log.attributes, "content": log.body}


def _messages(event: str, said: Mapping[str, Any]) -> list[Any]:
    """What one message event says: one message, or the whole list where the emitter put it into one event."""
    said = mapping(said.get("gen_ai.event.content")) or said
    content = first(said, ("content", "gen_ai.prompt"))
    listed = _listed(content)
    role = said.get("role") or MESSAGE_EVENTS[event]
    return listed or [{"role": role, "content": content, "tool_calls": said.get("tool_calls")}]


def _listed(content: Any) -> list[Any]:
    """The messages, each with its role, that a content really is; empty where it is plain content."""
    found = parsed(content)
    whole_list = isinstance(found, list) and found and all(isinstance(m, Mapping) and "role" in m for m in found)
    return list(found) if whole_list else []


def _choice(said: Mapping[str, Any]) -> Mapping[str, Any]:
    held = mapping(said.get("gen_ai.event.content")) or said
    content = first(held, ("content", "gen_ai.completion", "message"))
    listed = _listed(content)
    message = mapping(held.get("message")) or (listed[-1] if listed else {"content": content})
    calls = message.get("tool_calls") or parsed(held.get("tool_calls"))
    return {**message, "tool_calls": calls, "finish_reason": held.get("finish_reason")}


def _indexed(known: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Messages written as `prefix.N.role` and `prefix.N.content`, as emitters did before the conventions."""
    return [
        {part: parsed(value) if part == "content" else value for part, value in parts.items() if part}
        for parts in numbered(known, prefix)
        if any(parts)
    ]


OTEL = Source(
    name="otel",
    description="OpenTelemetry GenAI spans and log events, OTLP-JSON",
    fills=_FILLS,
    sniff=_sniff,
    rows=_rows,
    keys=_keys,
    marks=(("span", b"gen_ai."), ("log", b'"logRecords"')),
)
