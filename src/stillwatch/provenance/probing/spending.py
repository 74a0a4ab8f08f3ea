"""What may still be asked and spent: the hard cap on questions a model, and the user's own cap on cost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.targets import Target

__all__ = ["MOST_QUESTIONS", "Spending", "cost", "most_tokens_in", "tokens_in_about"]

# A few hundred questions recognise a model; tens of thousands would copy it. No flag raises this.
MOST_QUESTIONS = 5_000

_FRAMING = 64  # tokens that a protocol may add around a prompt


def tokens_in_about(target: Target, prompt: str) -> int:
    """A fair guess: four bytes a token."""
    return 8 + (len(prompt.encode()) + len((target.decoding.system or "").encode())) // 4


def most_tokens_in(target: Target, prompt: str) -> int:
    """No tokeniser makes more tokens than there are bytes."""
    return _FRAMING + len(prompt.encode()) + len((target.decoding.system or "").encode())


def cost(target: Target, tokens_in: float, tokens_out: float) -> float | None:
    """None where the price is not known, which is not 0."""
    if target.price is None:
        return None
    return (tokens_in * target.price.tokens_in + tokens_out * target.price.tokens_out) / 1e6


class Spending:
    """Counts requests of each model and their cost, those in flight at the most they can come to."""

    def __init__(self, targets: Iterable[Target], *, max_cost: float | None, asked: Mapping[tuple[str, str], int]):
        kept = list(targets)
        unpriced = [target.name for target in kept if target.price is None]
        if max_cost is not None and unpriced:
            raise BadSettings(f"--max-cost needs every price; add --price {unpriced[0]}=IN,OUT.")
        if max_cost is not None and not 0 < max_cost < float("inf"):
            raise BadSettings("--max-cost must be above 0.")
        self._most = float("inf") if max_cost is None else max_cost
        self._asked = dict(asked)
        self._reserved = 0.0
        self._in_flight = 0
        self._settled = asyncio.Event()
        self.spent = 0.0

    async def reserve(self, target: Target, prompt: str) -> str | None:
        """None where one more request may go out, which is then counted; else why not. Waits for requests in flight
        where their true cost decides."""
        model = (target.url, target.model)
        bound = self._bound(target, prompt)
        while True:
            if self._asked.get(model, 0) >= MOST_QUESTIONS:
                return f"asked {MOST_QUESTIONS:,} questions, which is the most that any model is asked"
            if self.spent + self._reserved + bound <= self._most:
                break
            if not self._in_flight:
                return "one more question could exceed --max-cost"
            self._settled.clear()
            await self._settled.wait()
        self._asked[model] = self._asked.get(model, 0) + 1
        self._reserved += bound
        self._in_flight += 1
        return None

    def settle(self, target: Target, prompt: str, *, tokens: tuple[int | None, int | None] | None) -> None:
        """A request came back: `tokens` as the server counted (the most there can be where it did not), None: free."""
        self._in_flight -= 1
        # Set to 0 rather than counted down to it: a remainder of rounding must not look like a request in flight.
        self._reserved = self._reserved - self._bound(target, prompt) if self._in_flight else 0.0
        if tokens is not None:
            self.spent += self._price(target, prompt, *tokens)
        self._settled.set()

    def recall(self, target: Target, prompt: str, entry: Entry) -> None:
        """Adds what an earlier run spent."""
        self.spent += entry.unseen * self._bound(target, prompt)
        if entry.status != "error":
            self.spent += self._price(target, prompt, entry.tokens_in, entry.tokens_out)

    def _bound(self, target: Target, prompt: str) -> float:
        return cost(target, most_tokens_in(target, prompt), target.decoding.max_tokens) or 0.0

    def _price(self, target: Target, prompt: str, tokens_in: int | None, tokens_out: int | None) -> float:
        known_in = most_tokens_in(target, prompt) if tokens_in is None else tokens_in
        known_out = target.decoding.max_tokens if tokens_out is None else tokens_out
        return cost(target, known_in, known_out) or 0.0
