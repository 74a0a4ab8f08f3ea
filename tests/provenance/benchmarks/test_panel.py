import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.benchmarks import Scores
from stillwatch.provenance.benchmarks.panel import Panel, by_skill, make_panel
from stillwatch.provenance.benchmarks.scores import logit

World = Callable[..., Scores]
CODING = frozenset({"coding"})


def changed(scores: Scores, name: str, **values: Any) -> Scores:
    return dataclasses.replace(
        scores, models=tuple(dataclasses.replace(m, **values) if m.name == name else m for m in scores.models)
    )


def panel(scores: Scores, parting: datetime.date | None, suspect: str = "gull-2") -> Panel:
    made = make_panel(scores, suspect, CODING, parting)
    assert isinstance(made, Panel)
    return made


def test_each_family_stands_with_the_versions_around_the_date(world: World, parting: datetime.date) -> None:
    scores = world()
    made = panel(scores, parting, "GULL-2")
    first = made.steps[0]
    assert (first.earlier and first.earlier.name, first.before.name, first.after.name) == ("gull-0", "gull-1", "gull-2")
    assert len(made.steps) == 25
    assert all(step.before.name.endswith("-1") and step.after.name.endswith("-2") for step in made.steps)
    place = made.benchmarks.index("coding-0")
    expected = logit(first.after.shares["coding-0"]) - logit(first.before.shares["coding-0"])
    assert made.gains[0, place] == pytest.approx(float(expected))


def test_without_dates_the_order_of_versions_tells(world: World) -> None:
    scores = dataclasses.replace(world(), models=tuple(dataclasses.replace(m, day=None) for m in world().models))
    made = panel(scores, None)
    assert {step.after.name[-2:] for step in made.steps} == {"-2"}
    assert {step.before.name[-2:] for step in made.steps} == {"-1"}


def test_what_is_missing_on_the_suspects_side_is_said(world: World, parting: datetime.date) -> None:
    assert "--after" in str(make_panel(world(), "gull-2", CODING, None))
    undated = changed(world(), "gull-2", day=None, order=None)
    assert "date (or version order)" in str(make_panel(undated, "gull-2", CODING, parting))
    assert "after the date" in str(make_panel(world(), "gull-1", CODING, parting))
    early = datetime.date(2022, 1, 1)
    assert "before the date" in str(make_panel(world(), "gull-2", CODING, early))
    with pytest.raises(BadSettings, match="no such model"):
        make_panel(world(), "tern", CODING, parting)


def test_versions_of_another_size_are_not_compared(world: World, parting: datetime.date) -> None:
    scores = world()
    sizes = {"1-0": 8.0, "1-1": 400.0, "1-2": 8.0, "2-0": 400.0, "2-1": 400.0, "2-2": 8.0}
    for version, size in sizes.items():
        scores = changed(scores, f"peer {version}", size=size)
    made = panel(scores, parting)
    assert next(step for step in made.steps if step.family == "peer 1").before.name == "peer 1-0"
    assert dict(made.left_out) == {"peer 2": "before the date it has no version of like size with a known date"}


def test_one_provider_counts_once_and_never_beside_its_own_suspect(world: World, parting: datetime.date) -> None:
    scores = world()
    for version in range(3):
        scores = changed(scores, f"peer 1-{version}", unit="house")
        scores = changed(scores, f"peer 2-{version}", unit="house")
        scores = changed(scores, f"peer 3-{version}", unit="gull")
    families = [step.family for step in panel(scores, parting).steps]
    assert "peer 3" not in families
    assert ("peer 1" in families) + ("peer 2" in families) == 1


def test_families_that_lack_scores_are_left_out_with_the_reason(world: World, parting: datetime.date) -> None:
    scores = world()
    shares = next(m for m in scores.models if m.name == "peer 1-2").shares
    scores = changed(scores, "peer 1-2", shares={b: s for b, s in shares.items() if not b.startswith("coding")})
    scores = changed(scores, "peer 2-2", shares={b: s for b, s in shares.items() if b.startswith("coding")})
    left = dict(panel(scores, parting).left_out)
    assert "no scores before and after in coding" in left["peer 1"]
    assert "too few untargeted" in left["peer 2"]


def test_benchmarks_with_nothing_left_to_gain_are_set_aside(world: World, parting: datetime.date) -> None:
    scores = world()
    models = tuple(
        dataclasses.replace(m, shares={**m.shares, "chat-0": 0.97}) if m.name != "gull-1" else m for m in scores.models
    )
    made = panel(dataclasses.replace(scores, models=models), parting)
    assert made.saturated == ("chat-0",)
    assert "chat-0" not in made.benchmarks


def test_skills_are_means_of_their_benchmarks() -> None:
    values = np.array([[1.0, 3.0, 5.0], [np.nan, 1.0, np.nan]])
    plain = by_skill(values, ("a", "a", "b"), ("a", "b"), centre=False)
    assert plain[0].tolist() == [2.0, 5.0]
    assert plain[1, 0] == 1.0
    assert np.isnan(plain[1, 1])
    centred = by_skill(values, ("a", "a", "b"), ("a", "b"), centre=True)
    assert centred[0].tolist() == [0.5, 0.0]
    assert centred[1, 0] == -1.0
