from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.links.handoffs import MOST_WEIGHT, HandOffs, find_handoffs

Make = Callable[..., object]
START = datetime(2026, 3, 2, tzinfo=UTC)


def second(value: float) -> float:
    return value / 3600


def test_a_refused_body_that_comes_again_elsewhere_is_a_retry(lake: Make, ask: Make) -> None:
    rows = []
    for n in range(8):
        rows.append(ask(1, n, body_hash=100 + n, status=429))
        rows.append(ask(2, n + second(20), body_hash=100 + n, status=200))
    found = find_handoffs(lake(rows))  # type: ignore[arg-type]
    assert found.between(np.array([1]), np.array([2])) == 8
    (reason,) = found.reasons(np.array([1, 2]), population=1000)
    assert reason.name == "retry-hand-off" and reason.family == "coordination"
    assert 3 < reason.weight <= MOST_WEIGHT
    assert reason.examples and all(example.startswith("e") for example in reason.examples)


def test_late_or_accepted_or_common_bodies_are_no_hand_off(lake: Make, ask: Make) -> None:
    late = [ask(1, 0, body_hash=1, status=429), ask(2, second(500), body_hash=1, status=200)]
    accepted = [ask(3, 0, body_hash=2, status=200), ask(4, second(5), body_hash=2, status=200)]
    common = [ask(n, second(n), body_hash=3, status=429) for n in range(10, 20)]
    found = find_handoffs(lake([*late, *accepted, *common]))  # type: ignore[arg-type]
    everyone = np.arange(30)
    assert found.between(everyone, everyone) == 0
    assert found.reasons(np.array([1, 2]), 1000) == ()


def test_a_retry_after_midnight_counts_and_a_common_body_of_many_days_does_not(lake: Make, ask: Make) -> None:
    rows = [ask(1, 24 - second(50), body_hash=1, status=429), ask(2, 24 + second(50), body_hash=1, status=200)]
    rows += [ask(3, 24 - second(70), body_hash=2, status=429), ask(4, 24 + second(70), body_hash=2, status=200)]
    for day in range(3):
        rows.append(ask(10 + 2 * day, 24 * day + 5, body_hash=3, status=429))
        rows.append(ask(11 + 2 * day, 24 * day + 5 + second(9), body_hash=3, status=200))
    found = find_handoffs(lake(rows))  # type: ignore[arg-type]
    assert found.between(np.array([1]), np.array([2])) == 1
    assert found.between(np.arange(3, 30), np.arange(3, 30)) == 0


def test_a_conversation_that_goes_on_elsewhere_is_a_migration(lake: Make, ask: Make) -> None:
    rows = []
    for n in range(6):
        rows.append(ask(1, n, conversation_hash=500 + n))
        rows.append(ask(2, n + 1, conversation_hash=900 + n, prefix_hash=500 + n))
    found = find_handoffs(lake(rows))  # type: ignore[arg-type]
    names = [reason.name for reason in found.reasons(np.array([1, 2]), 1000)]
    assert names == ["conversation-migration"]


def test_a_greeting_that_many_begin_with_is_no_migration(lake: Make, ask: Make) -> None:
    rows = [ask(n, 0, conversation_hash=7) for n in range(1, 8)]
    rows += [ask(n, 1, conversation_hash=100 + n, prefix_hash=7) for n in range(1, 8)]
    found = find_handoffs(lake(rows))  # type: ignore[arg-type]
    assert found.between(np.arange(9), np.arange(9)) == 0


def test_replacement_after_a_ban_needs_more_than_the_groups_own_pace(lake: Make, ask: Make, person: Make) -> None:
    rows = [ask(n, 0) for n in range(60)]
    spread = [person(n, created_at=START + timedelta(days=10 * n)) for n in range(30)]
    banned = [
        person(30 + n, created_at=START + timedelta(days=10 * n + 3), banned_at=START + timedelta(days=10 * n + 9.9))
        for n in range(20)
    ]
    found = find_handoffs(lake(rows, [*spread, *banned]))  # type: ignore[arg-type]
    (reason,) = found.reasons(np.arange(50), 1000)
    assert reason.name == "replacement-after-ban"
    calm = [
        person(n, created_at=START + timedelta(hours=n), banned_at=START + timedelta(hours=n + 1)) for n in range(50)
    ]
    busy = find_handoffs(lake(rows, calm))  # type: ignore[arg-type]
    assert busy.reasons(np.arange(50), 1000) == ()


def handed_over(kind: np.ndarray, a: np.ndarray, b: np.ndarray, n: np.ndarray) -> HandOffs:
    """Hand-offs of a log whose account table is empty."""
    ids = [str(place) for place in range(len(kind))]
    edges = pa.table({"kind": kind, "a": a, "b": b, "n": n, "first_id": ids, "then_id": ids})
    none = pa.array([], pa.float64())
    return HandOffs(edges, pa.table({"account_key": pa.array([], pa.int64()), "created_us": none, "banned_us": none}))


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_partners_are_those_between_whom_enough_is_handed_over(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = int(random.integers(0, 40))
    kind = random.choice(["retry", "migration"], size)
    handoffs = handed_over(kind, *random.integers(0, 12, (2, size)), random.integers(1, 4, size))
    groups = [random.choice(14, int(random.integers(1, 6)), replace=False) for _ in range(int(random.integers(0, 6)))]
    expected = [(i, j) for i in range(len(groups)) for j in range(i) if handoffs.between(groups[i], groups[j]) >= 3]
    assert handoffs.partners(groups, 3) == expected


def test_many_hand_offs_are_no_surprise_where_everybody_hands_on() -> None:
    random = np.random.default_rng(1)
    kind = np.repeat(["migration", "retry"], [3994, 6])
    a, b = random.integers(0, 400, (2, 4000))
    a[-6:], b[-6:] = np.arange(6), np.arange(100, 106)
    handoffs = handed_over(kind, a, b, np.ones(4000, np.int64))
    left, right, far = np.arange(50), np.arange(100, 150), np.arange(200, 250)
    assert handoffs.between(left, far) > 30
    assert handoffs.surprise(left, far, 400) < 5
    assert handoffs.surprise(left, right, 400) > handoffs.surprise(left, far, 400)
    assert handoffs.surprise(left, right, 40_000) > 10  # in a larger crowd the same few would be one
