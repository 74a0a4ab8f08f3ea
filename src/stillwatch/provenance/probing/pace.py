"""Time: a clock that tests can replace, the pace that a target's limits allow, and the wait before another try."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["LONGEST_PAUSE", "Clock", "Pace", "backoff", "retry_after"]

LONGEST_PAUSE = 600.0  # seconds: whoever asks for more is asked again another time
_FIRST, _MOST = 1.0, 60.0  # seconds


def _today() -> datetime:
    return datetime.now(tz=UTC)


@dataclass(frozen=True)
class Clock:
    """Seconds that only grow, the moment in UTC, and waiting."""

    now: Callable[[], float] = time.monotonic
    moment: Callable[[], datetime] = _today
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Pace:
    """Spaces requests so that neither limit is passed: no burst, so no provider sees more than was promised."""

    def __init__(self, clock: Clock, *, per_minute: float, tokens_per_minute: float | None):
        self._clock = clock
        self._per_request = 60.0 / per_minute
        self._per_token = 60.0 / tokens_per_minute if tokens_per_minute else 0.0
        self._request_from = self._tokens_from = self._held_until = clock.now()

    async def turn(self, tokens: int) -> None:
        """Waits until a request of about `tokens` tokens may go out."""
        now = self._clock.now()
        start = max(now, self._request_from, self._tokens_from)
        self._request_from = start + self._per_request
        self._tokens_from = start + tokens * self._per_token
        await self._until(start)
        while self._held_until > self._clock.now():  # a pause that was asked for while this one waited
            await self._until(self._held_until)

    def correct(self, tokens: int) -> None:
        """That many tokens more (or fewer) were used than was said."""
        self._tokens_from += tokens * self._per_token

    def hold(self, seconds: float) -> None:
        """Nobody asks this target before that many seconds have passed."""
        self._held_until = max(self._held_until, self._clock.now() + min(seconds, LONGEST_PAUSE))

    async def _until(self, moment: float) -> None:
        if (left := moment - self._clock.now()) > 0:
            await self._clock.sleep(left)


def backoff(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after that many failures (from 1): doubling, half of it by chance so that clients spread out."""
    return float(min(_MOST, _FIRST * 2 ** (attempt - 1))) * (0.5 + 0.5 * chance())


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date. None where it says nothing that can be kept."""
    if value is None or len(value) > 64:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if seconds == seconds and seconds < float("inf") else None
