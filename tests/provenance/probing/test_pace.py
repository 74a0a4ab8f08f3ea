from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.probing.pace import LONGEST_PAUSE, Clock, Pace, backoff, retry_after

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def turns(hours: Any, pace: Pace, tokens: list[int]) -> list[float]:
    """Seconds from the start at which each of a row of requests goes out."""
    begin = hours.seconds
    went = []

    async def go() -> None:
        for count in tokens:
            await pace.turn(count)
            went.append(hours.seconds - begin)

    asyncio.run(go())
    return went


def test_requests_are_spaced_and_never_burst(hours: Any) -> None:
    pace = Pace(hours.clock, per_minute=30, tokens_per_minute=None)
    assert turns(hours, pace, [1, 1, 1, 1]) == pytest.approx([0, 2, 4, 6])


def test_the_tighter_limit_counts(hours: Any) -> None:
    pace = Pace(hours.clock, per_minute=600, tokens_per_minute=600)
    assert turns(hours, pace, [100, 50, 1]) == pytest.approx([0, 10, 15])


def test_a_wrong_guess_of_tokens_is_made_good(hours: Any) -> None:
    pace = Pace(hours.clock, per_minute=600, tokens_per_minute=600)
    turns(hours, pace, [100])
    pace.correct(-50)
    assert turns(hours, pace, [1]) == pytest.approx([5])


def test_a_pause_holds_everybody_but_not_for_ever(hours: Any) -> None:
    pace = Pace(hours.clock, per_minute=600, tokens_per_minute=None)
    pace.hold(30)
    pace.hold(10)
    assert turns(hours, pace, [1]) == pytest.approx([30])
    pace.hold(10**9)
    assert turns(hours, pace, [1]) == pytest.approx([LONGEST_PAUSE])


@settings(max_examples=40, deadline=None)
@given(attempt=st.integers(1, 40), chance=st.floats(0, 1))
def test_waits_double_up_to_a_minute_and_spread(attempt: int, chance: float) -> None:
    wait = backoff(attempt, lambda: chance)
    most = min(60.0, 2.0 ** (attempt - 1))
    assert most / 2 <= wait <= most


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("Fri, 01 May 2026 12:00:30 GMT", 30.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0), (None, None), ("soon", None), ("nan", None), ("inf", None),
        ("9" * 500, None), ("", None), ("Fri, 99 May 2026 12:00:30 GMT", None),
    ],
)  # fmt: skip
def test_what_a_server_says_about_waiting(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_the_clock_of_this_machine_knows_utc() -> None:
    assert Clock().moment().tzinfo is UTC
