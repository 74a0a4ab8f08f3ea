"""The two ways to ask a model, OpenAI-compatible and Anthropic-compatible: builds requests, reads any answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from stillwatch.provenance.probing.targets import Target

__all__ = [
    "Answer",
    "NotAnAnswer",
    "Status",
    "error_code",
    "is_refusal",
    "read_answer",
    "request_body",
    "request_headers",
]

Status = Literal["answered", "refused", "empty", "error", "truncated"]

_MOST_TOKENS = 10_000_000  # a count above is a lie
_LONGEST_FACT = 200
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_FILTERED = {"content_filter", "content_policy_violation", "refusal", "safety", "responsibleaipolicyviolation"}
_SAID = {"text", "output_text", None}  # types of parts that are the answer; gateways write all three
_CUT = {"length", "max_tokens", "model_context_window_exceeded", "model_length"}


class NotAnAnswer(Exception):
    """What came back is not of the shape that the protocol promises. Holds no word of it."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one model said. Tokens are what the server counted, None where it did not."""

    output: str
    status: Status
    finish_reason: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    served_model: str | None = None
    system_fingerprint: str | None = None


def request_headers(target: Target) -> dict[str, str]:
    # identity: a compressed body could unpack to any size.
    headers = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
    return headers | ({"anthropic-version": "2023-06-01"} if target.protocol == "anthropic" else {})


def request_body(target: Target, prompt: str) -> bytes:
    decoding = target.decoding
    messages = [{"role": "user", "content": prompt}]
    body: dict[str, Any] = {"model": target.model, target.max_tokens_name: decoding.max_tokens, **target.extra}
    if decoding.temperature is not None:
        body["temperature"] = decoding.temperature
    if decoding.system is not None and target.protocol == "anthropic":
        body["system"] = decoding.system
    elif decoding.system is not None:
        messages.insert(0, {"role": "system", "content": decoding.system})
    return msgspec.json.encode(body | {"messages": messages})


def read_answer(target: Target, payload: Any) -> Answer:
    """The answer in a decoded body. Raises NotAnAnswer."""
    if not isinstance(payload, dict) or payload.get("error"):
        raise NotAnAnswer("an error, or no object")
    return _read_anthropic(payload) if target.protocol == "anthropic" else _read_openai(payload)


def _read_openai(payload: dict[str, Any]) -> Answer:
    choices = payload.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise NotAnAnswer("no choices[0].message")
    if choice.get("finish_reason") == "error":
        raise NotAnAnswer("broke off")
    content = message.get("content")
    refusal = _part(message, "refusal") or "".join(_part(part, "refusal") for part in _parts(content))
    usage = payload.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return _answer(
        payload, _text(content) or refusal, choice.get("finish_reason"), declined=bool(refusal),
        tokens=(usage.get("prompt_tokens"), usage.get("completion_tokens")),
    )  # fmt: skip


def _read_anthropic(payload: dict[str, Any]) -> Answer:
    if not isinstance(payload.get("content"), list):
        raise NotAnAnswer("no content")
    usage = payload.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return _answer(
        payload, _text(payload["content"]), payload.get("stop_reason"), declined=False,
        tokens=(usage.get("input_tokens"), usage.get("output_tokens")),
    )  # fmt: skip


def _answer(payload: dict[str, Any], text: str, finish: Any, *, declined: bool, tokens: tuple[Any, Any]) -> Answer:
    reason = _fact(finish)
    low = (reason or "").lower()
    status: Status = "answered" if text.strip() else "empty"
    if declined or low in _FILTERED:
        status = "refused"
    elif low in _CUT and text.strip():
        status = "truncated"
    return Answer(
        output=text, status=status, finish_reason=reason, tokens_in=_count(tokens[0]), tokens_out=_count(tokens[1]),
        served_model=_fact(payload.get("model")), system_fingerprint=_fact(payload.get("system_fingerprint")),
    )  # fmt: skip


def _text(content: Any) -> str:
    """A string, or the text parts of a list of parts; thoughts and tool calls are not the answer."""
    if isinstance(content, list):
        content = "".join(_part(part, "text") for part in _parts(content) if _kind(part) in _SAID)
    # Half a character (a lone surrogate) is valid JSON and cannot be stored.
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _parts(content: Any) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _part(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _kind(part: Mapping[str, Any]) -> str | None:
    """The type of a part, None where it has none; "" where it is no name."""
    kind = part.get("type")
    return kind if kind is None or isinstance(kind, str) else ""


def _fact(value: Any) -> str | None:
    return _text(value)[:_LONGEST_FACT] if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if known else None


def error_code(payload: Any) -> str:
    """The short code of an error body, such as `invalid_api_key`; "" where it has none. Never the message: it may
    quote the key or the prompt."""
    error = payload.get("error") if isinstance(payload, dict) else None
    if not isinstance(error, dict):
        return ""
    inner = error.get("innererror")
    codes = (error.get("code"), inner.get("code") if isinstance(inner, dict) else None, error.get("type"))
    return next((c.lower() for c in codes if isinstance(c, str) and _CODE.fullmatch(c.lower())), "")


def is_refusal(payload: Any) -> bool:
    """Whether an error body says that a filter stopped the question: that is a way to decline, not a fault."""
    error = payload.get("error") if isinstance(payload, dict) else None
    metadata = error.get("metadata") if isinstance(error, dict) else None
    return error_code(payload) in _FILTERED or (isinstance(metadata, dict) and "flagged_input" in metadata)
