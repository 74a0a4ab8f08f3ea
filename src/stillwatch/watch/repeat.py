"""Looks, one after the other. A lake that cannot be read for a moment is tried again; anything else ends the watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from stillwatch.errors import BadLake
from stillwatch.watch.records import Look

__all__ = ["keep_watching"]

IN_A_ROW = 3


def keep_watching(
    take: Callable[[], Look], *, every_minutes: float, wait: Callable[[float], None] = time.sleep
) -> Iterator[Look]:
    """`take` a look every so many minutes, counted from the start of the one before; at once where that took longer.

    A look at a lake that a writer is changing may fail (BadLake): the third failure in a row is raised.
    """
    failed = 0
    while True:
        began = time.monotonic()
        try:
            yield take()
            failed = 0
        except BadLake:
            failed += 1
            if failed >= IN_A_ROW:
                raise
        wait(max(0.0, every_minutes * 60 - (time.monotonic() - began)))
