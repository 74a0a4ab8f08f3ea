"""What models score whose provider is not in the pack: "none of these" is true of them, and something is always closest.

Each control, and each blend of two controls of different families, is judged with the whole providers of its parts
left out. Controls that stay beside their own siblings are no such models: their siblings are the best rival, and the
scores against strangers come out low. By those alone, most students of an absent teacher would be pinned on a present
one (docs/whose.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stillwatch.provenance.fingerprint.contrast import scores
from stillwatch.provenance.fingerprint.similarity import Matrix
from stillwatch.provenance.whose.resemblance import Places, Resemblance, blended, highest

__all__ = ["Stranger", "Strangers"]

Families = tuple[str, str]
# Packs with a provider, two or three left out that are looked at: with more, pairs are drawn.
MOST_PAIRS = 60


@dataclass(frozen=True)
class Stranger:
    """A control family, or a blend of two, at its highest: which of the present providers it is closest to."""

    families: Families
    providers: Families
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
        self._kept: dict[frozenset[str], dict[Families, Stranger]] = {}

    def all(self, *, absent: str | None = None, family: str | None = None) -> list[Stranger]:
        """One for each family and each two, as units. With `absent`, that provider is left out throughout and gives
        no stranger; strangers of `family` are not counted."""
        found: dict[Families, Stranger] = {}
        gone = frozenset() if absent is None else frozenset({absent})
        for out in [(name,) for name in self.providers] + self.pairs:
            if gone & set(out):
                continue
            for families, stranger in self._without(frozenset(out) | gone).items():
                # Of two providers that are out, only blends of one with the other are new.
                if set(stranger.providers) == set(out) and family not in families:
                    found[families] = stranger
        return list(found.values())

    def of(self, provider: str) -> dict[str, Stranger]:
        """{family: stranger} of the provider's own families, each alone."""
        found = self._without(frozenset({provider}))
        return {a: one for (a, b), one in found.items() if a == b and one.providers[0] == provider}

    def _without(self, out: frozenset[str]) -> dict[Families, Stranger]:
        if out not in self._kept:
            self._kept[out] = self._judged(out)
        return self._kept[out]

    def _judged(self, out: frozenset[str]) -> dict[Families, Stranger]:
        gone = np.isin(self.pack.standing.providers, sorted(out))
        strangers = int(gone.sum())
        rest = self.pack.only(np.argsort(~gone, kind="stable"), strangers=strangers)
        standing, candidates = rest.standing, rest.candidates()
        if len(candidates) < 2:
            return {}
        parts = _parts(rest, strangers)
        own = (standing.providers[parts][:, :, None] == np.unique(standing.providers)[None, None, :]).any(axis=1)
        rows = blended(rest.affinity(), standing, parts, 0.5, own)
        for matrix in rows.affinity.values():
            matrix[:, :strangers] = np.nan  # what is left out is neither teacher nor rival
        best = highest(scores(rows, standing)[0], standing, candidates)
        return dict(self._highest(rest, parts, best, candidates))

    def _highest(
        self, rest: Resemblance, parts: Places, best: Matrix, candidates: list[str]
    ) -> Iterable[tuple[Families, Stranger]]:
        found: dict[Families, Stranger] = {}
        families, providers = rest.standing.families, rest.standing.providers
        filled = np.where(np.isfinite(best), best, -np.inf)
        for row, (a, b) in enumerate(parts):
            place = int(filled[row].argmax())
            score = float(filled[row, place])
            one, other = sorted(((str(families[i]), str(providers[i])) for i in (a, b)))
            names = (one[0], other[0])
            if np.isfinite(score) and (names not in found or found[names].score < score):
                found[names] = Stranger(names, (one[1], other[1]), score, candidates[place])
        return found.items()


def _parts(rest: Resemblance, strangers: int) -> Places:
    families = rest.standing.families
    alone = [(a, a) for a in range(strangers)]
    two = [(a, b) for a, b in combinations(range(strangers), 2) if families[a] != families[b]]
    return np.array(alone + two, np.int64).reshape(-1, 2)
