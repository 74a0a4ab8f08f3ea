"""What is compared: the windows of campaigns, and when each provider released something."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from stillwatch.errors import BadInput, BadSettings
from stillwatch.findings import Campaign
from stillwatch.provenance.rows import Row, as_day, quoted, read_rows

__all__ = ["Release", "Window", "provider_of", "read_releases", "read_windows", "windows_of"]

_KINDS = {"": "release", "release": "release", "benchmark": "benchmark"}
_LEAST_SKILL = 0.2  # share of a campaign's exchanges that makes a skill one of its targets


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When one campaign ran, both days included. None: the day is not known. `skills` empty: any."""

    id: str
    start: datetime.date | None
    end: datetime.date | None
    skills: tuple[str, ...] = ()
    harvested: tuple[str, ...] = ()  # models whose answers were taken


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One dated event of a provider: a model that came out, or a benchmark result that jumped. None: day not known."""

    model: str
    provider: str
    day: datetime.date | None
    kind: str = "release"
    skill: str = ""


def windows_of(campaigns: Sequence[Campaign]) -> tuple[Window, ...]:
    """Windows of campaigns that a scan found: those under alert, and those that a reviewer confirmed.

    What is only to be looked at is mostly innocent: its days and skills would blur those of the campaigns.
    """
    return tuple(
        Window(
            id=campaign.id,
            start=_utc_day(campaign.first_seen),
            end=_utc_day(campaign.last_seen),
            skills=tuple(t.skill.lower() for t in campaign.targets if t.share >= _LEAST_SKILL and t.skill != "chat"),
        )
        for campaign in campaigns
        if (campaign.review.verdict == "confirm" if campaign.review else campaign.status == "alert")
    )


def read_windows(path: Path) -> tuple[Window, ...]:
    """Windows from a CSV or JSON file: id, start, end[, skills][, model]; several skills parted by ";".

    Raises BadInput where an id comes twice, or a campaign ends before it starts.
    """
    made: list[Window] = []
    seen: set[str] = set()
    needed = {"id": ("campaign", "campaign_id"), "start": ("first_seen",), "end": ("last_seen",)}
    for row in read_rows(path, needed, {"skills": ("skill", "targets"), "model": ("harvested", "models")}):
        window = Window(
            id=row["id"], start=_day(row, "start"), end=_day(row, "end"), skills=_parts(row["skills"].lower()),
            harvested=_parts(row["model"]),
        )  # fmt: skip
        if not window.id or window.id in seen:
            raise BadInput(
                f"{row.place}: the id {quoted(window.id)} is empty or comes twice. Give each campaign its own."
            )
        if window.start and window.end and window.end < window.start:
            raise BadInput(f"{row.place}: ends before it starts. Correct one of the days.")
        seen.add(window.id)
        made.append(window)
    return tuple(made)


def read_releases(path: Path) -> tuple[Release, ...]:
    """Releases from a CSV or JSON file: model, provider, date, kind (release or benchmark)[, skill].

    A date that is empty, or a month or year only, is None: its day is not known. Anything else that is no date raises
    BadInput, as does a row without provider or model, or another kind.
    """
    made: dict[Release, None] = {}
    spelled: dict[str, str] = {}  # one provider written in two ways must not count as two
    needed = {
        "model": ("name",),
        "provider": ("organisation", "organization", "developer"),
        "date": ("day", "released"),
    }
    for row in read_rows(path, needed, {"kind": ("type",), "skill": ()}):
        kind = _KINDS.get(row["kind"].lower())
        if kind is None:
            raise BadInput(f"{row.place}: the kind {quoted(row['kind'])} is neither release nor benchmark.")
        if not row["provider"] or not row["model"]:
            raise BadInput(f"{row.place}: has no model or no provider. Fill it in or leave the row out.")
        provider = spelled.setdefault(row["provider"].casefold(), row["provider"])
        release = Release(
            model=row["model"], provider=provider, day=_day(row, "date"), kind=kind, skill=row["skill"].lower()
        )  # fmt: skip
        made[release] = None
    return tuple(made)


def provider_of(suspect: str, releases: Sequence[Release], provider: str | None) -> str:
    """The provider that stands for the suspect: the one named, the one that is the suspect, or its model's maker.

    Raises BadSettings where the releases know none or several.
    """
    names: Mapping[str, str] = {release.provider.casefold(): release.provider for release in releases}
    if provider is not None:
        if provider.casefold() not in names:
            raise BadSettings(f"provider {quoted(provider)}: has no release in the table. Add its releases.")
        return names[provider.casefold()]
    if suspect.casefold() in names:
        return names[suspect.casefold()]
    makers = sorted({release.provider for release in releases if release.model.casefold() == suspect.casefold()})
    if not makers:
        raise BadSettings(f"suspect {quoted(suspect)}: neither a model nor a provider of the table. Add its releases.")
    if len(makers) > 1:
        raise BadSettings(
            f"suspect {quoted(suspect)}: {len(makers)} providers have a model of this name. Say --provider."
        )
    return makers[0]


def _day(row: Row, column: str) -> datetime.date | None:
    value = row[column]
    day = as_day(value)
    if day is None and value and not re.fullmatch(r"\d{4}(-\d{2})?|unknown|\?|n/?a|none|null|tba", value.lower()):
        raise BadInput(f"{row.place}: {quoted(value)} is no day. Write YYYY-MM-DD, or nothing where it is not known.")
    return day


def _parts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in (part.strip() for part in re.split(r"[;|]", value)) if part))


def _utc_day(moment: datetime.datetime) -> datetime.date:
    return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).date()
