"""What a watch remembers between looks, and what one look tells. All of it follows from the log and the reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from stillwatch.findings import Status, Toolkit

__all__ = ["Change", "Known", "Look", "Seen", "State", "Verdict"]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, compared by value, written as JSON."""


class Known(Record, frozen=True, kw_only=True):
    """One campaign as the watch knows it. Accounts and all that describes it are those of `last_look`."""

    id: str
    origin: str
    status: Status
    accounts: tuple[str, ...]  # ids, ascending
    links: tuple[tuple[str, str], ...]  # (channel, value) of the traits it was shown with, ascending
    first_look: int
    last_look: int
    evidence: float = 0.0  # e-values over tests, carried by log time: see `spending`
    coordinated: int | None = None  # look at which its coordination passed
    raised: int | None = None  # look at which it became an alert
    merged_into: str | None = None  # closed: its accounts went on under that id
    split_from: str | None = None
    replaces: str | None = None  # a campaign that was stopped, and whose toolkit these accounts show
    toolkits: tuple[Toolkit, ...] = ()
    learned_us: int = 0  # end of the log that the toolkits were learned from
    stopped_us: int | None = None  # most accounts banned, or confirmed by a person: the toolkits are kept as they are
    quiet: bool = False
    changed: int | None = None  # look at which it had outgrown its dismissal
    exchanges_per_day: float = 0.0
    kinds: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()  # codes of the signals that could judge it
    spoke: tuple[str, ...] = ()  # those that spoke for harvesting


class Seen(Record, frozen=True, kw_only=True):
    """The input of a look. Equal inputs make equal looks, so that a look whose input is the last one's is not taken."""

    chunks: tuple[str, ...] = ()
    duplicates: int = 0  # rows left out, some of them only when the ingest that brought them ends
    tables: dict[str, str] = {}  # digest by name
    verdicts: int = 0
    settings: dict[str, str] = {}


class State(Record, frozen=True, kw_only=True):
    """Everything a look leaves to the next one. Holds no time of day: the same looks give the same bytes."""

    stillwatch_watch: int
    look: int
    seen: Seen
    log_days: float  # length of the log, which the budget has been spent on
    last_us: int
    campaigns: tuple[Known, ...]  # by id


class Verdict(Record, frozen=True, kw_only=True):
    """What a person decided on a campaign, with what the campaign was then."""

    campaign: str
    verdict: Literal["confirm", "dismiss"]
    reason: str
    by: str
    at: datetime
    look: int
    exchanges_per_day: float
    kinds: tuple[str, ...]
    judged: tuple[str, ...]
    spoke: tuple[str, ...]
    accounts: tuple[str, ...]


class Change(Record, frozen=True, kw_only=True):
    """One thing that is different since the last look, in words that name no account."""

    kind: Literal["alert", "new", "grown", "merged", "split", "quiet", "back", "gone", "replaced", "outgrown", "status"]
    campaign: str
    text: str
    other: str | None = None
    accounts: tuple[str, ...] = ()  # those that joined


class Look(Record, frozen=True, kw_only=True):
    """What one look tells. `taken` is false where nothing was new: then all but the number is as it was."""

    look: int
    taken: bool
    new_chunks: int
    exchanges: int
    log_ends: datetime | None
    log_days: float
    days_spent: float  # days of log whose share of the budget this look spent
    alerts: int
    reviews: int
    declared: int
    changes: tuple[Change, ...]
    reliability: tuple[dict[str, str | int | float], ...]
    results: str
