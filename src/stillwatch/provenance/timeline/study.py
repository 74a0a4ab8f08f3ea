"""The event study, whole: which campaigns, providers and events can be judged, the verdict, and what it lacks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from scipy import stats

from stillwatch.errors import BadSettings
from stillwatch.provenance.rows import quoted
from stillwatch.provenance.timeline.finding import FollowUp, Pace, Timeline
from stillwatch.provenance.timeline.fits import Days, Fit, Floats, closeness, compare, fit, power, season
from stillwatch.provenance.timeline.histories import Release, Window, provider_of

__all__ = ["LEAST_EVENTS", "LEAST_PEERS", "LEAST_WINDOWS", "LEVEL", "Design", "study"]

LEVEL = 0.05
LEAST_PEERS = 8  # providers to compare with; the floor is then 1/9
LEAST_EVENTS = 3  # dated days of release: one or two tell no rhythm
LEAST_WINDOWS = 8  # windows side by side in the record: shifts closer than one window are nearly the same
MOST_DAYS = 36_525  # a century: one mistyped year must not fill the memory
SEASONAL = 0.01  # Rayleigh's p-value of the suspect's season …
COMMON = 0.25  # … that this share of peers must have too (below 0.05), or it is the suspect's own
SILENT = 1 / 3  # share of the record that one end may lie idle before a history counts as shorter than the record
LIMITS = (
    "It is context for a narrative, never a likelihood ratio: nobody knows how often guilty releases come this close.",
    "It holds only where the suspect was named for other reasons than its dates. Whoever looks for the provider whose "
    "release fits best will always find one.",
    "Peers that harvested too make an innocent fit look commoner than it is.",
    "A release may have been prepared long before the campaign; dates tell of order, not of cause.",
)


@dataclass(frozen=True, slots=True)
class Design:
    """What is declared before the dates are looked at. The direction is fixed: a release after the campaign.

    `window`: days after the anchor within which a release fits. `anchor`: counted from the campaign's end or start.
    `first_day`, `last_day`: the time in which releases of all providers are on record; by default first to last date.
    """

    window: int = 60
    anchor: Literal["end", "start"] = "end"
    first_day: datetime.date | None = None
    last_day: datetime.date | None = None


def study(
    suspect: str, windows: Sequence[Window], releases: Sequence[Release], *, provider: str | None = None,
    harvested: str | None = None, design: Design | None = None, seed: int = 0, draws: int = 200,
) -> Timeline:  # fmt: skip
    """Campaign windows against the releases of the suspect's provider and of its peers. See `Timeline`.

    `harvested`: the provider whose answers were taken, which is no peer. Raises BadSettings where the table lacks it.
    `draws`: histories on which the power is estimated; 0 leaves it out.
    """
    design = design or Design()
    if not 1 <= design.window <= MOST_DAYS:
        raise BadSettings(f"a window of {design.window} days: it must be from 1 to {MOST_DAYS:,}.")
    own = provider_of(suspect, releases, provider)
    if harvested is not None and not _harvested((), releases, harvested) - {own}:
        raise BadSettings(
            f"harvested {quoted(harvested)}: no other provider of the table has this name. Correct it, or leave it out."
        )
    taken_from = _harvested(windows, releases, harvested) - {own}
    dated = [release.day for release in releases if release.day]
    first, last = design.first_day or min(dated, default=None), design.last_day or max(dated, default=None)
    if first is None or last is None or first >= last:
        return _cannot(suspect, own, design, first, last, ("Releases with a known day: fewer than two days of them.",))
    days = (last - first).days + 1
    if days > MOST_DAYS:
        raise BadSettings(
            f"the record spans {first} to {last}: correct a year in the releases, or say --from and --to."
        )
    by_provider = _by_provider(releases, first, last)
    follow_ups = tuple(_follow_up(window, by_provider[own], design, first, last) for window in windows)
    judged = [window for window, found in zip(windows, follow_ups, strict=True) if found.counted]
    anchors = [(_anchor(window, design) - first).days for window in judged]
    paces, fits = [], dict[str, Fit]()
    for name in sorted(by_provider, key=lambda name: (name != own, name)):
        role: Literal["suspect", "peer", "harvested"] = (
            "suspect" if name == own else "harvested" if name in taken_from else "peer"
        )
        events = by_provider[name]
        why = _too_thin(name, events, releases, role, first, days)
        if not why and anchors:
            fits[name] = fit([_near(events, window, first, days, design) for window in judged], anchors)
        found = fits.get(name)
        paces.append(
            Pace(
                provider=name, role=role, events=len(_days(events, first)), counted=found is not None,
                closeness=None if found is None else found.score,
                share=None if found is None else found.share, text=why,
                days=tuple(sorted({event.day for event in events if event.day})),
            )
        )  # fmt: skip
    peers = [found for name, found in fits.items() if name != own]
    missing = _missing(own, design, days, judged, paces, len(peers))
    alone = season(_days(by_provider[own], first)) if own in fits else 1.0
    others = [season(_days(by_provider[name], first)) <= LEVEL for name in fits if name != own]
    if alone <= SEASONAL and not missing and sum(others) < COMMON * len(others):
        missing = (
            f"A season that peers share: {own} releases in one part of the year (p = {alone:.1g}), they do not, and "
            "shifts cannot tell its season from an answer to the campaigns.",
        )
    shown = tuple(release for release in releases if release.provider == own)
    if missing:
        return _cannot(suspect, own, design, first, last, missing, len(peers), follow_ups, tuple(paces), shown)
    mine = fits[own]
    hits = compare(mine, peers)
    share = (1 + hits) / (1 + len(peers))
    p_value = max(mine.share, share)
    floor = max(mine.best, 1 / (1 + len(peers)))
    strength = (
        power(
            _days(by_provider[own], first),
            anchors,
            peers,
            days=days,
            window=design.window,
            level=LEVEL,
            draws=draws,
            seed=seed,
        )
        if draws and 1 / (1 + len(peers)) <= LEVEL
        else 0.0
        if draws
        else None
    )
    low, high = _interval(hits, len(peers))
    verdict: Literal["fits", "inconclusive"] = "fits" if p_value <= LEVEL else "inconclusive"
    return Timeline(
        suspect=suspect, provider=own, verdict=verdict,
        sentence=_sentence(own, verdict, hits, len(peers), mine, p_value, floor, strength),
        window=design.window, anchor=design.anchor, first_day=first, last_day=last, level=LEVEL,
        closeness=mine.score, shift_hits=mine.hits, shifts=mine.shifts, peer_hits=hits, peers=len(peers),
        peer_share=share, peer_low=low, peer_high=high, p_value=p_value, floor=floor, power=strength,
        closer_peers=sum(peer.score >= mine.score - 1e-9 for peer in peers),
        campaigns=follow_ups, providers=tuple(paces), releases=shown, limits=LIMITS,
    )  # fmt: skip


def _sentence(
    own: str, verdict: str, hits: int, peers: int, mine: Fit, p_value: float, floor: float, strength: float | None
) -> str:
    said = (
        f"An innocent release would fit as well in {hits} of {peers} other providers, and at {mine.hits:,} of "
        f"{mine.shifts:,} places of the campaigns along {own}'s own history (p = {p_value:.2g}, the larger of both)."
    )
    if verdict == "fits":
        return f"{said} The dates fit a release made after the campaigns; they do not show what it was made from."
    if floor > LEVEL:
        return (
            f"{said} With these peers and this pace no dates could reach {LEVEL}: the smallest possible is {floor:.2g}."
        )
    if strength is None or strength >= 0.5:
        return f"{said} The dates say nothing either way."
    weak = f"Releases that did follow every campaign would be told apart in {strength:.0%} of cases."
    return f"{said} The dates say nothing either way. {weak}"


def _missing(
    own: str, design: Design, days: int, judged: Sequence[Window], paces: Sequence[Pace], peers: int
) -> tuple[str, ...]:
    missing = []
    if not judged:
        missing.append(f"Campaigns with known days, followed for {design.window} days within the record: none.")
    if days < LEAST_WINDOWS * design.window:
        missing.append(
            f"Time: {days:,} days on record, {LEAST_WINDOWS * design.window:,} are needed for windows of "
            f"{design.window} days, so that shifts of the campaigns can differ."
        )
    thin = next(pace for pace in paces if pace.provider == own)
    if thin.text:
        missing.append(f"Suspect: {thin.text}")
    if peers < LEAST_PEERS and judged:
        missing.append(f"Peers: {peers} other providers with a usable history, {LEAST_PEERS} are needed.")
    return tuple(missing)


def _too_thin(
    name: str, events: Sequence[Release], releases: Sequence[Release], role: str, first: datetime.date, days: int
) -> str:
    """Why a history cannot be judged; "" where it can."""
    if role == "harvested":
        return "its own models were harvested: the campaigns follow its releases by nature"
    undated = sum(release.day is None for release in releases if release.provider == name)
    if role == "suspect" and undated > len(events):
        return f"{undated} releases of {name} have no known day, only {len(events)} have one."
    when = _days(events, first)
    if len(when) < LEAST_EVENTS:
        return f"{len(when)} dated days of release within the record, {LEAST_EVENTS} are needed."
    idle = max(int(when[0]), days - 1 - int(when[-1]))
    if idle > SILENT * days and idle > 3 * float(np.median(np.diff(when))):
        return (
            f"its releases span {when[0]} to {when[-1]} of {days} days: too little of the record. Narrow the record "
            "with --from and --to to the time in which it released."
        )
    return ""


def _follow_up(
    window: Window, events: Sequence[Release], design: Design, first: datetime.date, last: datetime.date
) -> FollowUp:
    blank = FollowUp(campaign=window.id, start=window.start, end=window.end, counted=False)
    day = window.end if design.anchor == "end" else window.start
    if day is None:
        return msgspec.structs.replace(blank, text=f"the day of its {design.anchor} is not known")
    if day < first:
        return msgspec.structs.replace(blank, text="before the record of releases begins")
    after = [e for e in events if e.day is not None and e.day > day and _meets(e, window)]
    found = min(after, key=lambda e: (e.day or last, e.model), default=None)
    if found is not None and found.day is not None:
        blank = msgspec.structs.replace(
            blank, next_model=found.model, next_day=found.day,
            days_from_end=(found.day - window.end).days if window.end else None,
            days_from_start=(found.day - window.start).days if window.start else None,
        )  # fmt: skip
    if day + datetime.timedelta(days=design.window) > last:
        return msgspec.structs.replace(
            blank, text=f"releases are on record to {last}, less than {design.window} days after it"
        )
    lag = (found.day - day).days if found is not None and found.day is not None else None
    near = 0.0 if lag is None else max(0.0, 1 - (lag - 1) / design.window)
    return msgspec.structs.replace(blank, counted=True, closeness=near)


def _near(events: Sequence[Release], window: Window, first: datetime.date, days: int, design: Design) -> Floats:
    return closeness(_days([e for e in events if _meets(e, window)], first), days, design.window)


def _meets(event: Release, window: Window) -> bool:
    """Whether an event can answer a campaign: by skill, where both name one."""
    return not event.skill or not window.skills or event.skill in window.skills


def _anchor(window: Window, design: Design) -> datetime.date:
    day = window.end if design.anchor == "end" else window.start
    assert day is not None, "only campaigns with a known anchor are judged"  # noqa: S101
    return day


def _by_provider(releases: Sequence[Release], first: datetime.date, last: datetime.date) -> Mapping[str, list[Release]]:
    """Dated events inside the record by provider; providers without any keep their place."""
    found: dict[str, list[Release]] = {release.provider: [] for release in releases}
    for release in releases:
        if release.day is not None and first <= release.day <= last:
            found[release.provider].append(release)
    return found


def _days(events: Sequence[Release], first: datetime.date) -> Days:
    return np.array(sorted({(event.day - first).days for event in events if event.day}), dtype=np.int64)


def _harvested(windows: Sequence[Window], releases: Sequence[Release], named: str | None) -> set[str]:
    taken = {model.casefold() for window in windows for model in window.harvested} | {(named or "").casefold()}
    return {r.provider for r in releases if r.model.casefold() in taken or r.provider.casefold() in taken}


def _interval(hits: int, of: int) -> tuple[float, float]:
    """Clopper-Pearson, 95 %, of the share of innocent providers that fit as well."""
    low = float(stats.beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def _cannot(
    suspect: str, own: str, design: Design, first: datetime.date | None, last: datetime.date | None,
    missing: tuple[str, ...], peers: int = 0, campaigns: tuple[FollowUp, ...] = (), providers: tuple[Pace, ...] = (),
    releases: tuple[Release, ...] = (),
) -> Timeline:  # fmt: skip
    return Timeline(
        suspect=suspect, provider=own, verdict="cannot judge",
        sentence="Cannot judge whether an innocent release would fit as well: " + " ".join(missing),
        window=design.window, anchor=design.anchor, first_day=first, last_day=last, level=LEVEL, peers=peers,
        campaigns=campaigns, providers=providers, releases=releases, missing=missing, limits=LIMITS,
    )  # fmt: skip
