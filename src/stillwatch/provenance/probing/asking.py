"""Asking one target, question by question: retries, pauses, and a circuit that opens when the target is dead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec

from stillwatch.provenance.probing.exchange import Lost, Reply, exchange
from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.keys import Keys, key_variable
from stillwatch.provenance.probing.pace import LONGEST_PAUSE, Clock, Pace, backoff, retry_after
from stillwatch.provenance.probing.protocols import Answer, NotAnAnswer, error_code, is_refusal, read_answer
from stillwatch.provenance.probing.questions import Probe
from stillwatch.provenance.probing.spending import Spending, tokens_in_about
from stillwatch.provenance.probing.targets import Target

__all__ = ["ATTEMPTS", "FAILURES_IN_A_ROW", "LOST_IN_A_ROW", "OUTPUT_GUESS", "Asker"]

ATTEMPTS = 7
FAILURES_IN_A_ROW = 12  # failed requests (not: requests told to slow down) before a target counts as dead
LOST_IN_A_ROW = 5  # questions without an answer
OUTPUT_GUESS = 500  # tokens: the median answer of present chat models to open questions has some 2,000 characters

_AGAIN = {408, 409, 425, 429}
_OUT_OF_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"}


class _Closed(Exception):
    """This target is not asked further in this run."""


class _Failed(Exception):
    """This question got no answer; `again` says whether it may be asked once more, after `pause` seconds at least."""

    def __init__(self, code: str, *, again: bool, alive: bool = True, billed: bool = False, pause: float | None = None):
        super().__init__(code)
        self.code, self.again, self.alive, self.billed, self.pause = code, again, alive, billed, pause


@dataclass
class Asker:
    """Shared by the workers of one target. `closed` tells why the target is not asked any more."""

    target: Target
    client: httpx2.AsyncClient
    keys: Keys
    pace: Pace
    spending: Spending
    clock: Clock
    seconds: float
    closed: str | None = None
    failures: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)

    async def ask(self, probe: Probe, sample: int) -> Entry | None:
        """The answer, or what became of the question; None where the target closed before it was settled."""
        unseen = 0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                began, answer = await self._once(probe)
            except _Closed:
                return None
            except _Failed as failed:
                unseen += failed.billed
                self._count(failed)
                if self.closed:
                    return None
                if failed.again and attempt < ATTEMPTS:
                    if failed.pause is not None:
                        self.pace.hold(failed.pause)
                    await self.clock.sleep(max(failed.pause or 0.0, backoff(attempt)))
                    continue
                self.lost += 1
                if self.lost >= LOST_IN_A_ROW:
                    self.closed = (
                        f"{LOST_IN_A_ROW} questions in a row got no answer ({failed.code}){_hint(failed.code)}"
                    )
                return self._entry(
                    probe, sample, status="error", output=None, error=failed.code, attempts=attempt, unseen=unseen
                )
            self.failures = self.lost = 0
            facts: dict[str, Any] = msgspec.structs.asdict(answer)
            return self._entry(
                probe, sample, attempts=attempt, unseen=unseen, latency=round(self.clock.now() - began, 3),
                sha256=hashlib.sha256(answer.output.encode()).hexdigest(), **facts,
            )  # fmt: skip
        raise AssertionError("the last attempt returns")

    async def _once(self, probe: Probe) -> tuple[float, Answer]:
        guess = tokens_in_about(self.target, probe.prompt) + min(OUTPUT_GUESS, self.target.decoding.max_tokens)
        if self.closed:
            raise _Closed
        await self.pace.turn(guess)
        if self.closed is None:
            self.closed = self.closed or await self.spending.reserve(self.target, probe.prompt)
        if self.closed:
            raise _Closed
        began = self.clock.now()
        # Where nobody knows what it cost (a time-out, an interruption), the most that it can have cost is counted.
        tokens: tuple[int | None, int | None] | None = (None, None)
        try:
            try:
                reply = await exchange(self.client, self.target, probe.prompt, self.keys, self.seconds)
            except Lost as lost:
                tokens = (None, None) if lost.billed else None
                if lost.final:
                    self._close(f"{lost.code} for {self.target.host}. Check the address and the certificates here.")
                raise _Failed(lost.code, again=True, alive=False, billed=lost.billed) from None
            tokens = None if reply.status >= 300 else (None, None)
            answer = self._judged(reply)
            tokens = (answer.tokens_in, answer.tokens_out) if reply.status < 300 else None
            if answer.tokens_in is not None and answer.tokens_out is not None:
                self.pace.correct(answer.tokens_in + answer.tokens_out - guess)
            return began, answer
        finally:
            self.spending.settle(self.target, probe.prompt, tokens=tokens)

    def _judged(self, reply: Reply) -> Answer:
        if 200 <= reply.status < 300:
            try:
                return read_answer(self.target, reply.payload)
            except NotAnAnswer:
                raise _Failed("not an answer", again=True, alive=False, billed=True) from None
        if is_refusal(reply.payload):
            return Answer(output="", status="refused", finish_reason=error_code(reply.payload) or "filtered")
        code = error_code(reply.payload)
        if reply.status in _AGAIN or reply.status >= 500:
            if code in _OUT_OF_CREDIT:
                self._close("the account has no credit left. Add some and run the same command again.")
            pause = retry_after(reply.retry_after, self.clock.moment())
            if pause is not None and pause > LONGEST_PAUSE:
                self._close(f"it asks to wait for {pause / 60:,.0f} minutes. Run the same command again after that.")
            raise _Failed(f"HTTP {reply.status}", again=True, alive=reply.status == 429, pause=pause)
        if remedy := self._remedy(reply.status):
            self._close(remedy)
        raise _Failed(f"HTTP {reply.status} {code}".strip(), again=False, alive=True)

    def _remedy(self, status: int) -> str | None:
        variable = self.target.key_env or key_variable(self.target.name)
        if status in (401, 403):
            return f"HTTP {status}: the key in {variable} is missing or not accepted. Set it and run again."
        if status == 402:
            return "HTTP 402: the account has no credit left. Add some and run the same command again."
        if status in (404, 405, 410):
            return f"HTTP {status}: no such model or address. Check URL and MODEL of {self.target.name}."
        if 300 <= status < 400:
            return f"HTTP {status}: the address points elsewhere, and a key is not sent after it. Name the new address."
        return None

    def _close(self, why: str) -> None:
        self.closed = self.closed or why
        raise _Closed

    def _count(self, failed: _Failed) -> None:
        self.failures = 0 if failed.alive else self.failures + 1
        if self.failures >= FAILURES_IN_A_ROW:
            self.closed = (
                self.closed or f"{FAILURES_IN_A_ROW} requests in a row failed ({failed.code}){_hint(failed.code)}"
            )

    def _entry(self, probe: Probe, sample: int, **facts: Any) -> Entry:
        asked_at = self.clock.moment().isoformat(timespec="seconds")
        return Entry(
            target=self.target.name, prompt_id=probe.prompt_id, sample=sample, asked_at=asked_at,
            **({"latency": 0.0} | facts),
        )  # fmt: skip


def _hint(code: str) -> str:
    """What usually mends it; "" where nobody knows."""
    return next((f". {remedy}" for word, remedy in _REMEDIES.items() if word in code), "")


# By a word of the code, the first that is in it.
_REMEDIES = {
    "unsupported": (
        'In a file of targets, max_tokens_name = "max_completion_tokens" or temperature = "default" may help'
    ),
    "stream": "It answers in a stream only, which is not read: name an address that answers whole",
    "not an answer": "Check that the address answers in this protocol, and whole, not in a stream",
    "compressed": "It compresses although told not to: name an address without that",
    "HTTP 429": "Lower --per-minute, --tokens-per-minute or --concurrency, and run again",
    "timeout": "A larger --timeout or fewer at once (--concurrency) may help",
    "cannot connect": "Check the address, and the way to it from here",
}
