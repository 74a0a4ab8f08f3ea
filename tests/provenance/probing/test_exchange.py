from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from stillwatch.provenance.probing import exchange as module
from stillwatch.provenance.probing.exchange import Lost, Reply, client_for, exchange
from stillwatch.provenance.probing.keys import REMOVED, Keys
from stillwatch.provenance.probing.targets import Target, parse_target


def ask(target: Target, keys: Keys, seconds: float = 5.0) -> Reply:
    async def once() -> Reply:
        async with client_for(target, 5.0) as client:  # bounds each read; `seconds` bounds the whole
            return await exchange(client, target, "Why?", keys, seconds)

    return asyncio.run(once())


def lost(server: Any, seconds: float = 5.0) -> Lost:
    target = parse_target(f"a={server.url}#m")
    with pytest.raises(Lost) as caught:
        ask(target, Keys([target], {}), seconds)
    return caught.value


def test_one_question_goes_out_and_one_reply_comes_back(server: Any, key: str) -> None:
    target = parse_target(f"a={server.url}/v1#m")
    reply = ask(target, Keys([target], {"STILLWATCH_KEY_A": key}))
    assert reply.status == 200
    assert reply.payload["choices"][0]["message"]["content"] == "Answer to Why?"
    asked = server.asked[0]
    assert (asked.path, asked.body["model"]) == ("/v1/chat/completions", "m")
    assert asked.headers["authorization"] == f"Bearer {key}"


def test_a_key_that_is_echoed_is_taken_out(server: Any, key: str, say_chat: Callable[..., Any]) -> None:
    server.behave = lambda asked, number: say_chat(f"Your key is {key[:5]}{key[5:]}, escaped or not")
    target = parse_target(f"a={server.url}#m")
    payload = ask(target, Keys([target], {"STILLWATCH_KEY_A": key})).payload
    assert key not in str(payload)
    assert REMOVED in payload["choices"][0]["message"]["content"]


def test_a_redirect_is_not_followed(serve: Callable[[], Any], told: Any, key: str) -> None:
    first, thief = serve(), serve()
    first.behave = lambda asked, number: told({}, status=307, headers={"location": thief.url})
    target = parse_target(f"a={first.url}#m")
    assert ask(target, Keys([target], {"STILLWATCH_KEY_A": key})).status == 307
    assert thief.asked == []


def test_a_body_without_end_is_cut_off_by_time(server: Any, told: Any) -> None:
    server.behave = lambda asked, number: told(b"{", drip=True)
    failed = lost(server, seconds=0.05)
    assert (failed.code, failed.billed) == ("timeout", True)


def test_a_body_without_measure_is_cut_off_by_size(server: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_REPLY", 10_000)
    server.behave = lambda asked, number: told(b" " * 10_001)
    assert lost(server).code == "reply too large"


def test_a_compressed_body_is_not_unpacked(server: Any, told: Any) -> None:
    server.behave = lambda asked, number: told(gzip.compress(b"{}"), headers={"content-encoding": "gzip"})
    assert lost(server).code == "compressed reply"


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe", b"[" * 100_000, b"9" * 5_000, b'{"a": nan'])
def test_a_body_that_is_no_json_is_none(server: Any, told: Any, body: bytes) -> None:
    server.behave = lambda asked, number: told(body)
    target = parse_target(f"a={server.url}#m")
    assert ask(target, Keys([target], {})).payload is None


def test_a_dropped_connection_and_a_closed_door(server: Any, serve: Callable[[], Any], told: Any) -> None:
    server.behave = lambda asked, number: told(drop=True)
    dropped = lost(server)
    assert (dropped.code, dropped.billed) == ("connection lost", True)
    gone = serve()
    gone.close()
    gone.close = lambda: None
    closed = lost(gone)
    assert (closed.code, closed.billed, closed.final) == ("cannot connect", False, False)


def test_certificates_are_checked_and_redirects_off() -> None:
    async def look() -> tuple[bool, bool]:
        async with client_for(parse_target("a=https://h.example#m"), 1.0) as client:
            pool = client._transport._pool  # type: ignore[attr-defined]
            return client.follow_redirects, pool._ssl_context.verify_mode.name == "CERT_REQUIRED"

    assert asyncio.run(look()) == (False, True)
