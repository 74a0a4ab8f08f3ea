from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.conversation_migration import ConversationMigration
from stillwatch.signals.examples import examples
from stillwatch.signals.handovers import Handovers
from stillwatch.signals.measure import keep_partials
from stillwatch.signals.retry_hand_off import RetryHandOff


@pytest.mark.parametrize("kind", [RetryHandOff, ConversationMigration])
def test_hand_overs_only_support(kind: type[Handovers]) -> None:
    assert kind.supporting
    assert not kind.lone


def test_the_examples_are_the_two_sides(world: Any) -> None:
    rows = [{"account": account, "at": 1, "body_hash": 10 + account, "status": 200} for account in (1, 2)]
    rows += [{"account": 1, "at": 2, "body_hash": 5, "status": 429}]
    rows += [{"account": 2, "at": 2.01, "body_hash": 5, "status": 200}]
    with world(rows, {"g": [1, 2]}) as engine:
        assert keep_partials(engine, RetryHandOff())
        assert set(examples(engine, RetryHandOff())["g"]) == {"made-2", "made-3"}
