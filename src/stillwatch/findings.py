"""What every room hands to the next: reasons, groups, signals' judgements, rivals, campaigns.

Three questions are kept apart. `Group` answers "are these accounts one operation?"; `Judgement` answers "does
this group harvest?"; only `Campaign` joins both, after every innocent explanation was tested. A number is
never given without its `Reason`s, and `None` means "cannot judge", which is not 0.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

__all__ = ["Campaign", "Cost", "Group", "Judgement", "Link", "Member", "Reason", "Rival", "Status", "Target"]

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


class Member(Record, frozen=True, kw_only=True):
    """One account of a group and the probability that it belongs to it."""

    account_id: str
    probability: float


class Group(Record, frozen=True, kw_only=True):
    """Accounts that look like one operation. Says nothing about guilt: an enterprise is a group too."""

    id: str
    origin: Literal["toolkit", "owner", "kernel"]  # how it was found: shared traits, billing owner, few loud accounts
    members: tuple[Member, ...]
    p_value: float  # that the group is chance, on the half that it was not learned from
    links: tuple[Link, ...]
    channel_groups: tuple[str, ...]  # independent kinds of trait that tie it
    expected: float = 0.0  # chance members expected among those found on the confirmation half
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
    kinds: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rivals: tuple[Rival, ...]
    targets: tuple[Target, ...]
    cost: Cost
    origin: str = "toolkit"
    links: tuple[Link, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    daily: tuple[tuple[str, int], ...] = ()  # (day, exchanges)
    verdict: str = ""  # one sentence: why this status
