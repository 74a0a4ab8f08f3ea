"""Verdicts: what reviewers decided, in a file that is only added to; and what follows from it.

A dismissed campaign's accounts count as honest tenants again, and together as one company; a confirmed one's accounts
count as honest nowhere. Of several verdicts on one campaign the last one holds; an account that stands under two
campaigns goes by the later verdict.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from scipy import stats

from stillwatch.errors import BadSettings, BadState
from stillwatch.findings import Memory, Review
from stillwatch.watch.records import Known, State, Verdict
from stillwatch.watch.store import Store

__all__ = ["give_verdict", "in_force", "memory_of", "read_verdicts", "reliability", "review_of"]

LONGEST = 2000
FILE = "verdicts.jsonl"


def read_verdicts(state: Path) -> tuple[Verdict, ...]:
    """All verdicts, oldest first. A last line without its end was cut off by a kill and never was a verdict."""
    path = state / FILE
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return ()
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(msgspec.json.decode(line, type=Verdict))
        except msgspec.MsgspecError:
            raise BadState(f"{path}:{number}: not a verdict. Restore the file; nothing may be changed in it.") from None
    return tuple(found)


def give_verdict(
    folder: Path,
    campaign: str,
    verdict: Literal["confirm", "dismiss"],
    *,
    reason: str,
    by: str,
    at: datetime | None = None,
) -> Verdict:
    """Add one verdict on a campaign of the last look; it is on disk when this returns. Takes effect at the next look.

    Raises BadSettings where there is no such campaign, or no reason; BadState where the folder holds no watch.
    """
    reason, by = " ".join(reason.split())[:LONGEST], " ".join(by.split())[:200]
    if not reason or not by:
        raise BadSettings("a verdict needs a reason and a name. Give --reason TEXT and --by NAME.")
    state = Store.open(folder).state()
    known = _named(state, folder, campaign)
    given = Verdict(
        campaign=known.id,
        verdict=verdict,
        reason=reason,
        by=by,
        at=at or datetime.now(UTC),
        look=state.look if state else 0,
        exchanges_per_day=known.exchanges_per_day,
        kinds=known.kinds,
        judged=known.judged,
        spoke=known.spoke,
        accounts=known.accounts,
    )
    _append(folder / FILE, msgspec.json.encode(given) + b"\n")
    return given


def _named(state: State | None, folder: Path, campaign: str) -> Known:
    known = next((one for one in state.campaigns if one.id == campaign), None) if state else None
    if known is None:
        raise BadSettings(f"{folder}: no campaign {campaign} here. `stillwatch watch` lists them.")
    if known.merged_into is not None:
        raise BadSettings(f"{campaign}: merged into {known.merged_into}. Give the verdict on that one.")
    return known


def _append(path: Path, line: bytes) -> None:
    with closing(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = file.read()
        file.truncate(whole.rfind(b"\n") + 1)  # what a killed run had begun to write was never acknowledged
        file.seek(0, os.SEEK_END)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def in_force(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """The verdict that holds, by campaign, in the order in which they were given."""
    held: dict[str, Verdict] = {}
    for one in verdicts:
        held.pop(one.campaign, None)
        held[one.campaign] = one
    return held


def memory_of(state: State | None, verdicts: Sequence[Verdict]) -> Memory:
    """What a look passes to its scan. Accounts of a campaign that outgrew its dismissal are not vouched for."""
    campaigns = state.campaigns if state else ()
    outgrown = {account: one.changed for one in campaigns if one.changed is not None for account in one.accounts}
    last: dict[str, Verdict] = {}
    for verdict in in_force(verdicts).values():
        last |= dict.fromkeys(verdict.accounts, verdict)
    dismissed: dict[str, list[str]] = {}
    confirmed = []
    for account, verdict in sorted(last.items()):
        if verdict.verdict == "confirm":
            confirmed.append(account)
        elif outgrown.get(account, 0) <= verdict.look:
            dismissed.setdefault(verdict.campaign, []).append(account)
    toolkits = (toolkit for one in campaigns if one.merged_into is None for toolkit in one.toolkits)
    return Memory(
        toolkits=tuple(toolkits),
        dismissed=tuple(tuple(accounts) for _, accounts in sorted(dismissed.items())),
        confirmed=tuple(confirmed),
    )


def review_of(verdict: Verdict) -> Review:
    """The part of a verdict that a campaign carries."""
    return Review(verdict=verdict.verdict, reason=verdict.reason, by=verdict.by, at=verdict.at)


def reliability(verdicts: Sequence[Verdict]) -> tuple[dict[str, str | int | float], ...]:
    """By signal: how many campaigns it spoke for were confirmed and dismissed, mean and 95 % interval from Beta(1, 1).

    Counts one verdict a campaign, the one in force. Signals that spoke for none are left out. It describes campaigns
    that reviewers were shown, which the signals helped to choose: it is no error rate among all accounts.
    """
    rows = []
    held = list(in_force(verdicts).values())
    for code in sorted({code for one in held for code in one.spoke}):
        right = sum(one.verdict == "confirm" for one in held if code in one.spoke)
        wrong = sum(one.verdict == "dismiss" for one in held if code in one.spoke)
        low, high = stats.beta.ppf([0.025, 0.975], 1 + right, 1 + wrong)
        row: dict[str, str | int | float] = {"code": code, "confirmed": right, "dismissed": wrong}
        row |= {"mean": round((1 + right) / (2 + right + wrong), 4)}
        rows.append(row | {"low": round(float(low), 4), "high": round(float(high), 4)})
    return tuple(rows)
