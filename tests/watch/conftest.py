"""Campaigns and groups made by hand, and a scan that finds what it is told to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stillwatch.commits import Coverage
from stillwatch.findings import Campaign, Cost, Judgement, Link, Member
from stillwatch.outcome import Scan, members_table
from stillwatch.watch import look as look_module
from stillwatch.watch.aside import Aside
from stillwatch.watch.fold import Found
from stillwatch.watch.records import Known
from stillwatch.watch.spending import Allowance, microseconds

START = datetime(2026, 3, 2, tzinfo=UTC)


def make_campaign(name: str, *, days: float = 3.0, **more: Any) -> Campaign:
    """An alert by a single scan; its last exchange is `days` after the start of the log."""
    given: dict[str, Any] = {
        "status": "alert",
        "accounts": 0,
        "exchanges": 100,
        "tokens": None,
        "first_seen": START,
        "last_seen": START + timedelta(days=days),
        "p_value": 1e-40,
        "q_value": 1e-38,
        "harvest_log_lr": 12.0,
        "kinds": ("reasoning",),
        "reasons": (),
        "rivals": (),
        "targets": (),
        "cost": Cost(tokens=None, dollars=None, exchanges_per_day=more.pop("per_day", 100.0)),
        "verdict": "It harvests.",
    }
    codes = more.pop("codes", {"CT01": 4.0, "SH01": -0.5, "PC01": None})
    judged = tuple(
        Judgement(code=code, name=code, family="content", group_id=name, value=1.0, weight=weight)
        for code, weight in codes.items()
    )
    links = tuple(
        Link(channel=channel, group="task", value=value, share=1.0, base=0.0, weight=5.0)
        for channel, value in more.pop("links", ())
    )
    return Campaign(id=name, judgements=judged, links=links, **{**given, **more})


def members(*accounts: str) -> tuple[Member, ...]:
    return tuple(Member(account_id=account, probability=0.9) for account in accounts)


def make_known(name: str, accounts: Sequence[str] = (), **more: Any) -> Known:
    """A campaign of the first look."""
    given: dict[str, Any] = {
        "origin": "toolkit",
        "status": "review",
        "accounts": tuple(sorted(accounts)),
        "links": (),
        "first_look": 1,
        "last_look": 1,
    }
    return Known(id=name, **{**given, **more})


def make_found(*groups: tuple[Campaign, Sequence[str]], aside: Aside | None = None, days: float = 3.0) -> Found:
    """What a look's scan found, in a log of so many days."""
    return Found(
        campaigns=tuple(one for one, _ in groups),
        members={one.id: members(*accounts) for one, accounts in groups},
        aside=aside or Aside(()),
        last_us=microseconds(START + timedelta(days=days)),
    )


def make_allowance(days: float = 1.0, **more: float) -> Allowance:
    """What a look that adds so many days may spend, among five tests and two groups."""
    given = {"budget": 1.0, "months": days / 30.44, "tests": 5.0, "judged": 2.0, "judged_kernels": 50.0}
    return Allowance(**{**given, **more})


class FakeLake:
    """A lake of so many days, one chunk each."""

    def __init__(self, root: Path, days: int):
        self.root, self.count, self.duplicates = root, days, 0

    def chunks(self) -> frozenset[str]:
        return frozenset(f"chunk-{day}" for day in range(self.count))

    def coverage(self) -> Coverage:
        ends = START + timedelta(days=self.count)
        return Coverage(
            rows=100 * self.count,
            chunks=self.count,
            duplicates=self.duplicates,
            columns={},
            quarantined=0,
            faults=(),
            first=START,
            last=ends,
            days_held=self.count,
        )


FACTS = {"budget": {"allowed_here": 0.1, "p_cut": 0.01, "log_lr_cut": 3.0, "log_lr_cut_kernel": 6.0}}


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """`staged(days, groups)`: the lake has so many days, and a scan of it finds these groups (accounts by name)."""

    def stage(days: int, groups: Mapping[str, Sequence[str]], **more: Any) -> None:
        def scan(inputs: Sequence[Path], out: Path, *, also: Any, **options: Any) -> Scan:
            assert options["memory"] is not None and inputs
            rows = [(make_campaign(name, days=days, **more), accounts) for name, accounts in groups.items()]
            table = members_table({c.id: _Group(accounts) for c, accounts in rows}, tuple(c for c, _ in rows))  # type: ignore[misc]
            (out / "campaigns.json").write_bytes(b"[]")
            return Scan(
                tuple(c for c, _ in rows),
                table,
                FACTS | {"read": {"first": START, "last": START + timedelta(days=days), "days_held": days}},
            )

        monkeypatch.setattr(look_module, "scan", scan)
        monkeypatch.setattr(look_module, "Lake", _Opener(FakeLake(tmp_path, days)))

    return stage


class _Opener:
    def __init__(self, lake: FakeLake):
        self.open = lambda _: lake


class _Group:
    def __init__(self, accounts: Sequence[str]):
        self.members = members(*accounts)


@pytest.fixture
def campaign() -> Callable[..., Campaign]:
    """`campaign(name, **fields)`."""
    return make_campaign


@pytest.fixture
def known() -> Callable[..., Known]:
    """`known(name, accounts, **fields)`."""
    return make_known


@pytest.fixture
def found() -> Callable[..., Found]:
    """`found((campaign, accounts), …)`."""
    return make_found


@pytest.fixture
def allowance() -> Callable[..., Allowance]:
    """`allowance(days, **fields)`."""
    return make_allowance
