from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.simulate.stacks import Parameters, Stacks


def test_some_software_is_far_commoner_than_other() -> None:
    stacks = Stacks(np.random.default_rng(1))
    counts = np.sort(np.bincount(stacks.draw(10_000, library=True)))[::-1]
    assert counts[0] > 8 * counts[30]
    agents, fingerprints = stacks.text()
    assert len(agents) == len(fingerprints)
    # A TLS library serves several versions of a client.
    assert len(fingerprints.unique()) < 0.7 * len(agents)


def test_libraries_and_apps_do_not_mix() -> None:
    stacks = Stacks(np.random.default_rng(2))
    agents = stacks.text()[0].to_pylist()
    assert all("Mozilla" not in agents[index] for index in stacks.draw(500, library=True))
    assert any("Mozilla" in agents[index] for index in stacks.draw(500, library=False))


def test_columns_follow_the_numbers() -> None:
    parameters = Parameters(np.random.default_rng(1))
    number = parameters.add(0.25, 0.5, 77, n=2, seed=9, stream=True, response_format="json_object")
    values = [
        parameters.column(place, kind)[number].as_py()
        for place, kind in enumerate(
            (pa.float32(), pa.float32(), pa.int64(), pa.int64(), pa.int64(), pa.bool_(), pa.string())
        )
    ]
    assert values == [0.25, 0.5, 77, 2, 9, True, "json_object"]


def test_a_harvest_asks_for_much_output() -> None:
    parameters = Parameters(np.random.default_rng(1))
    longest = parameters.column(2, pa.int64())
    ordinary = np.array([value for value in longest.take(pa.array(parameters.people)).to_pylist() if value])
    harvest = [parameters.harvest() for _ in range(20)]
    assert min(parameters.column(2, pa.int64())[number].as_py() for number in harvest) >= np.median(ordinary)
