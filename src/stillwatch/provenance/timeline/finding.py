"""What the event study hands over: the sentence, its numbers, and every campaign and provider that they rest on."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from stillwatch.provenance.timeline.histories import Release

__all__ = ["FollowUp", "Pace", "Timeline"]


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """What the suspect's provider released after one campaign. Days are None where there is none or it is not known.

    `counted` is False where the campaign could not be judged; `text` then says why.
    """

    campaign: str
    start: datetime.date | None
    end: datetime.date | None
    counted: bool
    next_model: str | None = None
    next_day: datetime.date | None = None
    days_from_end: int | None = None
    days_from_start: int | None = None
    closeness: float | None = None
    text: str = ""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """One provider: its events, how close they follow the campaigns, and the share of its own shifts that fit as well.

    `counted` is False for those too thin to compare with; `text` then says why, and the figures are None.
    """

    provider: str
    role: Literal["suspect", "peer", "harvested"]
    events: int
    counted: bool
    closeness: float | None = None
    share: float | None = None
    days: tuple[datetime.date, ...] = ()
    text: str = ""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """One event study. `p_value` is the larger of both shares; None: cannot judge, and `missing` says what it lacks.

    `shift_hits` of `shifts` places of the campaigns along the suspect's own history fit as well, the true one among
    them; `peer_hits` of `peers` providers fit as well, each by its own shifts. `floor` is the smallest p-value that
    this number of peers and this pace of releases allow; `power` the chance that releases which do follow every
    campaign would reach `level`. `closer_peers` is the plain count of peers whose releases follow as close, unadjusted.
    """

    suspect: str
    provider: str
    verdict: Literal["fits", "inconclusive", "cannot judge"]
    sentence: str
    window: int
    anchor: Literal["end", "start"]
    first_day: datetime.date | None
    last_day: datetime.date | None
    level: float
    closeness: float | None = None
    shift_hits: int | None = None
    shifts: int | None = None
    peer_hits: int | None = None
    peers: int
    peer_share: float | None = None
    peer_low: float | None = None
    peer_high: float | None = None
    closer_peers: int | None = None
    p_value: float | None = None
    floor: float | None = None
    power: float | None = None
    campaigns: tuple[FollowUp, ...] = ()
    providers: tuple[Pace, ...] = ()
    releases: tuple[Release, ...] = ()
    missing: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
