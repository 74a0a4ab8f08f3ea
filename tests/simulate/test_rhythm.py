from __future__ import annotations

import numpy as np
import pytest

from stillwatch.simulate.draft import DAY_US, HOUR_US
from stillwatch.simulate.rhythm import keep_shifts, take_turns
from stillwatch.simulate.roster import blank

BEGIN = 100 * DAY_US


@pytest.fixture
def rows() -> np.ndarray:
    rows = blank(40)
    rows["active_to"] = np.iinfo(np.int64).max
    rows["campaign"][:20] = 0
    return rows


@pytest.fixture
def day() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.integers(40, size=5_000), BEGIN + rng.integers(DAY_US, size=5_000)


def test_turns_are_strict_and_innocents_keep_theirs(rows: np.ndarray, day: tuple[np.ndarray, np.ndarray]) -> None:
    account, start = day
    assert (take_turns(rows, account, start, BEGIN) == account).all()
    rows["rotates"][:20] = True
    rows["active_to"][3] = BEGIN + HOUR_US  # leaves today and keeps what it would have sent
    dealt = take_turns(rows, account, start, BEGIN)
    assert (dealt[account >= 20] == account[account >= 20]).all()
    ring = (account < 20) & (account != 3)
    order = np.argsort(start[ring])
    assert (np.diff(np.searchsorted(np.delete(np.arange(20), 3), dealt[ring][order])) % 19 == 1).all()
    assert (dealt[account == 3] == 3).all()


def test_a_pool_rests_together_and_sends_as_much(rows: np.ndarray, day: tuple[np.ndarray, np.ndarray]) -> None:
    account, start = day
    assert (keep_shifts(rows, account, start, BEGIN, (1,)) == start).all()
    rows["shifts"][:20] = True
    moved = keep_shifts(rows, account, start, BEGIN, (1,))
    ring = account < 20
    assert (moved[~ring] == start[~ring]).all()
    assert ((moved >= BEGIN) & (moved < BEGIN + DAY_US)).all()
    assert (np.argsort(moved[ring], kind="stable") == np.argsort(start[ring], kind="stable")).all()
    minutes = np.bincount((moved[ring] - BEGIN) // (HOUR_US // 4), minlength=96)
    assert 15 < (minutes == 0).sum() < 80
    other = keep_shifts(rows, account, start, BEGIN, (2,))
    assert (other != moved).any()
