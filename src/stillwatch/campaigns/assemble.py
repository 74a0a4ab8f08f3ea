"""Groups, judgements and facts → ranked campaigns with reasons, rivals, targets and cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.budget import PICKED, CutOffs, cut_offs, q_values
from stillwatch.campaigns.contracts import Contracts
from stillwatch.campaigns.facts import Facts, collect_facts
from stillwatch.campaigns.reasons import coordination_reasons
from stillwatch.campaigns.rivals import weigh_rivals
from stillwatch.campaigns.status import standing
from stillwatch.engines import Engine
from stillwatch.findings import Campaign, Cost, Group, Judgement, Reason, Target

__all__ = ["Harvest", "assemble"]

_ORDER = {"alert": 0, "review": 1, "declared": 2}
KIND_SHARE = 0.2  # a signal names the campaign's kind when its e-value is this share of the strongest one's
KIND_VALUE = 0.25  # and its measured share is this share of the largest: a trace of another kind is not a kind
SKILL_SHARE = 0.2
TARGET_SHARE = 0.01

Harvest = Mapping[str, tuple[float | None, tuple[Reason, ...]]]  # by group id: harvest_log_lr and its reasons


def _kinds(judgements: Sequence[Judgement], targets: Sequence[Target], harvest: float | None) -> tuple[str, ...]:
    """What is harvested: the kinds that signals prove, strongest first, then a skill that most exchanges have."""
    if harvest is None or harvest <= 0:
        return ()
    proved = sorted(
        (
            (j.weight, j.kind, j.value or 0.0)
            for j in judgements
            if j.weighs and j.kind and j.weight is not None and j.weight > 0
        ),
        key=lambda found: (-found[0], found[1]),
    )
    most = max((value for _, _, value in proved), default=0.0)
    kinds = [
        kind
        for weight, kind, value in proved
        if weight >= proved[0][0] + math.log(KIND_SHARE) and value >= KIND_VALUE * most
    ]
    skills = [t.skill for t in targets if t.share >= SKILL_SHARE and t.skill not in {"chat", *kinds}]
    return tuple(dict.fromkeys([*kinds, *skills]))


def _targets(facts: Facts) -> tuple[Target, ...]:
    known = sum(count for _, count in facts.skills)
    return tuple(
        Target(skill=skill, share=round(count / known, 4), exchanges=count)
        for skill, count in facts.skills
        if count >= TARGET_SHARE * known
    )


def _cost(facts: Facts) -> tuple[int | None, Cost]:
    tokens = int(facts.row["input_tokens"]) + int(facts.row["output_tokens"]) if facts.row["token_rows"] else None
    dollars = facts.row["dollars"] if facts.row["priced"] else None
    return tokens, Cost(
        tokens=tokens,
        dollars=None if dollars is None else round(float(dollars), 2),
        exchanges_per_day=round(facts.exchanges / facts.days, 1),
    )


def _strength(campaign: Campaign) -> tuple[int, float, float, int, str]:
    """Ascending: alerts first, the likeliest harvest first; what cannot be judged comes after all that was."""
    harvest = -math.inf if campaign.harvest_log_lr is None else campaign.harvest_log_lr
    return _ORDER[campaign.status], -harvest, campaign.p_value, -campaign.exchanges, campaign.id


def assemble(
    engine: Engine,
    groups: Sequence[Group],
    keys: Mapping[str, np.ndarray],
    judgements: Mapping[str, Sequence[Judgement]],
    harvest: Harvest,
    *,
    tested_log_p: np.ndarray,
    decoy_log_p: np.ndarray,
    accounts: int,
    linked_share: float,
    budget: float,
    days: float,
) -> tuple[tuple[Campaign, ...], CutOffs]:
    """Campaigns, strongest first, and the cut-offs that the budget led to. Groups that nobody need see are left out."""
    log_p = np.array([-math.inf if g.p_value == 0 else math.log(g.p_value) for g in groups])
    others = np.array([p for p, g in zip(log_p, groups, strict=True) if g.origin != "toolkit"])
    family = np.concatenate([tested_log_p, others[np.isfinite(others)]])
    q = q_values(log_p, family if len(family) else log_p, decoy_log_p)
    cuts = cut_offs(
        budget=budget,
        days=days,
        tests=len(family),
        judged=sum(1 for g in groups if g.origin not in PICKED and harvest[g.id][0] is not None),
        accounts=accounts,
        linked_share=linked_share,
    )
    if not groups:
        return (), cuts
    members = pa.table(
        {
            "group_id": pa.array(np.repeat([g.id for g in groups], [len(keys[g.id]) for g in groups])),
            "account_key": np.concatenate([keys[g.id] for g in groups]),
        }
    )
    facts = collect_facts(engine, members)
    contracts = Contracts(engine)
    campaigns = []
    for group, q_value in zip(groups, q, strict=True):
        fact = facts[group.id]
        covers = contracts.covers(fact)
        rivals = weigh_rivals(fact, group, covers)
        log_lr, harvest_reasons = harvest[group.id]
        found = standing(group, q_value=float(q_value), harvest=log_lr, rivals=rivals, covers=covers, cuts=cuts)
        if found.status is None:
            continue
        targets = _targets(fact)
        tokens, cost = _cost(fact)
        campaigns.append(
            Campaign(
                id=group.id,
                status=found.status,
                accounts=len(group.members),
                exchanges=fact.exchanges,
                tokens=tokens,
                first_seen=fact.first_seen,
                last_seen=fact.last_seen,
                p_value=group.p_value,
                q_value=float(q_value),
                harvest_log_lr=log_lr,
                false_per_month=cuts.false_per_month(group.p_value, log_lr, picked=group.origin in PICKED),
                kinds=_kinds(judgements[group.id], targets, log_lr),
                reasons=(*harvest_reasons, *coordination_reasons(group)),
                rivals=rivals,
                targets=targets,
                cost=cost,
                origin=group.origin,
                links=group.links,
                without=group.without,
                judgements=tuple(judgements[group.id]),
                daily=tuple(fact.daily),
                verdict=found.verdict,
            )
        )
    campaigns.sort(key=_strength)
    return tuple(campaigns), cuts
