"""One call that makes a labelled world: synthetic logs in the layout of the schema, the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from stillwatch.errors import BadSettings
from stillwatch.simulate.addresses import Network
from stillwatch.simulate.campaigns import enlist
from stillwatch.simulate.clocks import Clocks
from stillwatch.simulate.difficulty import DIFFICULTIES
from stillwatch.simulate.draft import Draft
from stillwatch.simulate.events import Events, Traffic
from stillwatch.simulate.exchanges import SWEEP, VOCABULARY, ExchangeMaker
from stillwatch.simulate.grammar import load_grammar
from stillwatch.simulate.library import Library
from stillwatch.simulate.places import settle
from stillwatch.simulate.population import populate
from stillwatch.simulate.scenarios import Operation, Scenario, parse_scenario
from stillwatch.simulate.stacks import Parameters, Stacks
from stillwatch.simulate.truth import CampaignTruth, Tally, truth_path, write_truth
from stillwatch.simulate.words import Words
from stillwatch.simulate.writer import claim, write_accounts, write_contracts, write_day, write_models

__all__ = ["World", "simulate"]

START = datetime(2026, 3, 2, tzinfo=UTC)
ACCOUNTS, DAYS = 30_000, 14
FEWEST_ACCOUNTS = 500  # below, the look-alikes' least sizes would be most of the world
MEAN_LOAD = 3.0  # requests a day of an innocent account
MOST_OF_TRAFFIC = 0.2  # of a world that one campaign may make, outside presets
POOL_PASSES = 1.6  # how often a campaign's prompt pool is worked through
ROWS = 50_000  # of a row group


@dataclass(frozen=True, slots=True)
class World:
    """Where a world lies, where its truth lies, and how large it became."""

    path: Path
    truth_path: Path
    accounts: int
    exchanges: int
    campaigns: tuple[CampaignTruth, ...]


def simulate(
    out: Path,
    *,
    scenario: str,
    accounts: int | None = None,
    days: int | None = None,
    seed: int = 0,
    difficulty: str = "mid",
    prompts: Path | None = None,
    scale: float = 1.0,
    ring: int | None = None,
    start: datetime | None = None,
    onset: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> World:
    """Write a world into the empty folder `out` and its truth into the folder beside it, `<out>-truth`.

    `accounts` (30,000) are innocent; campaigns come on top. `scale` shrinks accounts, rings and exchanges of a
    preset alike, and the accounts of any other scenario. `ring` overrides the size of every ring. `prompts` is a
    folder of real prompts, and a folder `traffic` beside it gives honest tenants' clocks. `start` is midnight
    UTC of its day; campaigns begin `onset` days later. `progress(done, days)` is
    called after each day. The same arguments give the same bytes.

    Raises BadSettings for arguments that cannot be used, BadInput or NothingToRead for a bad prompt folder.
    """
    plan = parse_scenario(scenario)
    if difficulty not in DIFFICULTIES:
        raise BadSettings(f"difficulty {difficulty!r} is not known; use one of {', '.join(DIFFICULTIES)}.")
    length = days if days is not None else plan.days or DAYS
    people = accounts if accounts is not None else _people(plan, scale) if plan.preset else round(ACCOUNTS * scale)
    if accounts is not None:
        people = round(accounts * scale)
    _check(people, length, scale, ring, seed)
    if not 0 <= onset < length:
        raise BadSettings(f"an onset of {onset} days does not lie inside {length} days; use 0 to {length - 1}.")
    begin = _midnight(start or START)
    out = Path(out)
    library = Library(Path(prompts)) if prompts is not None else None
    traces = Path(prompts).parent / "traffic" if prompts is not None else None
    truth = truth_path(out)
    claim(out)
    claim(truth)

    rng = np.random.default_rng([seed, 0])
    geography = settle(rng)
    draft = Draft(
        rng=rng,
        geography=geography,
        network=Network(rng, geography, people),
        stacks=Stacks(rng),
        parameters=Parameters(rng),
        clocks=Clocks(begin.weekday(), traces if traces is not None and traces.is_dir() else None),
        grammar=load_grammar(),
        start=begin,
        days=length,
        people=people,
        mean=MEAN_LOAD,
        onset=onset,
        release=int((begin + timedelta(days=int(length * 0.4), hours=17)).timestamp()) * 1_000_000,
    )
    populate(draft)
    loads: list[float] = []
    for operation in plan.operations:
        members = _members(operation, plan, people, scale, ring)
        loads.append(_load(operation, plan, draft, members, scale))
        enlist(draft, operation, members, loads[-1], difficulty)
    roster = draft.finish()
    draft.network.settle()
    secret = int(rng.integers(2**62))

    pools = {}
    if library is not None:
        library.assign(roster, length)
        pools = {number: library.pool(operation.mixture, rng) for number, operation in enumerate(plan.operations)}
    sizes = {}
    for number, operation in enumerate(plan.operations):
        members = int((roster.behaviour["campaign"] == number).sum())
        asked = members * loads[number] * (length - onset) / operation.tactics.samples
        sizes[number] = max(20, round(asked * 1.3 if operation.tactics.once else asked / POOL_PASSES))
        if operation.wrapping == "none":
            sizes[number] = VOCABULARY // SWEEP
    sizes.update({number: len(pool) for number, pool in pools.items() if len(pool)})
    traffic = Traffic(roster, draft.clocks, draft.first, seed, sizes)
    words = Words(roster, draft.grammar, library, pools)
    maker = ExchangeMaker(roster, draft.network, draft.stacks, draft.parameters, words, secret)
    tally = Tally(roster)
    for day in range(length):
        events = traffic.day(day)
        tally.add(events)
        write_day(out, (begin + timedelta(days=day)).date().isoformat(), _parts(maker, events))
        if progress is not None:
            progress(day + 1, length)
    write_accounts(out, roster, draft.network, draft.stacks.text()[0], secret)
    write_models(out, draft)
    write_contracts(out, draft)
    campaigns = tally.campaigns(
        [plan.name if plan.preset else operation.name for operation in plan.operations],
        [operation.kinds for operation in plan.operations],
    )
    write_truth(truth, roster, campaigns, secret)
    return World(out, truth, len(roster), tally.exchanges, campaigns)


def _check(people: int, days: int, scale: float, ring: int | None, seed: int) -> None:
    if people < FEWEST_ACCOUNTS:
        raise BadSettings(f"{people} accounts are too few to hold every look-alike; use at least {FEWEST_ACCOUNTS}.")
    if not 1 <= days <= 400:
        raise BadSettings(f"{days} days cannot be simulated; use 1 to 400.")
    if not 0 < scale <= 100:
        raise BadSettings(f"scale {scale} cannot be used; use a number above 0, 1 for full size.")
    if ring is not None and ring < 3:
        raise BadSettings(f"a ring of {ring} is none; use at least 3 accounts.")
    if seed < 0:
        raise BadSettings(f"seed {seed} cannot be used; use 0 or a positive number.")


def _midnight(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise BadSettings("the start has no time zone; give it in UTC, for instance 2026-03-02T00:00:00Z.")
    return start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _people(plan: Scenario, scale: float) -> int:
    ring = sum(operation.accounts for operation in plan.operations)
    return max(FEWEST_ACCOUNTS, round(ring * scale * plan.multiple))


def _members(operation: Operation, plan: Scenario, people: int, scale: float, ring: int | None) -> int:
    if operation.lone:
        return operation.accounts
    if ring is not None:
        return ring
    if plan.preset:
        return max(3, round(operation.accounts * scale))
    return max(operation.least, round(people * operation.share))


def _load(operation: Operation, plan: Scenario, draft: Draft, members: int, scale: float) -> float:
    """Requests a day that one member of a campaign harvests with; cover traffic comes on top."""
    innocent = draft.people * draft.mean
    if operation.total:
        return operation.total * scale * (draft.days / plan.days) / (members * (draft.days - draft.onset))
    if operation.traffic:
        return operation.traffic * innocent / members
    most = MOST_OF_TRAFFIC / (1.0 - MOST_OF_TRAFFIC) * innocent / members
    return min(operation.load, most * (1.0 - operation.tactics.cover))


def _parts(maker: ExchangeMaker, events: Events) -> Iterator[pa.Table]:
    for first in range(0, len(events), ROWS):
        yield maker.table(events.take(slice(first, first + ROWS)))
