"""One request as the readers hand it on: the columns of `schema.EXCHANGES` as plain Python values."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Exchange", "Refusal"]


class Exchange(msgspec.Struct, gc=False):
    """A row of the log, in the column names of `schema.EXCHANGES`; None: the source does not carry it.

    Values may still be as the log wrote them (`ts` as text or a number, numbers as text, tools as objects):
    `columns.exchanges_table` turns them into the column's type or refuses the row. The types here are what the
    decoder of this project's own JSON Lines accepts.
    """

    ts: str | int | float | None = None
    exchange_id: str | int | None = None
    account_id: str | int | None = None
    key_id: str | int | None = None
    org_id: str | int | None = None
    end_user_id: str | int | None = None
    session_id: str | int | None = None
    channel: str | None = None
    ip: str | None = None
    asn: int | None = None
    country: str | None = None
    user_agent: str | None = None
    tls_fingerprint: str | None = None
    model: str | None = None
    operation: str | None = None
    system_prompt: str | None = None
    prompt: str | None = None
    messages: str | list[Any] | dict[str, Any] | None = None
    turns: int | None = None
    response: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: int | float | None = None
    status: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    n: int | None = None
    seed: int | None = None
    stream: bool | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: list[Any] | dict[str, Any] | None = None
    response_format: str | dict[str, Any] | None = None
    tools: list[Any] | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A record that is not an exchange, and why, in words that hold nothing of its content."""

    reason: str
