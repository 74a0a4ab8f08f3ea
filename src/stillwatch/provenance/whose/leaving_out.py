"""How often an innocent is called something: every control family judged as a stranger, its provider left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.significance import conformal, holm
from stillwatch.provenance.whose.finding import LeftOut, Noticed
from stillwatch.provenance.whose.likenesses import likenesses
from stillwatch.provenance.whose.ranking import LEVEL, closed, rarity
from stillwatch.provenance.whose.resemblance import Resemblance
from stillwatch.provenance.whose.strangers import Stranger, Strangers

__all__ = ["SHARES", "interval", "leave_out", "noticed"]

SHARES = (0.5, 0.75, 1.0)


def leave_out(
    strangers: Strangers, *, seed: int = 0, progress: Callable[[str, float], None] | None = None
) -> tuple[LeftOut, ...]:
    """One row a control family, at the highest score that any of its models reaches, by provider and family.

    Strangers that it is compared with have its provider left out too: it is never its own measure.
    """
    pack, rows = strangers.pack, []
    standing = pack.standing
    for done, provider in enumerate(strangers.providers):
        if progress is not None:
            progress(f"without {provider}", done / len(strangers.providers))
        found = strangers.of(provider)
        gone = np.flatnonzero(standing.providers == provider)
        rest = np.flatnonzero(standing.providers != provider)
        nulls = closed(pack.only(np.append(gone[:1], rest), strangers=1), 0, seed=seed)
        others = strangers.all(absent=provider)
        for family in sorted({one.families[0] for one in found}):
            judged = [(one, *_p_values(one, nulls, others)) for one in found if one.families[0] == family]
            judged.sort(key=lambda row: -row[0].score)
            highest, adjusted, absent = judged[0]
            alone = [p is not None and p <= LEVEL for _, p, _ in judged]
            named = [yes and q is not None and q <= LEVEL for yes, (_, _, q) in zip(alone, judged, strict=True)]
            rows.append(
                LeftOut(
                    family=family, provider=provider, models=len(judged), closest=highest.closest, score=highest.score,
                    p_adjusted=adjusted, p_absent=absent, named=sum(named), by_holm_alone=sum(alone),
                )
            )  # fmt: skip
    return tuple(rows)


def _p_values(
    one: Stranger, nulls: Mapping[str, Null], others: Sequence[Stranger]
) -> tuple[float | None, float | None]:
    """Holm's, and by strangers. The highest score has the smallest p, so Holm multiplies by all that can be judged."""
    judged = sum(null.enough for null in nulls.values())
    adjusted = None
    if nulls[one.closest].enough:
        adjusted = holm([conformal(one.score, nulls[one.closest])] + [1.0] * (judged - 1))[0]
    return adjusted, rarity(one.score, others) if others else None


def noticed(pack: Resemblance, nulls: Mapping[str, Null], strangers: Sequence[Stranger]) -> tuple[Noticed, ...]:
    """How many made-up students would be named, by how much of them is the teacher's; empty where none can be made.

    `nulls` and `strangers` are those of the suspect: what it has to pass, a student of the same pack has to.
    """
    affinity = pack.affinity()
    null = next((one for one in nulls.values() if one.enough), None)
    candidates = sum(one.enough for one in nulls.values())
    values = np.sort([one.score for one in strangers])
    found = []
    for share in SHARES:
        made = likenesses(pack, affinity, share)
        if not len(made.truth) or null is None:
            return ()
        absent = (1.0 + len(values) - np.searchsorted(values, made.best, side="left")) / (1.0 + len(values))
        reached = null.units - np.searchsorted(null.values, made.best, side="left")
        adjusted = candidates * (1.0 + reached) / (1.0 + null.units)
        named = (np.maximum(absent, adjusted) <= LEVEL) & (made.truth >= made.best)
        found.append(Noticed(share=share, named=made.share(named)))
    return tuple(found)


def interval(hits: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's exact interval (1934) of a share."""
    from scipy.stats import beta

    if not of:
        return 0.0, 1.0
    edge = (1.0 - level) / 2.0
    low = float(beta.ppf(edge, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1.0 - edge, hits + 1, of - hits)) if hits < of else 1.0
    return low, high
