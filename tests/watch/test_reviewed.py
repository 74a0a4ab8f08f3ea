from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stillwatch.findings import Campaign
from stillwatch.watch.records import Verdict
from stillwatch.watch.reviewed import dismissal_of, with_review

Make = Callable[..., Campaign]
MEMBERS = [f"a{n}" for n in range(9)]


def verdict(campaign: str = "C-1", decision: str = "dismiss", **more: Any) -> Verdict:
    given: dict[str, Any] = {"look": 1, "exchanges_per_day": 100.0, "kinds": ("reasoning",), "judged": (), "spoke": ()}
    given |= {"accounts": tuple(MEMBERS), "reason": "A class of 9.", "by": "ann"}
    at = datetime(2026, 3, 4, tzinfo=UTC)
    return Verdict(campaign=campaign, verdict=decision, at=at, **{**given, **more})  # type: ignore[arg-type]


def test_a_dismissal_holds_while_nothing_changes(campaign: Make) -> None:
    found = dismissal_of("C-1", campaign("C-1"), MEMBERS, {"C-1": verdict()})
    assert found is not None and found.changes == ()
    shown = with_review(campaign("C-1"), found, verdict())
    assert shown.status == "declared"
    assert shown.verdict == "Dismissed by ann on 2026-03-04: A class of 9. It harvests."
    assert shown.review is not None and shown.review.by == "ann"


@pytest.mark.parametrize(
    ("change", "accounts", "said"),
    [
        ({"per_day": 200.0}, MEMBERS, "200 exchanges a day, 100 then"),
        ({"kinds": ("reasoning", "logits")}, MEMBERS, "it now takes logits"),
        ({}, [*MEMBERS, *"uvwxy"], "5 of its 14 accounts are new"),
    ],
)
def test_a_material_change_lifts_it(campaign: Make, change: dict[str, Any], accounts: list[str], said: str) -> None:
    now = campaign("C-1", **change)
    found = dismissal_of("C-1", now, accounts, {"C-1": verdict()})
    assert found is not None and len(found.changes) == 1
    shown = with_review(now, found, None)
    assert shown.status == "alert"
    assert f"Since then: {found.changes[0]}." in shown.verdict and said in shown.verdict


@pytest.mark.parametrize("accounts", [[*MEMBERS, *"uvwx"], MEMBERS[:3]])
def test_what_is_less_than_that_does_not(campaign: Make, accounts: list[str]) -> None:
    found = dismissal_of("C-1", campaign("C-1", per_day=199.0, kinds=()), accounts, {"C-1": verdict()})
    assert found is not None and found.changes == ()


def test_a_dismissal_follows_the_accounts(campaign: Make) -> None:
    held = {"C-1": verdict(), "C-2": verdict("C-2", accounts=("u", "v"))}
    assert dismissal_of("C-9", campaign("C-9"), [*MEMBERS, "u"], held) == dismissal_of(
        "C-9", campaign("C-9"), MEMBERS, held
    )
    assert dismissal_of("C-9", campaign("C-9"), [*MEMBERS[:3], *"pqrs"], held) is None
    assert dismissal_of("C-9", campaign("C-9"), ["p"], {}) is None


def test_what_was_confirmed_is_not_dismissed_by_its_accounts(campaign: Make) -> None:
    held = {"C-1": verdict(), "C-9": verdict("C-9", "confirm")}
    assert dismissal_of("C-9", campaign("C-9"), MEMBERS, held) is None
    shown = with_review(campaign("C-9"), None, held["C-9"])
    assert (shown.status, shown.verdict.split(" by ")[0]) == ("alert", "Confirmed")


def test_without_a_verdict_nothing_is_said(campaign: Make) -> None:
    assert with_review(campaign("C-1"), None, None) == campaign("C-1")
