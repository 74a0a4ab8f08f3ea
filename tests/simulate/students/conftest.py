"""Students are tiny: all of their tests run in one thread."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def always_one_thread(one_thread: None) -> None:
    """Not all tests here run a model, but any may."""
