from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.signals.windows import DriftingReference, Prompts


def held(reference: DriftingReference, day: int) -> int:
    found = reference.at(day)
    return 0 if found is None else len(found)


def test_delay_age_and_span(prompts: Any) -> None:
    reference = DriftingReference(delay=3, days=2, cap=100, age=2, trim=0.0)
    seen = {}
    for day in range(1, 11):
        reference.add(day, prompts(10, day), np.full(10, 1))
        seen[day] = held(reference, day)
    # Tenant 1 counts from day 3 on (age), day 3 from day 6 on (delay), and two days count at a time.
    assert [seen[day] for day in (5, 6, 7, 10)] == [0, 10, 20, 20]
    assert held(reference, 20) == 0


def test_no_tenant_gives_more_than_its_cap(prompts: Any) -> None:
    reference = DriftingReference(delay=1, days=5, cap=4, age=0, trim=0.0)
    loud = prompts(100, 1)
    loud.ids[:, 0] = 30_000
    quiet = prompts(30, 2)
    owners = np.append(np.full(100, 70), np.arange(30) % 10)
    reference.add(1, Prompts.join([loud, quiet]), owners)
    found = reference.at(2)
    assert found is not None
    assert len(found) == 4 + 30
    assert int((found.ids[:, 0] == 30_000).sum()) == 4


def test_the_same_days_in_any_order_and_again_are_the_same(prompts: Any) -> None:
    one, other = (DriftingReference(delay=1, days=9, cap=2, age=0, seed=3) for _ in range(2))
    days = {day: (prompts(20, day), np.arange(20) % 5) for day in (1, 2, 3)}
    for day in (1, 2, 3):
        one.add(day, *days[day])
    for day in (3, 1, 2, 1):
        other.add(day, *days[day])
    left, right = one.at(4), other.at(4)
    assert left is not None and right is not None
    assert left.ids.tolist() == right.ids.tolist()


def test_members_of_a_campaign_are_taken_out_for_the_past_too(prompts: Any) -> None:
    reference = DriftingReference(delay=1, days=9, cap=9, age=0, trim=0.0)
    reference.add(1, prompts(20, 1), np.arange(20) % 4)
    assert held(reference, 2) == 20
    reference.forget([2])
    assert held(reference, 2) == 15
    reference.add(2, prompts(20, 2), np.arange(20) % 4)
    assert held(reference, 3) == 30


def test_the_farthest_tenants_are_trimmed(prompts: Any) -> None:
    reference = DriftingReference(delay=1, days=9, cap=9, age=0, trim=0.1)
    odd = prompts(5, 3, first=16000)
    odd.ids[:, 0] = 30_000
    reference.add(1, Prompts.join([prompts(95, 1), odd]), np.append(np.arange(95) % 19, np.full(5, 50)))
    found = reference.at(2)
    assert found is not None
    assert not (found.ids[:, 0] == 30_000).any()
    assert len(found) == 90  # two tenants of twenty are out


def test_an_empty_day_is_no_fault(prompts: Any) -> None:
    reference = DriftingReference()
    reference.add(1, prompts(0, 1), np.zeros(0, np.int64))
    assert reference.at(30) is None
