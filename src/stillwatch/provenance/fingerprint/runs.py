"""Runs of words that two answers share, found again in their texts and counted among the controls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Run", "contains", "marks", "shared_runs", "word_list"]

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True)
class Run:
    """Words from `start` to `end` (word numbers) of the first text, and where they begin in the second."""

    start: int
    end: int
    other: int


def word_list(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Words without case, and where each stands in the text."""
    found = list(WORD.finditer(text))
    return [one.group().lower() for one in found], [one.span() for one in found]


def shared_runs(first: Sequence[str], second: Sequence[str], least: int) -> list[Run]:
    """Longest runs of at least `least` words in both, from the first on, none within another."""
    places: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(second) - least + 1):
        places.setdefault(tuple(second[at : at + least]), []).append(at)
    runs, at = [], 0
    while at <= len(first) - least:
        best, where = 0, 0
        for other in places.get(tuple(first[at : at + least]), ()):
            length = least
            most = min(len(first) - at, len(second) - other)
            while length < most and first[at + length] == second[other + length]:
                length += 1
            if length > best:
                best, where = length, other
        if best:
            runs.append(Run(at, at + best, where))
        at += best or 1
    return runs


def contains(words: Sequence[str], run: Sequence[str]) -> bool:
    """Whether the run stands in the words."""
    return f" {' '.join(run)} " in f" {' '.join(words)} "


def marks(spans: Sequence[tuple[int, int]], runs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Characters to be marked for runs of words (start, end), sorted and joined where they touch."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        begin, stop = spans[start][0], spans[end - 1][1]
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((begin, stop))
    return tuple(found)
