from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from stillwatch.provenance.probing.asking import ATTEMPTS, FAILURES_IN_A_ROW, LOST_IN_A_ROW, Asker
from stillwatch.provenance.probing.exchange import client_for
from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.keys import Keys
from stillwatch.provenance.probing.pace import Pace
from stillwatch.provenance.probing.questions import Probe
from stillwatch.provenance.probing.spending import Spending
from stillwatch.provenance.probing.targets import parse_target

Ask = Callable[..., tuple[list[Entry | None], str | None]]


@pytest.fixture
def ask(server: Any, hours: Any, key: str) -> Ask:
    """`ask(count)` asks so many questions one after the other; returns what came of each and why it ended."""

    def go(count: int = 1, address: str = "", seconds: float = 5.0) -> tuple[list[Entry | None], str | None]:
        target = parse_target(f"a={address or server.url}#m")

        async def all_of_them() -> tuple[list[Entry | None], str | None]:
            async with client_for(target, seconds) as client:
                pace = Pace(hours.clock, per_minute=6000, tokens_per_minute=None)
                keys = Keys([target], {"STILLWATCH_KEY_A": key})
                spending = Spending([target], max_cost=None, asked={})
                asker = Asker(target, client, keys, pace, spending, hours.clock, seconds)
                probes = [Probe(prompt_id=f"p{n}", stratum="s", half="own", prompt=f"Q{n}?") for n in range(count)]
                return [await asker.ask(probe, 0) for probe in probes], asker.closed

        return asyncio.run(all_of_them())

    return go


def one(entries: list[Entry | None]) -> Entry:
    assert len(entries) == 1
    assert entries[0] is not None
    return entries[0]


def test_an_answer_and_what_is_known_of_it(ask: Ask) -> None:
    entry = one(ask()[0])
    assert (entry.status, entry.output, entry.attempts, entry.error) == ("answered", "Answer to Q0?", 1, None)
    assert entry.sha256 == hashlib.sha256(b"Answer to Q0?").hexdigest()
    assert (entry.tokens_in, entry.tokens_out, entry.served_model, entry.system_fingerprint) == (
        11,
        7,
        "m-2026",
        "fp_1",
    )
    assert entry.asked_at == "2026-05-01T12:00:00+00:00"


@pytest.mark.parametrize("status", [429, 500, 503, 529, 408])
def test_a_passing_fault_is_asked_again(ask: Ask, server: Any, told: Any, say_chat: Any, status: int) -> None:
    server.behave = lambda asked, number: told({}, status=status) if number < 3 else say_chat("late")
    entry = one(ask()[0])
    assert (entry.output, entry.attempts) == ("late", 3)


def test_retry_after_is_honoured(ask: Ask, server: Any, hours: Any, told: Any, say_chat: Any) -> None:
    server.behave = lambda a, n: told({}, status=429, headers={"retry-after": "17"}) if n == 1 else say_chat("late")
    begin = hours.seconds
    assert one(ask()[0]).output == "late"
    assert 17 <= hours.seconds - begin < 19


def test_a_server_that_asks_for_hours_is_left(ask: Ask, server: Any, hours: Any, told: Any) -> None:
    server.behave = lambda asked, number: told({}, status=429, headers={"retry-after": "7200"})
    entries, closed = ask(3)
    assert entries == [None] * 3
    assert "wait for 120 minutes" in str(closed)
    assert len(server.asked) == 1


def test_waits_grow_while_it_fails(ask: Ask, server: Any, hours: Any, told: Any) -> None:
    server.behave = lambda asked, number: told({}, status=429)
    entry = one(ask()[0])
    assert (entry.status, entry.error, entry.output, entry.attempts) == ("error", "HTTP 429", None, ATTEMPTS)
    waits = [wait for wait in hours.slept if wait >= 0.5]
    assert len(waits) == ATTEMPTS - 1
    assert waits[-1] > 4 * waits[0]


