"""OTLP-JSON: documents of resource spans and resource logs, flattened to records with plain attributes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.sources.base import Record
from stillwatch.sources.content import whole

__all__ = ["Entry", "attributes", "entries", "numbered", "plain_value"]

_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A span, or a log record: its own attributes, those of its resource, its events, and how it is joined."""

    kind: str  # "span" or "log"
    name: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    trace_id: str
    span_id: str
    parent_id: str
    start: Any  # nanoseconds since 1970, or the time as text
    end: Any
    body: Any = None
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    error: bool = False

    @property
    def key(self) -> str | None:
        """`trace:span`, under which a span and its log records belong together."""
        return f"{self.trace_id}:{self.span_id}" if self.trace_id and self.span_id else None


def plain_value(value: Any, depth: int = _DEPTH) -> Any:
    """An OTLP AnyValue as a plain value. int64 comes as text; lists and maps nest, 32 deep at most."""
    if not isinstance(value, Mapping):
        return value
    if depth == 0:
        return None
    for kind in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if kind in value:
            return value[kind]
    if "intValue" in value:
        return whole(value["intValue"])
    if "arrayValue" in value:
        items = value["arrayValue"].get("values") if isinstance(value["arrayValue"], Mapping) else None
        return [plain_value(item, depth - 1) for item in items] if isinstance(items, list) else []
    if "kvlistValue" in value:
        held = value["kvlistValue"]
        return attributes(held.get("values") if isinstance(held, Mapping) else None, depth - 1)
    return value or None


def attributes(items: Any, depth: int = _DEPTH) -> dict[str, Any]:
    """A list of {key, value} as a mapping; a mapping stays one. Of equal keys the last counts."""
    if isinstance(items, Mapping):
        return {str(key): plain_value(value, depth) for key, value in items.items()}
    if not isinstance(items, list):
        return {}
    return {
        str(item["key"]): plain_value(item.get("value"), depth)
        for item in items
        if isinstance(item, Mapping) and "key" in item
    }


def numbered(known: Mapping[str, Any], prefix: str, middle: str = "") -> list[dict[str, Any]]:
    """What attributes named `prefix.N.part` list, in order of N: {part: value} each. `middle` is left out where a part
    begins with it; `prefix.N` alone has the part ""."""
    begin = f"{prefix}."
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for name, value in known.items():
        if name.startswith(begin):
            number, _, part = name[len(begin) :].partition(".")
            if number.isascii() and number.isdigit() and len(number) < 6:
                found[int(number)][part.removeprefix(middle)] = value
    return [found[number] for number in sorted(found)]


def entries(record: Record) -> Iterator[Entry]:
    """The spans and log records of one OTLP document, or of one span on its own line."""
    for outer, inner, leaf, kind in (
        ("resourceSpans", "scopeSpans", "spans", "span"),
        ("resourceLogs", "scopeLogs", "logRecords", "log"),
    ):
        for group in _mappings(record.get(outer) or record.get(_snake(outer))):
            resource = attributes(_mapping(group.get("resource")).get("attributes"))
            scopes = group.get(inner) or group.get(_snake(inner)) or group.get("instrumentationLibrarySpans")
            for scope in _mappings(scopes):
                for item in _mappings(scope.get(leaf) or scope.get(_snake(leaf))):
                    yield _entry(item, kind, resource)
    if "attributes" in record and ("spanId" in record or "span_id" in record or "context" in record):
        log = "body" in record or ("timeUnixNano" in record and "startTimeUnixNano" not in record)
        yield _entry(record, "log" if log else "span", attributes(_mapping(record.get("resource")).get("attributes")))


def _entry(item: Mapping[str, Any], kind: str, resource: Mapping[str, Any]) -> Entry:
    own = attributes(item.get("attributes"))
    context = _mapping(item.get("context"))  # SDK console exporters nest the ids
    status = _mapping(item.get("status"))
    events = tuple(
        (str(event.get("name") or ""), attributes(event.get("attributes"))) for event in _mappings(item.get("events"))
    )
    name = item.get("eventName") or item.get("event_name") or own.get("event.name") if kind == "log" else None
    return Entry(
        kind=kind,
        name=str(name or item.get("name") or ""),
        attributes=own,
        resource=resource,
        trace_id=_text(item.get("traceId") or item.get("trace_id") or context.get("trace_id")),
        span_id=_text(item.get("spanId") or item.get("span_id") or context.get("span_id")),
        parent_id=_text(item.get("parentSpanId") or item.get("parent_span_id") or item.get("parent_id")),
        start=_time(item, "startTimeUnixNano", "start_time_unix_nano", "start_time", "timeUnixNano",
                    "observedTimeUnixNano"),
        end=_time(item, "endTimeUnixNano", "end_time_unix_nano", "end_time"),
        body=plain_value(item.get("body")),
        events=events,
        error=status.get("code") in (2, "2", "STATUS_CODE_ERROR") or status.get("status_code") == "ERROR",
    )  # fmt: skip


def _time(item: Mapping[str, Any], *names: str) -> Any:
    for name in names:
        value = item.get(name)
        if value not in (None, "", 0, "0"):
            number = whole(value) if not isinstance(value, str) or value.lstrip("-").isdigit() else None
            return number if number is not None else value
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value).removeprefix("0x") if isinstance(value, (str, int)) else ""


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
