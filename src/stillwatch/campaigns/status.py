"""Status: what a group is called, and the one sentence that says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.campaigns.budget import PICKED, CutOffs
from stillwatch.campaigns.contracts import MOST, Cover
from stillwatch.findings import Group, Rival, Status

__all__ = ["Standing", "standing"]

# A contract of these kinds says why accounts belong together; it does not license harvesting.
_EXPLAINS_COORDINATION = {"enterprise", "reseller", "research", "evaluation"}
_EXPLAINS_HARVEST = {"distillation-licence"}


FEW = 20  # accounts: a smaller group is worth a person's time only if harvesting is likelier than not
LIKELY = 1.0  # log likelihood ratio: what ties among honest tenants alone give a pair now and then


@dataclass(frozen=True)
class Standing:
    """`status` None: nothing that a person need see: a billing owner or a few accounts that show no harvesting."""

    status: Status | None
    verdict: str


def _passes(p_value: float, cuts: CutOffs) -> bool:
    return p_value == 0.0 or math.log(max(p_value, 1e-320)) <= cuts.log_p


def _cut(group: Group, cuts: CutOffs) -> float:
    return cuts.log_lr_kernel if group.origin in PICKED else cuts.log_lr


def standing(
    group: Group,
    *,
    q_value: float,
    harvest: float | None,
    rivals: Sequence[Rival],
    covers: Sequence[Cover],
    cuts: CutOffs,
) -> Standing:
    """Alert only if coordinated, harvesting, and no innocent explanation holds; declared if a contract explains it."""
    coordinated = _passes(group.p_value, cuts)
    carried_by = next((name for name, p_value in group.without if coordinated and not _passes(p_value, cuts)), None)
    harvests = harvest is not None and harvest >= _cut(group, cuts)
    explained = [rival.name for rival in rivals if rival.verdict == "explains"]
    valid = [cover for cover in covers if cover.share >= MOST and not cover.lapsed]
    licensed = [cover for cover in valid if cover.kind in _EXPLAINS_HARVEST]
    contracted = [cover for cover in valid if cover.kind in _EXPLAINS_COORDINATION]
    says = "cannot be judged for harvesting" if harvest is None else f"harvest log LR {harvest:.1f}"
    cut = f"{_cut(group, cuts):.1f}"
    if licensed:
        return Standing("declared", f"A distillation licence of {licensed[0].org_id} covers it; {says}.")
    if contracted and not harvests:
        cover = contracted[0]
        return Standing("declared", f"A verified {cover.kind} contract of {cover.org_id} explains it; {says}.")
    if contracted:
        cover = contracted[0]
        return Standing(
            "review",
            f"It harvests ({says}, cut-off {cut}), and a {cover.kind} contract of {cover.org_id} explains that the "
            "accounts belong together but not that.",
        )
    if not coordinated:
        return Standing(
            "review" if harvests else None,
            f"It harvests ({says}), but that its accounts are one operation is not beyond chance (q {q_value:.2g}).",
        )
    if carried_by and harvests:
        return Standing(
            "review",
            f"It harvests ({says}, cut-off {cut}), but only {carried_by} carries that its accounts are one operation: "
            f"without it p is {group.without[0][1]:.2g}, and one kind of trait must not carry an alert.",
        )
    if harvests and not explained:
        return Standing(
            "alert",
            f"One operation (p {group.p_value:.1g}) that harvests ({says}, cut-off {cut}); every innocent explanation "
            "was tested and none holds.",
        )
    if harvests:
        return Standing(
            "review", f"It harvests ({says}), but {' and '.join(explained)} would explain it: a person must decide."
        )
    if harvest is not None and ((harvest <= 0 and _billed(group)) or (harvest < LIKELY and len(group.members) < FEW)):
        return Standing(None, f"It belongs together and is not likely to harvest; {says}.")
    reason = f"; {' and '.join(explained)} would explain it" if explained else ""
    return Standing("review", f"Coordinated, but not shown to harvest ({says}, cut-off {cut}){reason}.")


def _billed(group: Group) -> bool:
    return any(link.channel == "org_id" for link in group.links)
