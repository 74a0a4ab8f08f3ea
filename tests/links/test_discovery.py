import math
from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.links.discovery import discover, widen
from stillwatch.links.pairs import surprising_pairs
from stillwatch.links.population import Population
from stillwatch.links.trait_table import TraitTable, keep_traits


def found_groups(engine: DuckDBEngine) -> list[np.ndarray]:
    table = keep_traits(engine)
    halves = (Population(table, table.half == 0), Population(table, table.half == 1))
    tested = discover(table, halves, seed=0)
    assert [c.confirmation.log_p for c in tested] == sorted(c.confirmation.log_p for c in tested)
    groups = widen(tested, Population(table, np.ones(table.principals, bool)), math.log(1e-12))
    return [fit.members for _, fit in groups]


@pytest.mark.parametrize("difficulty", ["easy", "mid", "hard"])
def test_a_ring_is_found_whole_and_pure(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray], difficulty: str
) -> None:
    ring = ringed(8000, (200,), difficulty, 21)
    best = max(found_groups(engine), key=lambda members: (ring[members] == 0).sum())
    assert (ring[best] == 0).mean() >= 0.99
    assert (ring[best] == 0).sum() >= 0.95 * 200


def test_three_rings_are_three_groups_and_nobody_is_in_two(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ring = ringed(10_000, (250, 120, 80), "easy", 22)
    groups = found_groups(engine)
    everyone = np.concatenate(groups)
    assert len(everyone) == len(set(everyone.tolist()))
    homes = {int(np.bincount(ring[m] + 1).argmax()) - 1 for m in groups if len(m) >= 60 and (ring[m] >= 0).mean() > 0.9}
    assert homes == {0, 1, 2}


def test_progress_goes_forward(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> None:
    ringed(2000, (60,), "mid", 23)
    table = keep_traits(engine)
    halves = (Population(table, table.half == 0), Population(table, table.half == 1))
    told: list[float] = []
    discover(table, halves, 0, told.append)
    assert told == sorted(told) and told[0] >= 0 and told[-1] <= 1


@pytest.mark.parametrize(
    ("apart", "size"),
    [(("plan",), 60), (("plan",), 450), (("country",), 60), (("country",), 450), (("plan", "country"), 60)],
)
def test_a_ring_with_a_plan_or_country_to_itself_is_still_found(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray], apart: tuple[str, ...], size: int
) -> None:
    ring = ringed(10_000, (size,), "mid", 31, apart=apart)
    best = max(found_groups(engine), key=lambda members: (ring[members] == 0).sum(), default=np.empty(0, int))
    assert (ring[best] == 0).sum() >= 0.9 * size
    assert (ring[best] == 0).mean() >= 0.99


def halves_of(engine: DuckDBEngine) -> tuple[TraitTable, tuple[Population, Population]]:
    table = keep_traits(engine)
    return table, (Population(table, table.half == 0), Population(table, table.half == 1))


def test_a_known_toolkit_changes_nothing_where_the_log_shows_it_by_itself(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    ring = ringed(4000, (150,), "easy", 24)
    table, halves = halves_of(engine)
    known = [(half, np.flatnonzero((ring == 0) & (table.half == half))) for half in (0, 1)]
    alone, helped = (discover(table, halves, 0, known=starts) for starts in ((), known))
    assert [c.confirmation for c in helped] == [c.confirmation for c in alone]
    assert all(np.array_equal(a.fit.members, b.fit.members) for a, b in zip(alone, helped, strict=True))


def test_a_known_toolkit_finds_its_group_where_no_pair_of_traits_does(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = ringed(4000, (150,), "easy", 25)
    table, halves = halves_of(engine)
    nothing = surprising_pairs(halves[0]).slice(0, 0)
    monkeypatch.setattr("stillwatch.links.discovery.surprising_pairs", lambda population: nothing)
    assert discover(table, halves, 0) == []
    start = np.flatnonzero((ring == 0) & (table.half == 1))[:10]
    (found,) = discover(table, halves, 0, known=[(1, start)])
    assert (found.half, found.confirmation.log_p < math.log(1e-12)) == (1, True)
    assert (ring[found.fit.members] == 0).mean() > 0.95
    # Strangers in its place are learned from, and not confirmed.
    strangers = np.flatnonzero((ring < 0) & (table.half == 1))[:10]
    assert all(c.confirmation.log_p > math.log(1e-6) for c in discover(table, halves, 0, known=[(1, strangers)]))
