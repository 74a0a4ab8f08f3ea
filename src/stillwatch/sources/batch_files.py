"""Batch input and output files of OpenAI and Anthropic: results come out of order and are joined by `custom_id`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stillwatch.sources.anthropic import ANTHROPIC_FILLS, fill_anthropic
from stillwatch.sources.base import Peers, Record, Source
from stillwatch.sources.content import mapping, whole
from stillwatch.sources.envelope import ENVELOPE_FILLS, fill_envelope, operation, settle_account
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.openai import OPENAI_FILLS, fill_openai

__all__ = ["ANTHROPIC_BATCH", "OPENAI_BATCH"]

_Fill = Callable[[Exchange, Mapping[str, Any], Mapping[str, Any]], None]


def _openai_sniff(record: Record) -> bool:
    return "custom_id" in record and (_openai_asks(record) or _openai_answers(record))


def _openai_asks(record: Record) -> bool:
    return isinstance(record.get("body"), Mapping)


def _openai_answers(record: Record) -> bool:
    return "response" in record and "body" not in record


def _anthropic_sniff(record: Record) -> bool:
    return "custom_id" in record and (_anthropic_asks(record) or _anthropic_answers(record))


def _anthropic_asks(record: Record) -> bool:
    return isinstance(record.get("params"), Mapping)


def _anthropic_answers(record: Record) -> bool:
    return isinstance(record.get("result"), Mapping)


def _keys(asks: Callable[[Record], bool], answers: Callable[[Record], bool]) -> Callable[[Record], Iterable[str]]:
    def keys(record: Record) -> Iterator[str]:
        identity = record.get("custom_id")
        if isinstance(identity, str):
            if asks(record):
                yield f"asked:{identity}"
            elif answers(record):
                yield f"answered:{identity}"

    return keys


def _openai_rows(record: Record, peers: Peers) -> Iterator[Exchange | Refusal]:
    if _openai_asks(record):
        yield from _question(record, mapping(record.get("body")), peers, fill_openai)
    elif _openai_answers(record):
        response = mapping(record.get("response"))
        body = mapping(response.get("body"))
        for row in _result(record, "body", body, peers, fill_openai):
            if isinstance(row, Exchange):
                row.status = row.status if row.status is not None else whole(response.get("status_code"))
                row.exchange_id = row.exchange_id or _text(response.get("request_id")) or _text(record.get("id"))
                error = mapping(record.get("error")) or mapping(body.get("error"))
                row.finish_reason = row.finish_reason or _text(error.get("code"))
            yield row
    else:
        yield Refusal("is neither a request nor a result of an OpenAI batch")


def _anthropic_rows(record: Record, peers: Peers) -> Iterator[Exchange | Refusal]:
    if _anthropic_asks(record):
        yield from _question(record, mapping(record.get("params")), peers, fill_anthropic)
    elif _anthropic_answers(record):
        result = mapping(record.get("result"))
        for row in _result(record, "params", mapping(result.get("message")), peers, fill_anthropic):
            if isinstance(row, Exchange) and row.finish_reason is None:
                row.finish_reason = _text(result.get("type"))  # errored, canceled, expired
            yield row
    else:
        yield Refusal("is neither a request nor a result of an Anthropic batch")


def _question(record: Record, body: Mapping[str, Any], peers: Peers, fill: _Fill) -> Iterator[Exchange | Refusal]:
    """A request whose result is at hand is told by the result's line; one without stands alone if it has a time."""
    identity = record.get("custom_id")
    if isinstance(identity, str) and peers.find(f"answered:{identity}"):
        if len(peers.find(f"asked:{identity}")) > 1:
            yield Refusal(_SEVERAL)
        return
    row = Exchange()
    fill(row, body, {})
    _finish(row, record)
    yield (
        row
        if row.ts is not None
        else Refusal("a batch request without its result, and no time: give the output file with the input file")
    )


def _result(
    record: Record, body: str, response: Mapping[str, Any], peers: Peers, fill: _Fill
) -> Iterator[Exchange | Refusal]:
    identity = record.get("custom_id")
    asked = peers.find(f"asked:{identity}") if isinstance(identity, str) else ()
    if len(asked) > 1:
        yield Refusal(_SEVERAL)
        return
    row = Exchange()
    request = mapping(asked[0].get(body)) if asked else {}
    fill(row, request, response)
    _finish(row, record, *asked)
    yield row


_SEVERAL = "its custom_id stands in more than one request of these files: give one batch at a time"


def _finish(row: Exchange, *records: Record) -> None:
    account, moment = row.account_id, row.ts
    row.account_id = row.ts = None
    around = [{name: value for name, value in record.items() if name != "status"} for record in records]
    fill_envelope(row, *around)
    settle_account(row, account)
    row.ts = moment if row.ts is None else row.ts
    row.channel = row.channel or "batch"
    row.operation = next(filter(None, (operation(record.get("url")) for record in records)), row.operation or "batch")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


OPENAI_BATCH = Source(
    name="openai-batch",
    description="OpenAI Batch API input and output files, joined by custom_id",
    fills=OPENAI_FILLS | ENVELOPE_FILLS,
    sniff=_openai_sniff,
    rows=_openai_rows,
    keys=_keys(_openai_asks, _openai_answers),
    marks=(("asked", b'"body"'), ("answered", b'"response"')),
)

ANTHROPIC_BATCH = Source(
    name="anthropic-batch",
    description="Anthropic Message Batches requests and results, joined by custom_id",
    fills=ANTHROPIC_FILLS | ENVELOPE_FILLS,
    sniff=_anthropic_sniff,
    rows=_anthropic_rows,
    keys=_keys(_anthropic_asks, _anthropic_answers),
    marks=(("asked", b'"params"'), ("answered", b'"result"')),
)
