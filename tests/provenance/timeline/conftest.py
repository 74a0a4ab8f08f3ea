"""Made histories: providers that release at random, and campaigns."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from stillwatch.provenance.timeline import Release, Window

BEGIN = datetime.date(2023, 1, 1)


@pytest.fixture
def day() -> Callable[[int], datetime.date]:
    """The n-th day of the record."""
    return lambda number: BEGIN + datetime.timedelta(days=number)


@pytest.fixture
def released(day: Callable[[int], datetime.date]) -> Callable[[str, Iterable[int]], list[Release]]:
    """Releases of one provider on the days given."""
    return lambda provider, when: [
        Release(model=f"{provider}-{place}", provider=provider, day=day(at)) for place, at in enumerate(sorted(when))
    ]


@pytest.fixture
def peers(released: Callable[[str, Iterable[int]], list[Release]]) -> Callable[..., list[Release]]:
    """`peers(n)`: the releases of n providers with five to twelve random days in three years."""

    def make(count: int, seed: int = 0) -> list[Release]:
        rng = np.random.default_rng(seed)
        return [
            release
            for number in range(count)
            for release in released(f"peer {number}", rng.choice(1095, rng.integers(5, 13), replace=False).tolist())
        ]

    return make


@pytest.fixture
def ended(day: Callable[[int], datetime.date]) -> Callable[..., list[Window]]:
    """Campaigns of 44 days that end on the days given."""
    return lambda *ends: [Window(id=f"C-{end}", start=day(end - 43), end=day(end)) for end in ends]
