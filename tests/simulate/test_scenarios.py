from __future__ import annotations

from dataclasses import replace

import pytest

from stillwatch.errors import BadSettings
from stillwatch.simulate.scenarios import SCENARIOS, parse_scenario
from stillwatch.simulate.tactics import PLAIN


def test_published_sizes_stand_in_the_presets() -> None:
    spring, winter, resale = (SCENARIOS[f"{name}-2026"] for name in ("spring", "winter", "resale"))
    assert [(op.accounts, op.total) for op in spring.operations] == [(25_000, 28_800_000)]
    assert spring.days == 44
    assert sum(op.accounts for op in winter.operations) == 24_000
    assert [op.total for op in winter.operations] == [150_000, 3_400_000, 13_000_000]
    assert resale.operations[0].total == 140_000_000
    assert all(preset.preset for preset in (spring, winter, resale))


def test_names_can_be_joined() -> None:
    plan = parse_scenario("hydra+ loud +none")
    assert [operation.name for operation in plan.operations] == ["hydra", "loud"]
    assert not plan.preset


@pytest.mark.parametrize("text", ["", "hydr", "hydra+", "hydra++loud", "spring-2026+hydra"])
def test_what_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(BadSettings):
        parse_scenario(text)


def test_each_scenario_is_described_and_keyed_by_its_name() -> None:
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert scenario.description.endswith(".")


def test_adaptive_attackers_are_hydra_but_for_their_tactics() -> None:
    plain = SCENARIOS["hydra"].operations[0]
    for name in ("paraphrase", "cover", "residential", "cells", "poison", "resample", "rotation", "shifts", "replay"):
        (operation,) = SCENARIOS[name].operations
        assert operation.tactics != PLAIN
        assert replace(operation, name=plain.name, tactics=PLAIN) == plain
