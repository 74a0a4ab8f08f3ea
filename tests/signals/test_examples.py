from __future__ import annotations

from typing import Any

from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.examples import examples
from stillwatch.signals.measure import keep_partials
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation


def shown(world: Any, rows: list[dict[str, Any]], members: dict[str, list[int]], signal: Any) -> dict[str, Any]:
    with world(rows, members) as engine:
        keep_partials(engine, signal)
        return examples(engine, signal)


def score(account: int, name: str, asks_reasoning: int | None) -> dict[str, Any]:
    return {"account": account, "exchange_id": name, "asks_reasoning": asks_reasoning}


def test_the_strongest_of_each_account_first(world: Any) -> None:
    rows = [score(1, "1-low", 100), score(1, "1-high", 900), score(2, "2-high", 950), score(3, "outside", 1000)]
    found = shown(world, rows, {"g": [1, 2]}, ReasoningElicitation())
    assert found == {"g": ("1-high", "2-high", "1-low")}


def test_five_accounts_at_most_and_five_exchanges(world: Any) -> None:
    rows = [score(account, f"{account}-{turn}", 100 + account) for account in range(9) for turn in range(3)]
    found = shown(world, rows, {"g": list(range(9)), "one": [4]}, ReasoningElicitation())
    assert found == {"g": ("8-0", "7-0", "6-0", "5-0", "4-0"), "one": ("4-0", "4-1", "4-2")}


def test_what_shows_nothing_is_no_example(world: Any) -> None:
    rows = [score(1, "zero", 0), score(1, "unknown", None)]
    assert shown(world, rows, {"g": [1]}, ReasoningElicitation()) == {}


def test_signals_with_other_partials_have_examples_too(world: Any) -> None:
    found = shown(world, [score(1, "a", None), score(2, "b", None)], {"g": [1]}, EvenLoad())
    assert found == {"g": ("a",)}


def test_rows_in_any_order_show_the_same(world: Any) -> None:
    rows = [{**score(number % 7, f"x{number}", 500), "exchange_key": number} for number in range(60)]
    members = {"g": list(range(7))}
    first = shown(world, rows, members, ReasoningElicitation())
    assert first == shown(world, rows[::-1], members, ReasoningElicitation())
