"""What every room hands to the next: reasons, groups, signals' judgements, rivals, campaigns.

Three questions are kept apart. `Group` answers "are these accounts one operation?"; `Judgement` answers "does
this group harvest?"; only `Campaign` joins both, after every innocent explanation was tested. A number is
never given without its `Reason`s, and `None` means "cannot judge", which is not 0.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

__all__ = [
    "Campaign",
    "Cost",
    "Group",
    "Judgement",
    "Link",
    "Member",
    "Memory",
    "Mixture",
    "Reason",
    "Review",
    "Rival",
    "Status",
    "Target",
    "Toolkit",
    "ToolkitTrait",
]

Status = Literal["alert", "review", "declared"]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all findings: immutable, compared by value, written as JSON by msgspec."""


class Reason(Record, frozen=True, kw_only=True):
    """One named, weighed piece of evidence; weights are natural logarithms and add up."""

    code: str
    name: str
    weight: float
    text: str
    examples: tuple[str, ...] = ()  # exchange ids
    family: str = ""  # reasons of one family are dependent for innocent reasons and count once


class Link(Record, frozen=True, kw_only=True):
    """One trait that a group shares far beyond chance."""

    channel: str  # e.g. payment_bin, stack, skeleton, ip_network
    group: str  # channel group: payment, identity, registration, software, task, time, network, hand-off
    value: str  # as it can be shown to an analyst: a hash in hexadecimal, or the value itself
    share: float  # of the members that have it
    base: float  # of all other accounts that have it
    weight: float  # ln(share / rate in the same strata), what one member gains by having it


class Mixture(Record, frozen=True, kw_only=True):
    """Customers of one carrier (a reselling account or owner) that form one component among its other customers."""

    carrier: str
    parts: tuple[tuple[int, str, int], ...]  # account key; end user or key, "" for the whole account; key of the part
    members: tuple[str, ...]  # names of the parts: the account, "/" and its end user or key
    share: float  # of the carrier's exchanges
    log_p: float  # that the parts share their style by chance, among all carriers
    without: tuple[tuple[str, float], ...]  # its logarithm when each kind of trait is left out
    links: tuple[Link, ...]


class Member(Record, frozen=True, kw_only=True):
    """One account of a group and the probability that it belongs to it."""

    account_id: str
    probability: float


class Group(Record, frozen=True, kw_only=True):
    """Accounts that look like one operation. Says nothing about guilt: an enterprise is a group too."""

    id: str
    # How it was found: shared traits, billing owner, few loud accounts, the toolkit of a campaign that was stopped,
    # customers of one reseller.
    origin: Literal["toolkit", "owner", "kernel", "replacement", "mixture"]
    members: tuple[Member, ...]
    p_value: float  # that the group is chance, on the half that it was not learned from
    links: tuple[Link, ...]
    channel_groups: tuple[str, ...]  # independent kinds of trait that tie it
    expected: float = 0.0  # chance members expected among those found on the confirmation half
    without: tuple[tuple[str, float], ...] = ()  # the p-value when each kind of trait is left out, the weakest first
    reasons: tuple[Reason, ...] = ()  # hand-offs, replacement, even shards

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(member.account_id for member in self.members)


class Judgement(Record, frozen=True, kw_only=True):
    """What one signal says of one group, measured against this log's own honest tenants."""

    code: str
    name: str
    family: str
    group_id: str
    value: float | None  # the measured figure; None: cannot judge
    base: float | None = None  # the same figure's median among honest tenants
    p_value: float | None = None  # share of honest tenants that lie as far out
    tenants: int = 0  # how many honest tenants that share rests on
    weight: float | None = None  # natural log of the e-value made from p_value; None: cannot judge
    kind: str | None = None  # the kind of harvest that it proves
    weighs: bool = True  # whether the weight may count: not that of an experimental or a supporting signal
    text: str = ""
    examples: tuple[str, ...] = ()


class Rival(Record, frozen=True, kw_only=True):
    """One innocent explanation, tested on facts."""

    name: str
    verdict: Literal["explains", "possible", "refuted", "unknown"]
    supporting: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class Target(Record, frozen=True, kw_only=True):
    """A skill that was harvested and its share of the campaign's exchanges."""

    skill: str
    share: float
    exchanges: int


class Cost(Record, frozen=True, kw_only=True):
    """What the campaign has taken. Dollars are None where no price is known."""

    tokens: int | None
    dollars: float | None
    exchanges_per_day: float


class Review(Record, frozen=True, kw_only=True):
    """What a person decided on a campaign, and why."""

    verdict: Literal["confirm", "dismiss"]
    reason: str
    by: str
    at: datetime


class ToolkitTrait(Record, frozen=True, kw_only=True):
    """One trait of a toolkit in a form that holds on any day: text as it is, a hash as a decimal number."""

    channel: str
    value: str
    weight: float


class Toolkit(Record, frozen=True, kw_only=True):
    """What a group was learned as, on one half of the principals."""

    half: int
    traits: tuple[ToolkitTrait, ...]


class Memory(Record, frozen=True, kw_only=True):
    """What earlier looks and reviewers leave to a scan. Empty: a scan that knows nothing but its log."""

    toolkits: tuple[Toolkit, ...] = ()  # extra starting points of the search
    dismissed: tuple[tuple[str, ...], ...] = ()  # account ids by group: honest tenants, says a person
    confirmed: tuple[str, ...] = ()  # account ids: no honest tenants, says a person


class Campaign(Record, frozen=True, kw_only=True):
    """A group that harvests, or that must be looked at, with every reason and every rival."""

    id: str
    status: Status
    accounts: int
    exchanges: int
    tokens: int | None
    first_seen: datetime
    last_seen: datetime
    p_value: float
    q_value: float
    harvest_log_lr: float | None
    false_per_month: float | None = None  # groups as strong in both ways that innocents show a month, at most
    kinds: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rivals: tuple[Rival, ...]
    targets: tuple[Target, ...]
    cost: Cost
    origin: str = "toolkit"
    links: tuple[Link, ...] = ()
    without: tuple[tuple[str, float], ...] = ()  # as of the group
    judgements: tuple[Judgement, ...] = ()
    daily: tuple[tuple[str, int], ...] = ()  # (day, exchanges)
    verdict: str = ""  # one sentence: why this status
    review: Review | None = None  # what a person decided, where one did
