"""Joins the judgements of one group into its harvest log likelihood ratio, with reasons that add up to it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from stillwatch.findings import Judgement, Reason

__all__ = ["FEWEST_FAMILIES", "combine"]

FEWEST_FAMILIES = 2
# Weights are whole multiples of 2^-20 (about 1e-6): sums of such numbers are exact in any order.
GRAIN = 2.0**20


def combine(judgements: Iterable[Judgement], temper: float = 1.0) -> tuple[float | None, tuple[Reason, ...]]:
    """(harvest_log_lr, reasons) of one group's judgements; the reasons' weights sum exactly to the first.

    Within a family the mean of the judged e-values: valid under any dependence. Across families their product, which
    takes the families as independent among honest tenants. A family's log-mean is shared out among the signals that
    brought it about: in proportion to e - 1 where it is positive, to 1 - e where it is negative; the rest weigh 0.
    `temper` multiplies every weight (`calibration.Calibration.temper`).
    Judgements of experimental and supporting signals take no part; they are reasons of weight 0 where they stand out.
    (None, ()) if fewer than two families could judge, or neither content nor shape could.
    """
    judged: dict[str, list[tuple[Judgement, float]]] = {}
    shown: list[Judgement] = []
    for judgement in judgements:
        if judgement.weight is not None and judgement.weighs:
            judged.setdefault(judgement.family, []).append((judgement, judgement.weight))
        elif judgement.weight is not None and judgement.weight > 0:
            shown.append(judgement)
    if len(judged) < FEWEST_FAMILIES or not judged.keys() & {"content", "shape"}:
        return None, ()
    reasons = [_reason(judgement, 0.0) for judgement in shown]
    for family in judged.values():
        evidence = [math.exp(weight) for _, weight in family]
        log_mean = math.log(math.fsum(evidence) / len(evidence))
        pull = [max(e_value - 1.0 if log_mean > 0 else 1.0 - e_value, 0.0) for e_value in evidence]
        total = math.fsum(pull) or 1.0
        for (judgement, _), share in zip(family, pull, strict=True):
            reasons.append(_reason(judgement, round(temper * log_mean * share / total * GRAIN) / GRAIN))
    reasons.sort(key=lambda reason: (-reason.weight, reason.code))
    return math.fsum(reason.weight for reason in reasons), tuple(reasons)


def _reason(judgement: Judgement, weight: float) -> Reason:
    return Reason(
        code=judgement.code,
        name=judgement.name,
        weight=weight,
        text=judgement.text,
        examples=judgement.examples,
        family=judgement.family,
    )
