"""Fetches the next item while the present one is in use, so that both cores have work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items in the same order, each made in another thread while the one before is being used.

    Two are in memory at a time. An error of `items` is raised where the item would have come.
    """
    iterator = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(_one, iterator)
        while got := coming.result():
            coming = thread.submit(_one, iterator)
            yield got[0]


def _one(iterator: Iterator[T]) -> tuple[T, ...]:
    for item in iterator:
        return (item,)
    return ()
