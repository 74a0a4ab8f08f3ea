"""What people and models said, out of the shapes in which providers write it: text parts, tool calls, thinking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stillwatch.sources.exchange import Exchange

__all__ = [
    "Message",
    "answer_text",
    "fill_request",
    "mapping",
    "name_of",
    "parsed",
    "text_of",
    "thoughts_of",
    "tool_call",
    "tool_names",
    "whole",
]

_SYSTEM = ("system", "developer")
# Kinds of content part whose text is the message's words; every other kind is named in brackets.
_TEXT_KINDS = ("text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text", "json")
_TEXT_KEYS = ("text", "content", "refusal", "output", "result", "response")
_SEALED = ("signature", "data", "encrypted_content")  # reasoning whose words the provider keeps
_DEPTH = 6
_RESULTS = ("tool_result", "tool_call_response", "function_call_output")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a request: `role` is system, user, assistant or tool; `reasoning` the block that it presents."""

    role: str
    text: str
    reasoning: str = ""


def mapping(value: Any) -> Mapping[str, Any]:
    """`value`, or the object that its JSON text holds; empty where it is neither."""
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}


def parsed(value: Any) -> Any:
    """The object or list that a JSON text holds; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return value
    return value


def name_of(value: Any) -> str | None:
    """A name or an id, which a log may also write as a whole number; None where it is neither."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else None


def whole(value: Any) -> int | None:
    """A count that a log may write as text (OTLP does) or as 12.0; None where it is no number."""
    try:
        number = None if isinstance(value, bool) or value is None else int(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return number


def text_of(content: Any, depth: int = _DEPTH) -> str:
    """The words of a message's content: text, or parts joined by newlines. Images and the like show as `[image]`."""
    if content is None or depth == 0:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        return "\n".join(text for part in content if (text := text_of(part, depth - 1)))
    if isinstance(content, Mapping):
        kind = content.get("type")
        # Tuples, not sets, are asked about what a log holds: a list there has no hash.
        if kind is None or kind in _TEXT_KINDS:
            value = next((content[key] for key in _TEXT_KEYS if content.get(key) is not None), None)
            return text_of(value, depth - 1)
        if kind in ("tool_use", "function_call", "server_tool_use", "tool_call"):
            return tool_call(content)
        if kind in ("tool_result", "function_call_output", "tool_call_response"):
            return next((text_of(content[key], depth - 1) for key in _TEXT_KEYS if content.get(key) is not None), "")
        if kind in ("thinking", "redacted_thinking", "reasoning"):
            return ""
        return f"[{str(kind)[:40].removeprefix('input_').removesuffix('_url')}]"
    return str(content) if isinstance(content, (int, float)) else ""


def thoughts_of(content: Any) -> str:
    """The reasoning among the parts of a message, joined by empty lines: its words, or the sealed block without any."""
    found = []
    for part in content if isinstance(content, (list, tuple)) else ():
        if isinstance(part, Mapping) and part.get("type") in ("thinking", "redacted_thinking", "reasoning"):
            words = (text_of(part.get(name)) for name in ("thinking", "content", "summary", *_SEALED))
            found.append(next((text for text in words if text), ""))
    return "\n\n".join(text for text in found if text)


def tool_call(call: Any) -> str:
    """One call of a tool as text: its name and its arguments as they were sent."""
    call = mapping(call)
    inner = mapping(call.get("function")) or call
    name = inner.get("name") or call.get("type") or "tool"
    arguments = next((inner[key] for key in ("arguments", "input", "parameters") if inner.get(key) is not None), "")
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    return f"[tool_call {str(name)[:200]}] {arguments}".rstrip()


def answer_text(message: Any) -> str:
    """The words of an answer, then its tool calls."""
    if not isinstance(message, Mapping):
        return text_of(message)
    calls = message.get("tool_calls")
    legacy = message.get("function_call")
    parts = [text_of(message.get("content")) or text_of(message.get("refusal"))]
    parts += [tool_call(call) for call in calls] if isinstance(calls, list) else []
    parts += [tool_call(legacy)] if isinstance(legacy, Mapping) else []
    return "\n".join(part for part in parts if part)


def messages_of(items: Iterable[Any]) -> list[Message]:
    """Messages in any provider's shape. What a tool gave back is of role `tool`, also inside a user's message."""
    found: list[Message] = []
    for item in items:
        if isinstance(item, str):
            found.append(Message("user", item))
            continue
        if not isinstance(item, Mapping):
            continue
        kind = item.get("type")
        if kind in ("function_call_output", "tool_result"):
            found.append(Message("tool", text_of(item)))
        elif kind in ("function_call", "tool_use"):
            found.append(Message("assistant", tool_call(item)))
        elif kind == "reasoning":
            if block := thoughts_of([item]):
                found.append(Message("assistant", "", block))
        else:
            found += _of_role(str(item.get("role") or "user").lower(), item)
    return found


def _of_role(role: str, item: Mapping[str, Any]) -> list[Message]:
    role = "system" if role in _SYSTEM else {"human": "user", "model": "assistant", "function": "tool"}.get(role, role)
    content = item.get("content", item.get("parts"))
    if role == "user" and isinstance(content, list):
        results = [part for part in content if isinstance(part, Mapping) and part.get("type") in _RESULTS]
        if results:
            words = text_of([part for part in content if part not in results])
            tools = [Message("tool", text_of(part)) for part in results]
            return [*tools, Message("user", words)] if words else tools
    if role == "assistant":
        thoughts = thoughts_of(content) or text_of(item.get("reasoning_content") or item.get("reasoning"))
        return [Message(role, answer_text({**item, "content": content}), thoughts)]
    return [Message(role, text_of(content))]


def fill_request(row: Exchange, items: Any, system: Any = None) -> None:
    """Sets system_prompt, prompt, messages and turns from a request's messages (a list, a text or JSON text)."""
    items = parsed(items)
    if isinstance(items, Mapping):
        items = items.get("messages", [items] if items else [])
    if isinstance(items, str):
        items = [items] if items else []
    found = messages_of(items) if isinstance(items, (list, tuple)) else []
    instructions = text_of(parsed(system))
    if instructions:
        found.insert(0, Message("system", instructions))
    if not found:
        return
    row.system_prompt = "\n\n".join(message.text for message in found if message.role == "system") or None
    users = [message.text for message in found if message.role == "user"]
    row.prompt = users[-1] if users else None
    row.turns = len(users)
    shown = [{"role": m.role, "content": m.text} | ({"reasoning": m.reasoning} if m.reasoning else {}) for m in found]
    row.messages = msgspec.json.encode(shown).decode()


def tool_names(tools: Any) -> list[str] | None:
    """The names of the tools offered, in any provider's shape; None where none were."""
    tools = parsed(tools)
    if not isinstance(tools, list) or not tools:
        return None
    names: list[str] = []
    for tool in tools:
        tool = parsed(tool)
        if isinstance(tool, str):
            names.append(tool)
        elif isinstance(tool, Mapping):
            inner = tool.get("function")
            name = inner.get("name") if isinstance(inner, Mapping) else None
            names.append(str(name or tool.get("name") or tool.get("type") or "tool"))
    return names or None
