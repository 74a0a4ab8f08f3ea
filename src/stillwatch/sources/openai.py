"""OpenAI bodies: chat completions, completions, embeddings and responses, bare, in an envelope, or as a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import (
    answer_text,
    fill_request,
    mapping,
    name_of,
    parsed,
    text_of,
    thoughts_of,
    tool_names,
    whole,
)
from stillwatch.sources.envelope import ENVELOPE_FILLS, bodies, fill_envelope, first, settle_account
from stillwatch.sources.exchange import Exchange, Refusal

__all__ = ["OPENAI", "OPENAI_FILLS", "fill_openai", "is_openai"]

_OBJECTS = ("chat.completion", "text_completion", "response")
OPENAI_FILLS = frozenset({
    "exchange_id", "ts", "account_id", "end_user_id", "session_id", "model", "operation", "system_prompt", "prompt",
    "messages", "turns", "response", "reasoning", "finish_reason", "input_tokens", "output_tokens",
    "reasoning_tokens", "temperature", "top_p", "max_tokens", "n", "seed", "stream", "logprobs", "top_logprobs",
    "logit_bias", "response_format", "tools",
})  # fmt: skip


def is_openai(request: Mapping[str, Any], response: Mapping[str, Any]) -> bool:
    """Whether these are bodies of OpenAI's API, which most servers speak."""
    if response.get("object") in _OBJECTS or isinstance(response.get("choices"), list):
        return True
    if response.get("type") == "message" or "stop_reason" in response:
        return False
    asked = isinstance(request.get("messages"), list) or "input" in request or "prompt" in request
    return asked and "model" in request


def _sniff(record: Record) -> bool:
    if "custom_id" in record or "resourceSpans" in record or "attributes" in record:
        return False
    request, response, enveloped = bodies(record)
    if not enveloped and response.get("object") not in _OBJECTS and "choices" not in record:
        return isinstance(record.get("messages"), list) and "model" in record and "stop_reason" not in record
    return is_openai(request, response)


def _rows(record: Record, _peers: Peers) -> Iterator[Exchange | Refusal]:
    request, response, enveloped = bodies(record)
    if not is_openai(request, response):
        yield Refusal("holds no body of OpenAI's API, as the rows before it did")
        return
    row = Exchange()
    fill_openai(row, request, response)
    account, created = row.account_id, row.ts
    row.account_id = row.ts = None  # both are the envelope's to say, where there is one
    # A bare body's own `status` is a word: "completed".
    fill_envelope(row, record if enveloped or whole(record.get("status")) else _without_status(record))
    settle_account(row, account)
    row.ts = created if row.ts is None else row.ts
    yield row


def _without_status(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "status"}


def fill_openai(row: Exchange, request: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """Sets what the bodies tell. The account is the best identifier that they carry themselves."""
    _fill_parameters(row, {**response, **request} if request is not response else request)
    items, system = first(request, ("messages", "input", "prompt")), request.get("instructions")
    if row.operation == "embedding" or (isinstance(items, list) and items and isinstance(items[0], (int, list))):
        items = text_of(items)  # several texts, or tokens
    fill_request(row, items, system)
    _fill_answer(row, response)
    usage = mapping(response.get("usage"))
    row.input_tokens = whole(first(usage, ("prompt_tokens", "input_tokens")))
    row.output_tokens = whole(first(usage, ("completion_tokens", "output_tokens")))
    details = mapping(first(usage, ("completion_tokens_details", "output_tokens_details")))
    row.reasoning_tokens = whole(details.get("reasoning_tokens"))
    identity = response.get("id")
    row.exchange_id = identity if isinstance(identity, str) else None
    row.ts = first(response, ("created", "created_at"))


def _fill_parameters(row: Exchange, body: Mapping[str, Any]) -> None:
    metadata = mapping(body.get("metadata"))
    user = first(body, ("safety_identifier", "user", "input_user"))
    row.account_id = name_of(first(metadata, ("account_id", "user_id", "customer_id")) or user)
    row.end_user_id = name_of(user)
    session = first(body, ("conversation", "prompt_cache_key")) or first(metadata, ("session_id", "conversation_id"))
    row.session_id = name_of(session.get("id") if isinstance(session, Mapping) else session)
    row.model = name_of(body.get("model"))
    kind = body.get("object")
    if "messages" in body or kind in ("chat.completion", "response") or "instructions" in body:
        row.operation = "chat"
    elif kind == "text_completion" or "prompt" in body:
        row.operation = "completion"
    elif "embedding" in str(row.model) or kind == "list":
        row.operation = "embedding"
    elif "input" in body:
        row.operation = "chat"
    row.temperature, row.top_p, row.n, row.seed = (body.get(name) for name in ("temperature", "top_p", "n", "seed"))
    row.max_tokens = first(body, ("max_completion_tokens", "max_output_tokens", "max_tokens"))
    row.stream = body.get("stream")
    row.top_logprobs = body.get("top_logprobs")
    asked = body.get("logprobs")
    if isinstance(asked, bool):
        row.logprobs = asked
    elif isinstance(asked, int):  # the old completions API asks for a number of them
        row.logprobs, row.top_logprobs = True, asked
    elif isinstance(included := parsed(body.get("include")), list) and "message.output_text.logprobs" in included:
        row.logprobs = True
    bias = mapping(body.get("logit_bias"))
    row.logit_bias = [token for token in map(whole, bias) if token is not None] if bias else None
    row.response_format = _output_format(body)
    row.tools = tool_names(body.get("tools")) or tool_names(body.get("functions"))


def _output_format(body: Mapping[str, Any]) -> str | None:
    wanted = body.get("response_format") or mapping(body.get("text")).get("format")
    kind = mapping(wanted).get("type") if not isinstance(wanted, str) or wanted[:1] == "{" else wanted
    return kind if isinstance(kind, str) else None


def _fill_answer(row: Exchange, response: Mapping[str, Any]) -> None:
    answers, thoughts, reason = [], [], None
    choices = response.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        choice = mapping(choice)
        message = mapping(choice.get("message") or choice.get("delta"))
        answers.append(answer_text(message) if message else text_of(choice.get("text")))
        thoughts.append(text_of(first(message, ("reasoning_content", "reasoning", "thinking"))))
        reason = reason or choice.get("finish_reason")
    output = response.get("output")
    for item in output if isinstance(output, list) else ():
        item = mapping(item)
        if item.get("type") == "reasoning":
            thoughts.append(thoughts_of([item]))
        elif item.get("type") == "message" or "content" in item:
            answers.append(text_of(item.get("content")))
        elif str(item.get("type")).endswith("_call"):
            answers.append(answer_text({"tool_calls": [item]}))
    if isinstance(output, str):
        answers.append(output)
    if response.get("object") == "response" and isinstance(response.get("status"), str):
        reason = mapping(response.get("incomplete_details")).get("reason") or response["status"]
    row.response = "\n\n".join(answer for answer in answers if answer) or None
    row.reasoning = "\n\n".join(thought for thought in thoughts if thought) or None
    row.finish_reason = name_of(reason)


OPENAI = Source(
    name="openai",
    description="OpenAI chat, completions and responses bodies, bare or in a gateway's envelope, JSON Lines",
    fills=OPENAI_FILLS | ENVELOPE_FILLS,
    sniff=_sniff,
    rows=_rows,
)
