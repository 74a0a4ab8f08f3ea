"""Made scores: families with three versions each, and a suspect whose targeted skills may have jumped."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.provenance.benchmarks import Model, Scores

BEGIN = datetime.date(2023, 1, 1)
SKILLS = ("coding", "agentic", "reasoning", "grading", "translation", "extraction", "chat", "maths")


@pytest.fixture
def world() -> Callable[..., Scores]:
    """`world(effect)`: 24 peers and `gull`, versions on days 100, 400, 700; coding and agentic gain `effect` more."""

    def make(
        effect: float = 0.0, *, peers: int = 24, drift: float = 0.0, jump: float = 0.0, level: float = 0.0,
        benchmarks: int = 2, skills: tuple[str, ...] = SKILLS, seed: int = 2,
    ) -> Scores:  # fmt: skip
        rng = np.random.default_rng(seed)
        names = {f"{skill}-{part}": skill for skill in skills for part in range(benchmarks)}
        models = []
        for family in range(peers + 1):
            name = f"peer {family}" if family else "gull"
            levels = level + rng.normal(0, 0.5, len(skills))
            for version, day in enumerate((100, 400, 700)):
                levels = levels + rng.normal(0.4, 0.2, len(skills))
                if version and not family:
                    levels[:2] += drift + (effect if version == 2 else 0.0)
                    levels += jump if version == 2 else 0.0
                seen = np.repeat(levels, benchmarks) + rng.normal(0, 0.05, len(names))
                shares = dict(zip(names, (1 / (1 + np.exp(-seen))).tolist(), strict=True))
                models.append(
                    Model(
                        name=f"{name}-{version}", family=name, unit=name, day=BEGIN + datetime.timedelta(days=day),
                        order=float(version), size=None, shares=shares, errors={},
                    )
                )  # fmt: skip
        return Scores(tuple(models), names, ())

    return make


@pytest.fixture
def parting() -> datetime.date:
    """Day 600: between the second and the third version."""
    return BEGIN + datetime.timedelta(days=600)
