"""Rivals: the innocent explanations of a group, each tested on facts of the log and never on a guess.

An explanation has conditions. All met: it explains the group. One failed: it is refuted. Otherwise what the log cannot
tell decides between `possible` (something speaks for it) and `unknown` (nothing does).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from stillwatch.campaigns.contracts import MOST, Cover
from stillwatch.campaigns.facts import Facts
from stillwatch.findings import Group, Rival

__all__ = ["RIVALS", "weigh_rivals"]

Condition = tuple[bool | None, str]  # held, failed, or not to be told from this log; and the fact in words
Verdict = Literal["explains", "possible", "refuted", "unknown"]
_ACADEMIC = (".edu", ".ac.", "uni-", "univ", "school", "college", "campus", "student")
_LIGHT = 15.0  # exchanges an account a day: what people do by hand


def _rival(name: str, *conditions: Condition) -> Rival:
    held = tuple(text for met, text in conditions if met)
    failed = tuple(text for met, text in conditions if met is False)
    untold = tuple(f"the log cannot tell whether {text}" for met, text in conditions if met is None)
    verdict: Verdict = "refuted" if failed else "explains" if not untold else "possible" if held else "unknown"
    return Rival(name=name, verdict=verdict, supporting=held, against=(*failed, *untold))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}"


def _load(facts: Facts, group: Group) -> Condition:
    load = facts.exchanges / len(group.members) / facts.days
    return load < _LIGHT, f"{load:.1f} exchanges an account a day"


def _one_host(facts: Facts, least: float) -> Condition:
    host = facts.commonest("email_domain")
    if host is None:
        return None, "the accounts share an e-mail host"
    return host[1] >= least, f"{_percent(host[1])} of the accounts share one e-mail host"


def _reseller(facts: Facts, _group: Group, _covers: Sequence[Cover]) -> Rival:
    users = facts.end_users["distinct_values"] if facts.end_users else 0
    named = facts.share("with_end_user")
    broad = sum(1 for _, count in facts.skills if count >= 0.05 * facts.exchanges)
    return _rival(
        "reseller",
        (named >= MOST and users >= 20, f"{users:,} end users are named, in {_percent(named)} of the exchanges"),
        (None, "the content is broad")
        if not facts.skills
        else (broad >= 3, f"{broad} skills make 5% or more of the exchanges each; unrelated customers are broad"),
    )


def _enterprise(facts: Facts, _group: Group, _covers: Sequence[Cover]) -> Rival:
    door: Condition = (None, "most exchanges leave by one network")
    if facts.networks is not None:
        share = facts.networks["top"] / max(facts.networks["n"], 1)
        door = share >= MOST, f"{_percent(share)} of the exchanges leave by one network"
    owner: Condition = (None, "one organisation owns the accounts")
    marks = [facts.commonest(column) for column in ("org_id", "email_domain", "payment_id")]
    if any(marks):
        most = max(mark[1] for mark in marks if mark)
        owner = most >= 0.8, f"{_percent(most)} of the accounts have one billing owner, e-mail host or payer"
    return _rival("enterprise behind one egress", door, owner)


def _campus(facts: Facts, group: Group, _covers: Sequence[Cover]) -> Rival:
    domains, programmes = facts.members["email_domain"], facts.members["programme"]
    school: Condition = (None, "the accounts are of a school")
    if any(domains) or any(programmes):
        academic = sum(
            1
            for domain, programme in zip(domains, programmes, strict=True)
            if programme == "education" or (domain and any(mark in domain.lower() for mark in _ACADEMIC))
        ) / len(domains)
        school = academic >= 0.8, f"{_percent(academic)} of the accounts are of a school or an education programme"
    return _rival("campus or classroom", school, _one_host(facts, MOST), _load(facts, group))


def _shared_tool(facts: Facts, group: Group, _covers: Sequence[Cover]) -> Rival:
    known: Condition = (None, "strangers use its system prompt too")
    if facts.systems is not None:
        strangers = facts.systems.get("strangers", 0)
        known = (
            strangers >= 2 * len(group.members),
            f"one of its system prompts is used by {strangers:,} accounts outside the group",
        )
    beyond = sorted(set(group.channel_groups) - {"software", "task"})
    shares = "nothing but software and template" if not beyond else f"more than a tool explains: {', '.join(beyond)}"
    return _rival("shared agent or template", known, (not beyond, f"the accounts share {shares}"))


def _benchmark(facts: Facts, _group: Group, _covers: Sequence[Cover]) -> Rival:
    if facts.prompts is None:
        return _rival("benchmark run", (None, "the prompts repeat"), (None, "strangers send the same prompts"))
    count = max(facts.prompts["n"], 1)
    distinct, public = facts.prompts["distinct_values"] / count, facts.prompts.get("public", 0) / count
    return _rival(
        "benchmark run",
        (distinct <= 0.2, f"{_percent(distinct)} of its prompts are distinct; a suite repeats its own"),
        (public >= 0.5, f"{_percent(public)} of its exchanges use prompts that accounts outside send too"),
    )


def _viral(facts: Facts, group: Group, _covers: Sequence[Cover]) -> Rival:
    burst, fading, payers = facts.signup_days(), facts.fading(), facts.spread("payment_bin")
    return _rival(
        "viral launch",
        (None, "the accounts signed up together")
        if burst is None
        else (burst <= 7, f"four fifths of the accounts signed up within {burst:.1f} days"),
        (None, "the payers are diverse")
        if payers is None
        else (payers >= 0.2, f"{payers:.2f} distinct card ranges an account"),
        (None, "the activity fades")
        if fading is None
        else (fading < 0.7, f"the last third of the time has {fading:.2f} times the exchanges of the first"),
        _load(facts, group),
    )


def _licensed(_facts: Facts, _group: Group, covers: Sequence[Cover]) -> Rival:
    for cover in covers:
        if cover.kind == "distillation-licence" and cover.share >= MOST:
            words = f"a distillation licence of {cover.org_id} covers {_percent(cover.share)} of the exchanges"
            return _rival("licensed customer", (not cover.lapsed, words + ", but not all the time" * cover.lapsed))
    return _rival("licensed customer", (False, "no distillation licence covers the accounts"))


RIVALS: tuple[Callable[[Facts, Group, Sequence[Cover]], Rival], ...] = (
    _reseller,
    _enterprise,
    _campus,
    _shared_tool,
    _benchmark,
    _viral,
    _licensed,
)


def weigh_rivals(facts: Facts, group: Group, covers: Sequence[Cover]) -> tuple[Rival, ...]:
    """Every innocent explanation with what speaks for and against it, in a fixed order."""
    return tuple(weigh(facts, group, covers) for weigh in RIVALS)
