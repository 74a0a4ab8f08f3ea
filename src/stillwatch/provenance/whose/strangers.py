"""What models score whose provider is not in the pack: "none of these" is true of them, and something is closest.

Each control, and each blend of two controls of different families, is judged with the whole providers of its parts
left out. Controls that stay beside their own siblings are no such models: their siblings are the best rival, and the
scores against strangers come out low. By those alone, most students of an absent teacher would be pinned on a present
one (docs/whose.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stillwatch.provenance.fingerprint.contrast import scores
from stillwatch.provenance.whose.resemblance import Places, Resemblance, blended, highest

__all__ = ["Stranger", "Strangers"]

Two = tuple[str, str]
# Packs with a provider, two or three left out that are looked at: with more, pairs are drawn.
MOST_PAIRS = 60


@dataclass(frozen=True)
class Stranger:
    """A control (the same twice) or a blend of two: which of the present providers it is closest to, and its score."""

    models: Two
    families: Two
    providers: Two
    score: float
    closest: str


class Strangers:
    """Strangers of one pack. Only the controls of `pack` take part; packs with providers missing are kept once made."""

    def __init__(self, pack: Resemblance, *, seed: int = 0) -> None:
        self.pack = pack.only(pack.controls())
        self.providers = self.pack.candidates()
        pairs = list(combinations(self.providers, 2))
        if len(pairs) > MOST_PAIRS:
            drawn = np.random.default_rng(seed).choice(len(pairs), MOST_PAIRS, replace=False)
            pairs = [pairs[i] for i in np.sort(drawn)]
        self.pairs = pairs
        self._kept: dict[frozenset[str], list[Stranger]] = {}

    def all(self, *, absent: str | None = None, family: str | None = None) -> list[Stranger]:
        """One for each family and each two of them, at their highest: the units. With `absent`, that provider is left
        out throughout and gives no stranger; strangers of `family` are not counted."""
        found: dict[Two, Stranger] = {}
        gone = frozenset[str]() if absent is None else frozenset({absent})
        for out in [(name,) for name in self.providers] + self.pairs:
            if gone & set(out):
                continue
            for one in self._without(frozenset(out) | gone):
                # Of two providers that are out, only blends of one with the other are new.
                if set(one.providers) == set(out) and family not in one.families:
                    key = (min(one.families), max(one.families))
                    if key not in found or found[key].score < one.score:
                        found[key] = one
        return list(found.values())

    def of(self, provider: str) -> list[Stranger]:
        """The provider's own models, each alone, with that provider left out."""
        found = self._without(frozenset({provider}))
        return [one for one in found if one.models[0] == one.models[1]]

    def _without(self, out: frozenset[str]) -> list[Stranger]:
        if out not in self._kept:
            self._kept[out] = self._judged(out)
        return self._kept[out]

    def _judged(self, out: frozenset[str]) -> list[Stranger]:
        gone = np.isin(self.pack.standing.providers, sorted(out))
        strangers = int(gone.sum())
        rest = self.pack.only(np.argsort(~gone, kind="stable"), strangers=strangers)
        standing, candidates = rest.standing, rest.candidates()
        if len(candidates) < 2:
            return []
        parts = _parts(rest, strangers)
        own = (standing.providers[parts][:, :, None] == np.unique(standing.providers)[None, None, :]).any(axis=1)
        rows = blended(rest.affinity(), parts, 0.5, own)
        for matrix in rows.affinity.values():
            matrix[:, :strangers] = np.nan  # what is left out is neither teacher nor rival
        best = highest(scores(rows, standing)[0], standing, candidates)
        filled = np.where(np.isfinite(best), best, -np.inf)
        found = []
        for row, (a, b) in enumerate(parts):
            place = int(filled[row].argmax())
            if np.isfinite(filled[row, place]):
                families, providers = standing.families, standing.providers
                found.append(Stranger(
                    (rest.models[a], rest.models[b]), (str(families[a]), str(families[b])),
                    (str(providers[a]), str(providers[b])), float(filled[row, place]), candidates[place],
                ))  # fmt: skip
        return found


def _parts(rest: Resemblance, strangers: int) -> Places:
    families = rest.standing.families
    alone = [(a, a) for a in range(strangers)]
    two = [(a, b) for a, b in combinations(range(strangers), 2) if families[a] != families[b]]
    return np.array(alone + two, np.int64).reshape(-1, 2)
