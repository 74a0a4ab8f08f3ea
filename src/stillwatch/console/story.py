"""What there is to tell about one campaign, in order, ready to show: the same for a browser and for a terminal.

Everything in a `Story` has passed `clean`; numbers stay numbers so that each surface may draw them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.console import figures
from stillwatch.console.text import clean
from stillwatch.findings import Campaign, Link, Reason

__all__ = ["STATUSES", "Step", "Story", "in_order", "tell", "waterfall"]

# From what must be done today to what is known and allowed.
STATUSES = {
    "alert": "coordinated, harvesting, and no innocent explanation holds",
    "review": "a person must look: one of the three questions stays open",
    "declared": "coordinated or harvesting, and covered by a contract or dismissed by a reviewer",
}
COORDINATION = "coordination"  # family of the reasons that tie accounts; they are no part of the harvest's total
_LINKS = 30
_LINKS_A_CHANNEL = 4
_EXAMPLES = 12
_CLOSE = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: from `start` to `end`, in natural logarithms."""

    name: str
    text: str
    weight: float
    start: float
    end: float
    counted: bool = True
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One campaign as it is shown. `facts` are (label, value, what it means)."""

    id: str
    status: str
    headline: str
    verdict: str
    kinds: tuple[str, ...]
    facts: tuple[tuple[str, str, str], ...]
    taken: tuple[tuple[str, str, str], ...]
    ties: tuple[Step, ...]  # reasons why it is one operation: not added up, each tells its own weight
    steps: tuple[Step, ...]  # reasons why it harvests: they add up to the total
    total: float
    links: tuple[Link, ...]
    more_links: int
    without: tuple[tuple[str, str], ...]  # kind of trait left out, the p-value that remains; weakest first
    rivals: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]
    targets: tuple[tuple[str, float, int], ...]
    judgements: tuple[tuple[str, str, str, str, str, str, str], ...]
    blind: tuple[str, ...]
    daily: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]


def in_order(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Alerts first, then reviews, then declared; inside each the strongest and then the largest first."""
    rank = {status: place for place, status in enumerate(STATUSES)}
    return sorted(
        campaigns,
        key=lambda c: (rank.get(c.status, len(rank)), -_finite(c.harvest_log_lr), -c.accounts, -c.exchanges, c.id),
    )


def waterfall(reasons: Sequence[Reason], stated: float | None) -> tuple[tuple[Step, ...], float]:
    """Bars that add up, largest first, and their total.

    Reasons of one family are dependent: where the stated total counts only the strongest of each family, the others
    are shown with `counted` false and move nothing. Where the reasons given do not make the stated total in either
    way, they are simply added up: this page never invents a reason to close a gap.
    """
    ordered = sorted((r for r in reasons if math.isfinite(r.weight)), key=lambda r: (-abs(r.weight), r.code, r.name))
    counted = [True] * len(ordered)
    everything = sum(reason.weight for reason in ordered)
    if stated is not None and abs(everything - stated) > _CLOSE:
        strongest = _strongest(ordered)
        if abs(sum(r.weight for r, kept in zip(ordered, strongest, strict=True) if kept) - stated) <= _CLOSE:
            counted = strongest
    steps: list[Step] = []
    level = 0.0
    for reason, kept in zip(ordered, counted, strict=True):
        end = level + reason.weight if kept else level
        steps.append(_step(reason, level, end, counted=kept))
        level = end
    return tuple(steps), level


def _step(reason: Reason, start: float, end: float, *, counted: bool = True) -> Step:
    examples = tuple(clean(example, 80) for example in reason.examples[:_EXAMPLES])
    return Step(clean(reason.name, 60), clean(reason.text, 400), reason.weight, start, end, counted, examples)


def _strongest(ordered: Sequence[Reason]) -> list[bool]:
    seen: set[str] = set()
    kept = []
    for reason in ordered:
        kept.append(not reason.family or reason.family not in seen)
        seen.add(reason.family)
    return kept


