from __future__ import annotations

import numpy as np
import pytest

from stillwatch.simulate.keys import mix
from stillwatch.simulate.voices import MIXTURES, SETS, choose_sets, mixture


def test_shares_follow_the_mixture_where_nobody_has_habits() -> None:
    n = 40_000
    number = np.full(n, mixture("hydra"))
    sets = choose_sets(number, np.zeros(n, dtype=np.uint64), mix(np.arange(n)))
    share = np.bincount(sets, minlength=len(SETS)) / n
    for name, wanted in MIXTURES["hydra"].items():
        assert share[SETS.index(name)] == pytest.approx(wanted, abs=0.01)


def test_a_person_mostly_does_one_thing_but_people_add_up_to_the_mixture() -> None:
    people = np.repeat(mix(np.arange(400)), 50)
    sets = choose_sets(np.full(20_000, mixture("household")), people, mix(np.arange(20_000), 1))
    commonest = np.mean([np.bincount(row).max() / 50 for row in sets.reshape(400, 50)])
    wanted = MIXTURES["household"]["chat"]
    assert commonest > wanted
    assert np.mean(sets == SETS.index("chat")) == pytest.approx(wanted, abs=0.06)


@pytest.mark.parametrize("name", sorted(MIXTURES))
def test_mixtures_name_known_sets_and_are_shares(name: str) -> None:
    assert set(MIXTURES[name]) <= set(SETS)
    assert sum(MIXTURES[name].values()) == pytest.approx(1.0)
