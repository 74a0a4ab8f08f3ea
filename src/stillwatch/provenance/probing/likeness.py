"""Near-duplicates: two prompts that share most runs of three words are the same question in other clothes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

__all__ = ["ALIKE", "Likeness", "likeness", "shingles"]

ALIKE = 0.5  # share of runs in common (Jaccard) from which two prompts count as near-duplicates

_WORDS = re.compile(r"[぀-ヿ㐀-鿿가-힯]|\w+")  # one sign is a word where words are not set apart


def shingles(text: str, width: int = 3) -> frozenset[str]:
    """Runs of `width` words, in small letters; one run of all words where there are fewer."""
    words = _WORDS.findall(text.lower())
    return frozenset(" ".join(words[at : at + width]) for at in range(max(1, len(words) - width + 1)))


def likeness(one: str, other: str) -> float:
    """Runs in common over all runs, 0 to 1."""
    mine, yours = shingles(one), shingles(other)
    return len(mine & yours) / len(mine | yours)


class Likeness:
    """Remembers prompts and tells how near the nearest of them is."""

    def __init__(self, prompts: Iterable[str] = ()):
        self._sizes: list[int] = []
        self._having: dict[str, list[int]] = defaultdict(list)
        for prompt in prompts:
            self.add(prompt)

    def add(self, prompt: str) -> None:
        runs = shingles(prompt)
        for run in runs:
            self._having[run].append(len(self._sizes))
        self._sizes.append(len(runs))

    def nearest(self, prompt: str) -> float:
        """Highest likeness with a remembered prompt; 0.0 where none is remembered."""
        runs = shingles(prompt)
        common = Counter(index for run in runs for index in self._having.get(run, ()))
        return max((n / (len(runs) + self._sizes[index] - n) for index, n in common.items()), default=0.0)
