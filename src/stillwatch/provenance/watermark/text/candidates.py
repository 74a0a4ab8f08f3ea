"""A key that a text is tried under, with its public name and whether a hit is evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stillwatch.marks import KeyResult
from stillwatch.provenance.watermark.keys import KeyName, Master, Standing, derive_all

__all__ = ["Candidate", "candidates"]


@dataclass(frozen=True)
class Candidate:
    """`key` is never shown. A hit of a key that does not count (leaked) is told and accuses nobody."""

    name: KeyName
    key: bytes = field(repr=False)
    counts: bool = True
    note: str = ""

    def result(self, z: float, log10_p: float, rank: int) -> KeyResult:
        """Its test, not yet adjusted for the other keys."""
        name = self.name
        return KeyResult(
            key_id=name.id, level=name.level, cohort=name.cohort, account=name.account, epoch=name.epoch,
            z=z, log10_p=log10_p, rank=rank, text=self.note,
        )  # fmt: skip


def candidates(master: Master, standings: Sequence[Standing]) -> list[Candidate]:
    """The keys of these names, in order."""
    keys = derive_all(master, [one.name for one in standings])
    return [Candidate(one.name, key, one.counts, one.text) for one, key in zip(standings, keys, strict=True)]
