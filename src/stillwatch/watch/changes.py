"""What is different since the last look, each change in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.watch.fold import Folded
from stillwatch.watch.records import Change, Known

__all__ = ["changes"]

_NAMED = {"alert": "an alert", "review": "a review", "declared": "declared"}


def changes(before: Sequence[Known], folded: Folded, look: int) -> tuple[Change, ...]:
    """Alerts first, then the rest by campaign. Campaigns that are as they were are not mentioned."""
    was = {one.id: one for one in before}
    told: list[Change] = []
    for now in folded.known:
        told += _of_one(now, was.get(now.id), folded, look)
    return tuple(sorted(told, key=lambda change: change.kind != "alert"))


def _of_one(now: Known, was: Known | None, folded: Folded, look: int) -> list[Change]:
    found = now.last_look == look
    told = []
    other = found and was is not None and now.status != was.status and look not in (now.raised, now.changed)
    again = other and now.status == "alert"
    if now.raised == look or again:
        text = f"{now.id} is an alert{' again' * again}: {len(now.accounts):,} accounts."
        told.append(Change(kind="alert", campaign=now.id, text=text))
    if was is None:
        return [*told, *_born(now)]
    joined = tuple(sorted(set(now.accounts) - set(was.accounts)))
    if found and joined:
        text = f"{now.id} has {len(joined):,} new member{'s' * (len(joined) > 1)}, {len(now.accounts):,} in all."
        told.append(Change(kind="grown", campaign=now.id, text=text, accounts=joined))
    if now.merged_into is not None and was.merged_into is None:
        text = f"{now.id} was merged into {now.merged_into}."
        told.append(Change(kind="merged", campaign=now.id, text=text, other=now.merged_into))
    elif not found and was.last_look == look - 1:
        told.append(Change(kind="gone", campaign=now.id, text=f"{now.id} is no longer found."))
    if found and was.last_look < look - 1:
        told.append(Change(kind="back", campaign=now.id, text=f"{now.id} is found again, after look {was.last_look}."))
    elif found and now.quiet and not was.quiet:
        told.append(Change(kind="quiet", campaign=now.id, text=f"{now.id} went quiet: no exchange for two days."))
    elif found and was.quiet and not now.quiet:
        told.append(Change(kind="back", campaign=now.id, text=f"{now.id} is active again."))
    if other and not again:
        text = f"{now.id} is {_NAMED[now.status]} now; it was {_NAMED[was.status]}."
        told.append(Change(kind="status", campaign=now.id, text=text))
    if now.changed == look:
        campaign = next(one for one in folded.campaigns if one.id == now.id)
        told.append(Change(kind="outgrown", campaign=now.id, text=f"{now.id}: {campaign.verdict}"))
    return told


def _born(now: Known) -> list[Change]:
    size = f"{len(now.accounts):,} accounts, {now.status}"
    if now.replaces is not None:
        text = f"{now.id} is new ({size}): accounts that show the toolkit of {now.replaces}, which was stopped."
        return [Change(kind="replaced", campaign=now.id, text=text, other=now.replaces, accounts=now.accounts)]
    if now.split_from is not None:
        text = f"{now.id} is new ({size}): it split from {now.split_from}."
        return [Change(kind="split", campaign=now.id, text=text, other=now.split_from)]
    return [Change(kind="new", campaign=now.id, text=f"{now.id} is new ({size}).")]
