from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals import SIGNALS, combine, judge_all, loud_accounts
from stillwatch.signals import figures as book_of
from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.figures import Figures, state, weighs
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.retry_hand_off import RetryHandOff
from stillwatch.testing import honest_log, small_world


class Unmeasured(ReasoningElicitation):
    """A signal of our own, of which nothing is known."""

    code = "SW999"


def test_every_committed_figure_can_be_true() -> None:
    book = book_of()
    assert book.worlds >= len(book.seeds) > 0
    for code, found in book.signals.items():
        assert 0 <= found.campaigns_fired <= found.campaigns <= book.worlds - found.campaigns_blind, code
        assert 0 <= found.lookalikes_fired <= found.lookalikes, code


def test_figures_are_of_signals_that_there_are() -> None:
    assert set(book_of().signals) <= {signal.code for signal in SIGNALS}


def test_precision_and_recall() -> None:
    found = Figures(campaigns=8, campaigns_fired=6, campaigns_blind=1, lookalikes=90, lookalikes_fired=2, base=None)
    assert found.recall == pytest.approx(6 / 8)
    assert found.precision == pytest.approx(6 / 8)
    silent = Figures(campaigns=0, campaigns_fired=0, campaigns_blind=9, lookalikes=9, lookalikes_fired=0, base=None)
    assert silent.recall is None
    assert silent.precision is None


def test_a_signal_without_committed_figures_is_experimental() -> None:
    assert state(Unmeasured()) == "experimental"
    assert not weighs(Unmeasured())
    assert state(EvenLoad()) == "weighs"


def test_a_supporting_signal_never_weighs() -> None:
    assert not weighs(RetryHandOff())


def test_figures_of_nothing_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Figures(campaigns=0, campaigns_fired=0, campaigns_blind=9, lookalikes=0, lookalikes_fired=0, base=None)
    monkeypatch.setitem(book_of().signals, "SW999", nothing)
    assert state(Unmeasured()) == "experimental"


def test_an_experimental_signal_is_judged_and_shown_and_does_not_weigh(world: Any) -> None:
    """The same evidence: as a measured signal it counts, as an unmeasured one it is a reason of weight 0."""
    rows: list[dict[str, Any]] = [
        {"account": account, "at": turn, "asks_reasoning": 900 if account == 900 else 1, "prompt_hash": turn + account}
        for account in [*range(60), 900]
        for turn in range(25)
    ]
    with world(rows, {"g": [900]}) as engine:
        known, unknown = judge_all(engine, ["g"], signals=[ReasoningElicitation(), Unmeasured()])
    assert known.weight == unknown.weight
    assert known.weight is not None and known.weight > 0
    assert (known.weighs, unknown.weighs) == (True, False)
    load = known.__class__(code="SW9", name="a-b", family="load", group_id="g", value=1.0, weight=0.0)
    together, reasons = combine([known, unknown, load])
    alone, _ = combine([known, load])
    assert together == alone
    assert {reason.code: reason.weight for reason in reasons}["SW999"] == 0
    assert combine([unknown, load]) == (None, ())


def test_an_experimental_signal_makes_nobody_loud() -> None:
    log = honest_log(accounts=300, days=4)
    with small_world(log, {}) as engine:
        assert loud_accounts(engine, 10, signals=[Unmeasured()]).num_rows == 0
