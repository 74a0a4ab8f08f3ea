from __future__ import annotations

import asyncio

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.journal import Entry
from stillwatch.provenance.probing.spending import MOST_QUESTIONS, Spending, cost, most_tokens_in, tokens_in_about
from stillwatch.provenance.probing.targets import Decoding, Price, Target, parse_target

PRICED = parse_target(
    "a=https://h.example#m", price=Price(tokens_in=0.0, tokens_out=1e6), decoding=Decoding(max_tokens=10)
)
MODEL = (PRICED.url, PRICED.model)


def spending(most: float | None = None, asked: int = 0, target: Target = PRICED) -> Spending:
    return Spending([target], max_cost=most, asked={MODEL: asked})


def test_the_cap_is_a_few_thousand_and_the_bound_is_one() -> None:
    assert MOST_QUESTIONS == 5_000
    for prompt in ("Why?", "为什么海水是咸的？" * 40, "a" * 1000):
        assert tokens_in_about(PRICED, prompt) <= most_tokens_in(PRICED, prompt)


def test_an_unknown_price_is_not_nothing() -> None:
    assert cost(parse_target("a=https://h.example#m"), 10, 10) is None
    assert cost(PRICED, 10, 2) == 2.0


def test_nobody_is_asked_more_than_the_cap() -> None:
    async def go() -> None:
        counted = spending(asked=MOST_QUESTIONS - 1)
        assert await counted.reserve(PRICED, "Why?") is None
        assert "5,000" in str(await counted.reserve(PRICED, "Why?"))

    asyncio.run(go())


def test_the_cost_is_never_exceeded_and_true_costs_make_room() -> None:
    async def go() -> float:
        counted = spending(25.0)
        asked = 0
        while await counted.reserve(PRICED, "Why?") is None:
            asked += 1
            counted.settle(PRICED, "Why?", tokens=(1, 3))
        assert asked == 6  # 6 * 3 spent; a seventh could cost 10
        return counted.spent

    assert asyncio.run(go()) == 18.0


def test_one_more_waits_for_those_in_flight() -> None:
    async def go() -> None:
        counted = spending(20.0)
        assert await counted.reserve(PRICED, "Why?") is None
        assert await counted.reserve(PRICED, "Why?") is None
        third = asyncio.create_task(counted.reserve(PRICED, "Why?"))
        await asyncio.sleep(0)
        assert not third.done()
        counted.settle(PRICED, "Why?", tokens=(1, 1))  # 1 spent, 10 in flight: a third could make 21
        await asyncio.sleep(0)
        assert not third.done()
        counted.settle(PRICED, "Why?", tokens=None)  # free
        assert await third is None

    asyncio.run(go())


def test_what_nobody_counted_costs_the_most_it_can() -> None:
    async def go() -> float:
        counted = spending(100.0)
        await counted.reserve(PRICED, "Why?")
        counted.settle(PRICED, "Why?", tokens=(None, None))
        return counted.spent

    assert asyncio.run(go()) == 10.0


def test_earlier_runs_count() -> None:
    counted = spending(100.0)
    facts = {"target": "a", "prompt_id": "p", "sample": 0, "output": "", "asked_at": "", "latency": 0.0}
    counted.recall(PRICED, "Why?", Entry(status="answered", unseen=2, tokens_in=1, tokens_out=4, **facts))
    counted.recall(PRICED, "Why?", Entry(status="error", unseen=1, **facts))
    assert counted.spent == 2 * 10 + 4 + 10


@pytest.mark.parametrize("most", [0.0, -1.0, float("nan"), float("inf")])
def test_caps_that_cannot_be_kept(most: float) -> None:
    with pytest.raises(BadSettings, match="above 0"):
        spending(most)
    with pytest.raises(BadSettings, match="--price a=IN,OUT"):
        spending(1.0, target=parse_target("a=https://h.example#m"))
