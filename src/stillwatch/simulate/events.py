"""One day of a world as bare events: who sends when, in which conversation, and what is refused or sent again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.clocks import Clocks
from stillwatch.simulate.draft import DAY_US, HOUR_US, Index
from stillwatch.simulate.keys import Keys, mix
from stillwatch.simulate.rhythm import keep_shifts, take_turns
from stillwatch.simulate.roster import Roster
from stillwatch.simulate.tactics import COVER_TURNS, in_cover

__all__ = ["Events", "Traffic"]

SECOND_US = 1_000_000
LONGEST = 40  # turns of a conversation
GAP_SECONDS = 55.0  # mean pause between turns
RETRY_SHARE = 0.7  # of refused requests that their sender sends again
HAND_OFF_SHARE = 0.0004  # of a ring's requests that are refused and sent again from another account
LEAST_RELAY = 8  # accounts without which nobody builds a relay
MIGRATION_SHARE = 0.3  # of a ring's conversations that go on from another account
_CELLS = 1 << 15
PIVOT_SHARE = 0.7  # of a ring's members that try the new model in the hour they were told to


@dataclass(frozen=True, slots=True)
class Events:
    """Columns of equal length, in the order of time."""

    account: Index  # who the provider sees
    writer: Index  # whose words and parameters they are; differs where a ring moves a request
    time: Index  # microseconds since 1970 UTC
    session: Keys
    turn: Index  # 0: the first
    pool: Index  # place in the campaign's prompt pool, -1: none, as for cover traffic
    status: Index
    eager: npt.NDArray[np.bool_]  # goes to the new model for sure
    key: Keys  # unique

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> Events:
        return Events(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


class Traffic:
    """Draws the events day by day; the days must be asked for in order, for rings work through their pools."""

    def __init__(self, roster: Roster, clocks: Clocks, first: int, seed: int, pool_sizes: dict[int, int]):
        self._roster, self._clocks, self._first, self._seed = roster, clocks, first, seed
        self._pool_sizes = pool_sizes
        self._sent = dict.fromkeys(pool_sizes, 0)
        rows = roster.behaviour
        # Relays do not cross cells. A cell's number is its campaign's times _CELLS, plus its own.
        self._cell = rows["campaign"].astype(np.int64) * _CELLS + rows["cell"]
        cells = [int(c) for number in pool_sizes for c in np.unique(self._cell[rows["campaign"] == number])]
        self._members = {cell: np.flatnonzero(self._cell == cell) for cell in cells}

    def day(self, day: int) -> Events:
        """All events of a day, sorted by time."""
        rng = np.random.default_rng([self._seed, 1, day])
        events = self._conversations(rng, day)
        events = _join(events, self._pivots(rng, day))
        events = self._refusals(rng, events, day)
        order = np.lexsort((events.key, events.time))
        return self._fill_pools(events.take(order))

    def _conversations(self, rng: np.random.Generator, day: int) -> Events:
        rows = self._roster.behaviour
        begin = self._first + day * DAY_US
        low = np.maximum(rows["active_from"], begin)
        present = np.maximum(np.minimum(rows["active_to"], begin + DAY_US) - low, 0) / DAY_US
        load = rows["rate"] * present * self._clocks.weight[rows["clock"], day % self._clocks.weight.shape[1]]
        burst = rows["burst"].astype(np.float64)
        noise = rng.gamma(np.maximum(burst, 1e-3)) / np.maximum(burst, 1e-3)
        load = np.where(burst > 0, load * noise, load)
        decay = rows["decay"].astype(np.float64)
        age = np.maximum(begin + DAY_US / 2 - rows["active_from"], 0) / DAY_US
        load = np.where(decay > 0, load * np.exp(-age / np.maximum(decay, 1e-9)), load)
        mean = np.maximum(rows["turns"], 1.0)
        mean = np.where(rows["cover"] > 0, mean * (1.0 - rows["cover"]) + COVER_TURNS * rows["cover"], mean)
        count = rng.poisson(load / mean)
        account = np.repeat(np.arange(len(rows)), count)
        start = begin + self._clocks.draw(rng, rows["clock"][account].astype(np.int64), day)
        start = keep_shifts(rows, account, start, begin, (self._seed, 2, day))
        account = take_turns(rows, account, start, begin)
        # An account that comes or goes within the day sends all of its share while it is there.
        narrow = (present[account] < 1.0) & (present[account] > 0.0)
        inside = low[account] + (rng.random(len(account)) * present[account] * DAY_US).astype(np.int64)
        start = np.where(narrow & ((start < low[account]) | (start >= rows["active_to"][account])), inside, start)
        session = mix(self._seed, day, 17, account, np.arange(len(account)))
        length = np.where(
            in_cover(rows["cover"][account], session), COVER_TURNS, np.maximum(rows["turns"][account], 1.0)
        )
        turns = np.minimum(rng.geometric(1.0 / length), LONGEST)
        place = np.repeat(np.arange(len(account)), turns)
        turn = np.arange(len(place)) - np.repeat(np.cumsum(turns) - turns, turns)
        gap = np.where(turn > 0, rng.exponential(GAP_SECONDS, len(place)) + 2.0, 0.0)
        elapsed = np.cumsum(gap)
        elapsed -= np.repeat(elapsed[np.cumsum(turns) - turns], turns) if len(place) else 0.0
        time = start[place] + (elapsed * SECOND_US).astype(np.int64)
        writer = account[place]
        events = Events(
            account=self._migrate(rng, writer, turn, session[place]),
            writer=writer,
            time=time,
            session=session[place],
            turn=turn,
            pool=np.full(len(place), -1),
            status=np.full(len(place), 200),
            eager=np.zeros(len(place), dtype=np.bool_),
            key=mix(self._seed, day, 19, np.arange(len(place))),
        )
        there = rows["active_to"][events.account]
        known = (time < begin + DAY_US) & (time < there) & (time >= rows["active_from"][events.account])
        return events.take(known)

    def _migrate(self, rng: np.random.Generator, writer: Index, turn: Index, session: Keys) -> Index:
        """A ring's later turns now and then come from another member."""
        account = writer.copy()
        cell = self._cell[writer]
        moved = (turn > 0) & (cell >= 0) & (rng.random(len(turn)) < MIGRATION_SHARE)
        moved &= ~in_cover(self._roster.behaviour["cover"][writer], session)
        for number, members in self._members.items():
            rows = moved & (cell == number)
            account[rows] = members[(mix(session[rows], 23) % np.uint64(len(members))).astype(np.int64)]
        return account

    def _pivots(self, rng: np.random.Generator, day: int) -> Events:
        """Ring members' first request to the new model, in the hour they were told to."""
        rows = self._roster.behaviour
        begin = self._first + day * DAY_US
        due = (rows["campaign"] >= 0) & (rows["adopts"] >= begin) & (rows["adopts"] < begin + DAY_US - HOUR_US)
        due &= rows["guests"] == 0
        due &= (rows["active_from"] <= rows["adopts"]) & (rows["active_to"] > rows["adopts"] + HOUR_US)
        account = np.flatnonzero(due & (rng.random(len(rows)) < PIVOT_SHARE))
        n = len(account)
        return Events(
            account=account,
            writer=account,
            time=rows["adopts"][account] + (rng.random(n) * HOUR_US).astype(np.int64),
            session=mix(self._seed, day, 29, account),
            turn=np.zeros(n, dtype=np.int64),
            pool=np.full(n, -1),
            status=np.full(n, 200),
            eager=np.ones(n, dtype=np.bool_),
            key=mix(self._seed, day, 31, account),
        )

    def _refusals(self, rng: np.random.Generator, events: Events, day: int) -> Events:
        """Refused requests; most are sent again by the same account, some of a ring's by another member."""
        rows = self._roster.behaviour
        end = self._first + (day + 1) * DAY_US
        refused = rng.random(len(events)) < rows["limited"][events.account]
        events = replace(events, status=np.where(refused, 429, events.status))
        cell = self._cell[events.writer]
        again = [np.flatnonzero(refused & (rng.random(len(events)) < RETRY_SHARE))]
        actors = [events.account[again[0]]]
        for number, members in self._members.items():
            if len(members) < LEAST_RELAY:
                continue
            own = np.flatnonzero(refused & (cell == number))
            total = int((cell == number).sum())
            count = min(len(own), max(3, round(total * HAND_OFF_SHARE)))
            chosen = rng.choice(own, size=count, replace=False) if count else own[:0]
            step = rng.integers(1, len(members), size=len(chosen))
            other = members[(np.searchsorted(members, events.account[chosen]) + step) % len(members)]
            keep = ~np.isin(again[0], chosen)
            again[0], actors[0] = again[0][keep], actors[0][keep]
            again.append(chosen)
            actors.append(other)
        picked = np.concatenate(again)
        repeat = events.take(picked)
        repeat = replace(
            repeat,
            account=np.concatenate(actors),
            time=repeat.time + (SECOND_US * (1.0 + 7.0 * rng.random(len(picked)))).astype(np.int64),
            status=np.full(len(picked), 200),
            # Session and turn stay: by them `_fill_pools` gives the copy the same place in the pool.
            key=mix(self._seed, day, 37, np.arange(len(picked))),
        )
        there = (repeat.time < end) & (repeat.time < rows["active_to"][repeat.account])
        there &= repeat.time >= rows["active_from"][repeat.account]
        return _join(events, repeat.take(there))

    def _fill_pools(self, events: Events) -> Events:
        """Deal each campaign's pool out in the order of time, round and round; cover is not dealt."""
        behaviour = self._roster.behaviour
        campaign = behaviour["campaign"][events.writer]
        ordinary = in_cover(behaviour["cover"][events.writer], events.session)
        pool = events.pool.copy()
        for number, size in self._pool_sizes.items():
            rows = np.flatnonzero((campaign == number) & ~ordinary)
            samples = int(behaviour["samples"][behaviour["campaign"] == number].max(initial=1))
            _, first, inverse = np.unique(events.session[rows], return_index=True, return_inverse=True)
            rank = np.empty(len(first), dtype=np.int64)
            rank[np.argsort(first, kind="stable")] = np.arange(len(first))
            pool[rows] = (self._sent[number] + rank[inverse]) // samples % size
            self._sent[number] += len(first)
        return replace(events, pool=pool)


def _join(left: Events, right: Events) -> Events:
    return Events(
        **{
            field.name: np.concatenate([getattr(left, field.name), getattr(right, field.name)])
            for field in fields(Events)
        }
    )
