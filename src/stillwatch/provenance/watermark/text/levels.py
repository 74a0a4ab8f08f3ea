"""From provider to cohort to account: which keys are accused, with one family-wise error over all of them.

Holm's step-down test (1979) holds within a level under any dependence. Between levels the error is shared: with L
levels each is tested at `level` / L, so by Bonferroni some innocent key is accused with probability `level` at most.

*The gate.* A level is opened only below keys that were accused, and Holm counts the opened keys alone. That they were
chosen by looking does no harm: given the text and all keys of the levels above, an innocent key is still a fresh draw,
so its p-value is still at least uniform, and Holm's bound holds in each such world and so over all of them. This needs
the test of a parent not to look at the keys below it; where it does (a cohort's pooled test), say `pooled`: Holm then
counts every key of the level, opened or not, and the bound holds whatever chose (an unopened key is one with p = 1).

*One key at the top* costs nothing. If it is innocent, any error needs that it be accused first, which happens with
probability `level` at most; if it is guilty, accusing it is no error. The levels below share all of `level` between
them: serial gatekeeping (Westfall and Krishen, 2001; Dmitrienko, Tamhane and Wiens, 2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.marks import KeyResult

__all__ = ["LEVELS", "gatekept", "holm", "opened_directly"]

LEVELS = ("provider", "cohort", "account")

Array = NDArray[np.float64]


def holm(log10_p: Array | Sequence[float]) -> Array:
    """Holm's adjusted p-values, in and out as log10, so that they hold far below 1e-308. Same order as given."""
    p = np.asarray(log10_p, np.float64)
    return _step_down(p, len(p))


def gatekept(
    results: Sequence[KeyResult], level: float, *, gated: bool = True, pooled: bool = False
) -> list[KeyResult]:
    """The results with `log10_p_adjusted` and `accused`, in the order given; family-wise error `level` over all.

    Keys without a p-value are not judged and not counted. A key's parents are the judged keys of the nearest level
    above that has any for it: its cohort's of its epoch, else of any epoch, else the provider's. A key without
    parents is opened directly. A key whose parents were not accused stays unopened: no adjusted p-value, and its
    text says so. `gated=False` opens every key of every level.
    """
    if not 0 < level < 1:
        raise BadSettings(f"level {level}: is a probability between 0 and 1.")
    judged = {i: r for i, r in enumerate(results) if r.log10_p is not None and not math.isnan(r.log10_p)}
    present = [name for name in LEVELS if any(r.level == name for r in judged.values())]
    alone = gated and len(present) > 1 and sum(r.level == present[0] for r in judged.values()) == 1
    shared = len(present) - 1 if alone else max(len(present), 1)
    made = list(results)
    accused = _Family()
    known = _Family()
    for name in present:
        own = [i for i, r in judged.items() if r.level == name]
        opened = [i for i in own if not gated or _is_open(judged[i], known, accused)]
        adjusted = _step_down(
            np.array([judged[i].log10_p for i in opened], np.float64), len(own) if pooled else len(opened)
        ) + (0.0 if alone and name == present[0] else math.log10(shared))
        for i, value in zip(opened, np.minimum(adjusted, 0.0), strict=True):
            made[i] = msgspec.structs.replace(
                results[i], log10_p_adjusted=float(value), accused=bool(value <= math.log10(level))
            )
        for i in set(own) - set(opened):
            made[i] = msgspec.structs.replace(
                results[i], log10_p_adjusted=None, accused=False,
                text=" ".join(filter(None, (results[i].text, "Not opened: no key above it was found."))),
            )  # fmt: skip
        known.add(judged[i] for i in own)
        accused.add(made[i] for i in opened if made[i].accused)
    return made


def opened_directly(results: Sequence[KeyResult]) -> str:
    """Which levels stand without one above them, in a sentence; "" where the provider's keys are among those tested."""
    present = [name for name in LEVELS if any(r.level == name and r.log10_p is not None for r in results)]
    if not present or present[0] == "provider":
        return ""
    absent = " and ".join(LEVELS[: LEVELS.index(present[0])])
    return f"No {absent} key was tested, so the {present[0]} keys were opened directly."


class _Family:
    """Keys by what they stand above: their cohort and epoch, their cohort, or everything."""

    def __init__(self) -> None:
        self._names: set[tuple[str, ...]] = set()

    def add(self, keys: Iterable[KeyResult]) -> None:
        for key in keys:
            kind = "provider" if key.level == "provider" else "cohort"
            cohort = key.cohort if kind == "cohort" else ""
            if key.level != "account":
                self._names |= {(kind, cohort, key.epoch), (kind, cohort)}

    def __contains__(self, name: tuple[str, ...]) -> bool:
        return name in self._names


def _is_open(key: KeyResult, known: _Family, accused: _Family) -> bool:
    if key.level == "provider":
        return True
    names: list[tuple[str, ...]] = []
    if key.level == "account" and key.cohort:
        names += [("cohort", key.cohort, key.epoch), ("cohort", key.cohort)]
    names += [("provider", "", key.epoch), ("provider", "")]
    parents = next((name for name in names if name in known), None)
    return parents is None or parents in accused


def _step_down(p: Array, count: int) -> Array:
    """Holm's with `count` hypotheses, of which those not given have p = 1."""
    order = np.argsort(p, kind="stable")
    steps = np.log10(np.maximum(count - np.arange(len(p)), 1)) + p[order]
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 0.0)
    return adjusted