@pytest.mark.parametrize(
    ("status", "body", "remedy"),
    [
        (401, {"error": {"message": "wrong key sk-test-0123456789abcdef"}}, "STILLWATCH_KEY_A"),
        (403, {}, "STILLWATCH_KEY_A"),
        (404, {"error": {"code": "model_not_found"}}, "Check URL and MODEL"),
        (402, {}, "no credit"),
        (429, {"error": {"code": "insufficient_quota"}}, "no credit"),
        (308, {}, "points elsewhere"),
    ],
)
def test_what_no_retry_mends_ends_the_target(
    ask: Ask, server: Any, told: Any, key: str, status: int, body: Any, remedy: str
) -> None:
    server.behave = lambda asked, number: told(body, status=status)
    entries, closed = ask(3)
    assert entries == [None] * 3
    assert remedy in str(closed)
    assert key not in str(closed)
    assert len(server.asked) == 1


def test_a_bad_question_is_lost_and_the_next_is_asked(ask: Ask, server: Any, told: Any, say_chat: Any) -> None:
    bad = told({"error": {"code": "context_length_exceeded", "message": "secret words"}}, status=400)
    server.behave = lambda asked, number: bad if asked.prompt == "Q0?" else say_chat("fine")
    (lost, fine), closed = ask(2)
    assert lost is not None
    assert fine is not None
    assert (lost.status, lost.error, lost.output) == ("error", "HTTP 400 context_length_exceeded", None)
    assert (fine.status, closed) == ("answered", None)


def test_a_server_that_stays_busy_is_left_with_what_slows_it_down(ask: Ask, server: Any, told: Any) -> None:
    server.behave = lambda asked, number: told({}, status=429)
    _, closed = ask(LOST_IN_A_ROW)
    assert "HTTP 429). Lower --per-minute" in str(closed)


def test_a_filter_is_a_refusal(ask: Ask, server: Any, told: Any) -> None:
    server.behave = lambda asked, number: told({"error": {"code": "content_filter"}}, status=400)
    entry = one(ask()[0])
    assert (entry.status, entry.output, entry.finish_reason) == ("refused", "", "content_filter")


@pytest.mark.parametrize(
    ("code", "hint"),
    [("bad_request", ")"), ("unsupported_parameter", "max_completion_tokens"), ("stream_required", "answers whole")],
)
def test_questions_that_all_fail_end_the_target(ask: Ask, server: Any, told: Any, code: str, hint: str) -> None:
    server.behave = lambda asked, number: told({"error": {"code": code}}, status=422)
    entries, closed = ask(LOST_IN_A_ROW + 3)
    assert [entry is None for entry in entries] == [False] * LOST_IN_A_ROW + [True] * 3
    assert f"HTTP 422 {code}" in str(closed)
    assert hint in str(closed).partition(code)[2]
    assert (". " in str(closed)) == (code != "bad_request")


@pytest.mark.parametrize("kind", ["drop", "nonsense", "shape"])
def test_a_dead_or_senseless_server_is_left_soon(ask: Ask, server: Any, told: Any, kind: str) -> None:
    answers = {"drop": told(drop=True), "nonsense": told(b"<html>"), "shape": told({"choices": "none"})}
    server.behave = lambda asked, number: answers[kind]
    entries, closed = ask(4)
    assert len(server.asked) == FAILURES_IN_A_ROW
    assert "in a row failed" in str(closed)
    assert ("in a stream" in str(closed)) == (kind != "drop")
    assert [entry.status for entry in entries if entry] == ["error"]
    assert entries[0] is not None
    assert entries[0].unseen == ATTEMPTS  # each may have been charged


def test_a_success_makes_up_for_failures(ask: Ask, server: Any, told: Any, say_chat: Any) -> None:
    server.behave = lambda asked, number: told({}, status=500) if number % 6 else say_chat("at last")
    entries, closed = ask(5)
    assert [entry.output for entry in entries if entry] == ["at last"] * 5
    assert closed is None


def test_nobody_at_home_costs_nothing(ask: Ask, serve: Callable[[], Any]) -> None:
    gone = serve()
    gone.close()
    gone.close = lambda: None
    entries, closed = ask(2, address=gone.url)
    assert "cannot connect). Check the address" in str(closed)
    assert entries[0] is not None
    assert (entries[0].unseen, entries[0].error) == (0, "cannot connect")