def tell(campaign: Campaign) -> Story:
    """The story of one campaign. Pure: the same campaign always gives the same story."""
    steps, total = waterfall(
        [reason for reason in campaign.reasons if reason.family != COORDINATION], campaign.harvest_log_lr
    )
    ties = sorted((r for r in campaign.reasons if r.family == COORDINATION), key=lambda r: (-_finite(r.weight), r.code))
    links = _telling(campaign.links)
    judged = [j for j in campaign.judgements if j.value is not None]
    return Story(
        id=clean(campaign.id, 80),
        status=clean(campaign.status, 20),
        headline=f"{figures.count(campaign.accounts)} accounts, {figures.compact(campaign.exchanges)} exchanges, "
        f"{figures.day(campaign.first_seen)} to {figures.day(campaign.last_seen)}",
        verdict=clean(campaign.verdict, 600),
        kinds=tuple(clean(kind, 60) for kind in campaign.kinds),
        facts=_facts(campaign),
        taken=_taken(campaign),
        ties=tuple(_step(reason, 0.0, reason.weight) for reason in ties),
        steps=steps,
        total=total,
        links=links,
        more_links=len(campaign.links) - len(links),
        without=tuple((clean(name, 40), figures.odds(p_value)) for name, p_value in campaign.without),
        rivals=tuple(
            (clean(r.name, 80), clean(r.verdict, 20), _lines(r.supporting), _lines(r.against)) for r in campaign.rivals
        ),
        targets=tuple(
            (clean(t.skill, 40), t.share, t.exchanges)
            for t in sorted(campaign.targets, key=lambda t: (-t.exchanges, t.skill))
        ),
        judgements=tuple(
            (
                clean(j.code, 20),
                clean(j.name, 60),
                _measure(j.value),
                _measure(j.base),
                figures.odds(j.p_value),
                figures.count(j.tenants),
                figures.number(j.weight) if j.weight is not None else "cannot judge",
            )
            for j in sorted(judged, key=lambda j: (-_finite(j.weight), j.code))
        ),
        blind=tuple(
            f"{clean(j.code, 20)} {clean(j.name, 60)}" + (f": {clean(j.text, 200)}" if j.text else "")
            for j in campaign.judgements
            if j.value is None
        ),
        daily=tuple((figures.day(day), int(exchanges)) for day, exchanges in campaign.daily),
        examples=_examples(campaign),
    )


def _facts(campaign: Campaign) -> tuple[tuple[str, str, str], ...]:
    origins = {
        "toolkit": "found by traits that its accounts share",
        "owner": "one billing owner",
        "kernel": "a few loud accounts",
        "mixture": "customers inside a reseller's accounts",
        "replacement": "began after a campaign was stopped, with its toolkit",
    }
    return (
        ("Accounts", figures.count(campaign.accounts), origins.get(campaign.origin, clean(campaign.origin, 40))),
        ("Exchanges", figures.count(campaign.exchanges), "requests that its accounts made"),
        (
            "Active",
            f"{figures.day(campaign.first_seen)} – {figures.day(campaign.last_seen)}",
            "first and last request, UTC",
        ),
        ("Chance", figures.odds(campaign.p_value), "p-value that the group is chance, on the half not learned from"),
        ("False share", figures.odds(campaign.q_value), "q-value: expected share of false groups down to this one"),
        ("Harvest", figures.bits(campaign.harvest_log_lr), "log likelihood ratio against this log's honest tenants"),
        (
            "False a month",
            "cannot judge" if campaign.false_per_month is None else figures.rate(campaign.false_per_month),
            "groups as strong in both ways that innocent accounts would show in a month, at most",
        ),
    )


def _taken(campaign: Campaign) -> tuple[tuple[str, str, str], ...]:
    cost = campaign.cost
    tokens = cost.tokens if cost.tokens is not None else campaign.tokens
    return (
        ("Tokens", figures.compact(tokens) if tokens is not None else "not in the log", "asked and answered"),
        ("At list price", figures.dollars(cost.dollars), "what the tokens would have cost"),
        ("Exchanges a day", figures.compact(cost.exchanges_per_day), "mean over the days it was active"),
    )


def _telling(links: Sequence[Link]) -> tuple[Link, ...]:
    """The strongest few of every channel, strongest first: one channel's many values must not hide the others."""
    told: dict[str, int] = {}
    chosen = []
    for link in sorted(links, key=lambda link: (-_finite(link.weight) * link.share, link.channel, link.value)):
        told[link.channel] = told.get(link.channel, 0) + 1
        if told[link.channel] <= _LINKS_A_CHANNEL:
            chosen.append(_shown(link))
    return tuple(chosen[:_LINKS])


def _shown(link: Link) -> Link:
    return Link(
        channel=clean(link.channel, 40),
        group=clean(link.group, 40),
        value=clean(link.value, 80),
        share=link.share,
        base=link.base,
        weight=link.weight,
    )


def _examples(campaign: Campaign) -> tuple[str, ...]:
    found: list[str] = [example for reason in campaign.reasons for example in reason.examples]
    found += [example for judgement in campaign.judgements for example in judgement.examples]
    return tuple(dict.fromkeys(clean(example, 80) for example in found))[:_EXAMPLES]


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(clean(text, 300) for text in texts)


def _measure(value: float | None) -> str:
    return figures.UNKNOWN if value is None else f"{value:.3g}"


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else -math.inf if value is None else 0.0
