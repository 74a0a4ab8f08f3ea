"""The false-campaign budget: the only threshold a user sets. Every cut-off of a scan follows from it here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["DAYS_A_MONTH", "PICKED", "CutOffs", "cut_offs", "q_values"]

DAYS_A_MONTH = 30.44
PICKED = frozenset({"kernel", "mixture"})  # origins of groups that were picked out of all accounts for what they ask


@dataclass(frozen=True)
class CutOffs:
    """What a group must pass to be an alert.

    An innocent group becomes a false campaign when it is chance and looks coordinated, or when it is coordinated for a
    good reason and looks like a harvest. Half the budget is given to each way. Over t tests, P(p <= b/2t) sums to
    at most b/2; over m honest groups, an e-value passes 2m/b on at most b/2 of them (Markov's inequality).
    """

    allowed: float  # expected false campaigns in this log
    log_p: float  # ln of the largest p-value
    log_lr: float  # least harvest_log_lr of a toolkit or owner
    log_lr_kernel: float  # the same of a kernel, which was picked out of all accounts because it is loud
    tests: int = 1  # what each of the three was divided by
    judged: float = 1.0
    picked: float = 1.0
    days: float = DAYS_A_MONTH

    def false_per_month(self, p_value: float, log_lr: float | None, *, picked: bool) -> float | None:
        """Groups at least as strong, in both ways, that innocent accounts would show in a month: at most so many.

        The one statement that joins both questions, in the unit of the budget. None where harvest cannot be judged.
        """
        if log_lr is None:
            return None
        months = self.days / DAYS_A_MONTH
        rivals = self.picked if picked else self.judged
        return (self.tests * p_value + rivals * math.exp(-log_lr)) / months


def cut_offs(*, budget: float, days: float, tests: int, judged: int, accounts: int, linked_share: float) -> CutOffs:
    """Cut-offs from `budget` false campaigns a month, for a log of that many days.

    `tests`: groups whose coordination was tested; `judged`: groups whose harvest was judged. Kernels are picked
    out of all accounts, but only among the `linked_share` of them that are close to another for whatever reason, and
    each takes two at least: there are `accounts` x `linked_share` / 2 that could have been picked.
    """
    allowed = budget * days / DAYS_A_MONTH
    half = allowed / 2
    tests, judged = max(tests, 1), max(judged, 1)
    picked = max(accounts * linked_share / 2, judged)
    return CutOffs(
        allowed=allowed,
        log_p=math.log(half / tests) if half < tests else 0.0,
        log_lr=max(0.0, math.log(judged / half)),
        log_lr_kernel=max(0.0, math.log(picked / half)),
        tests=tests,
        judged=judged,
        picked=picked,
        days=days,
    )


def q_values(log_p: np.ndarray, family: np.ndarray, decoys: np.ndarray) -> np.ndarray:
    """False-discovery rate of each group: Benjamini & Hochberg's over `family`, or the decoys' where that is larger.

    `family` holds ln p of every test made, `log_p` those of the groups asked about. By decoys: how many shuffled
    groups are as surprising, over how many real ones are.
    """
    if len(log_p) == 0:
        return np.empty(0)
    ordered = np.sort(family)
    size = max(len(ordered), 1)
    ranks = np.arange(1, len(ordered) + 1)
    stepped = np.minimum.accumulate((ordered + np.log(size / ranks))[::-1])[::-1]
    place = np.clip(np.searchsorted(ordered, log_p, "left"), 0, size - 1)
    bh = np.exp(np.minimum(np.where(np.isneginf(log_p), -np.inf, stepped[place]), 0.0))
    beyond = np.searchsorted(np.sort(decoys), log_p, "right") / np.maximum(np.searchsorted(ordered, log_p, "right"), 1)
    return np.minimum(np.maximum(bh, beyond), 1.0)
