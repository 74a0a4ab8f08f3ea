from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.simulate.campaigns import enlist
from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.events import Events, Traffic
from stillwatch.simulate.scenarios import Operation

RING = Operation("ring", ("coding",), "hydra")
POOL = 3_000


@pytest.fixture
def traffic(make_draft: Callable[..., Draft]) -> tuple[Draft, Traffic, list[Events]]:
    draft = make_draft(8)
    draft.add(draft.crowd(1_000, "household"))
    enlist(draft, RING, 200, 26.0, "mid")
    machine = Traffic(draft.finish(), draft.clocks, draft.first, 8, {0: POOL})
    return draft, machine, [machine.day(day) for day in range(4)]


def test_days_are_sorted_and_stay_within_themselves_and_the_accounts_lives(
    traffic: tuple[Draft, Traffic, list[Events]],
) -> None:
    draft, _, days = traffic
    rows = draft.finish().behaviour
    for number, events in enumerate(days):
        assert (np.diff(events.time) >= 0).all()
        assert events.time[0] >= draft.first + number * DAY_US
        assert events.time[-1] < draft.first + (number + 1) * DAY_US
        assert (events.time >= rows["active_from"][events.account]).all()
        assert (events.time < rows["active_to"][events.account]).all()
        assert len(set(events.key.tolist())) == len(events)


def test_a_ring_is_balanced_and_people_are_not(traffic: tuple[Draft, Traffic, list[Events]]) -> None:
    draft, _, days = traffic
    rows = draft.finish().behaviour
    settled = (rows["active_from"] <= draft.first) & (rows["active_to"] >= draft.last)
    index = {}
    for name, mine in (("ring", rows["campaign"] == 0), ("people", rows["campaign"] < 0)):
        members = np.flatnonzero(mine & settled)
        counts = np.stack([np.bincount(day.account, minlength=len(rows))[members] for day in days[:2]])
        index[name] = counts.var() / counts.mean()
    assert index["ring"] < 1.5
    assert index["people"] > 8.0


def test_the_pool_is_dealt_evenly_so_that_shares_hardly_overlap(traffic: tuple[Draft, Traffic, list[Events]]) -> None:
    _, _, days = traffic
    dealt = np.concatenate([day.pool[(day.pool >= 0) & (day.turn == 0) & (day.status == 200)] for day in days[:1]])
    times = np.bincount(dealt, minlength=POOL)
    sent = len(dealt)
    assert sent > POOL / 2
    # Dealing round gives almost each place the same number; drawing at random would give a variance near the mean.
    assert times.var() < 0.5 * times.mean()
    assert days[1].pool[days[1].pool >= 0].max() < POOL


def test_a_refused_body_comes_from_another_member_within_seconds(
    traffic: tuple[Draft, Traffic, list[Events]],
) -> None:
    _, _, days = traffic
    found = 0
    for events in days:
        for row in np.flatnonzero((events.status == 429) & (events.pool >= 0)):
            same = (events.session == events.session[row]) & (events.turn == events.turn[row]) & (events.status == 200)
            assert (events.pool[same] == events.pool[row]).all()
            wait = events.time[same] - events.time[row]
            assert ((wait > 0) & (wait < 9_000_000)).all()
            found += int((events.account[same] != events.account[row]).sum())
    assert found >= 4


def test_conversations_count_their_turns(traffic: tuple[Draft, Traffic, list[Events]]) -> None:
    _, _, days = traffic
    events = days[0]
    people = np.flatnonzero((events.pool < 0) & (events.status == 200))
    longest = np.bincount(events.turn[people])
    assert len(longest) > 3
    assert (np.diff(longest[:4]) < 0).all()


def test_members_try_the_new_model_when_told(traffic: tuple[Draft, Traffic, list[Events]]) -> None:
    draft, _, days = traffic
    rows = draft.finish().behaviour
    eager = [events.take(events.eager) for events in days]
    assert sum(map(len, eager)) > 60
    for events in eager:
        wait = events.time - rows["adopts"][events.account]
        assert ((wait >= 0) & (wait < DAY_US // 24 + 9_000_000)).all()
