from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stillwatch.watch.changes import changes
from stillwatch.watch.fold import Folded
from stillwatch.watch.lineage import Lineage

Make = Callable[..., Any]


def told(before: list[Any], after: list[Any], campaigns: tuple[Any, ...] = ()) -> list[tuple[str, str]]:
    folded = Folded(tuple(after), campaigns, {}, Lineage(()))
    return [(change.kind, change.campaign) for change in changes(before, folded, 5)]


def test_what_is_as_it_was_is_not_mentioned(known: Make) -> None:
    assert told([known("C-1", "ab", last_look=4)], [known("C-1", "ab", last_look=5)]) == []
    assert told([known("C-1", "ab", last_look=2)], [known("C-1", "ab", last_look=2)]) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, {}, "new"),
        (None, {"split_from": "C-2"}, "split"),
        (None, {"replaces": "C-2"}, "replaced"),
        ({}, {"accounts": ("a", "b", "c")}, "grown"),
        ({}, {"merged_into": "C-2", "last_look": 4}, "merged"),
        ({}, {"last_look": 4}, "gone"),
        ({"last_look": 2}, {}, "back"),
        ({"quiet": True}, {}, "back"),
        ({}, {"quiet": True}, "quiet"),
        ({}, {"raised": 5}, "alert"),
        ({"status": "review"}, {"status": "alert", "raised": 5}, "alert"),
        ({"status": "review", "raised": 2}, {"status": "alert", "raised": 2}, "alert"),
        ({"status": "alert", "raised": 2}, {"status": "declared", "raised": 2}, "status"),
        ({"status": "declared"}, {"status": "review"}, "status"),
    ],
)
def test_each_change_is_told_once(known: Make, before: dict[str, Any] | None, after: dict[str, Any], kind: str) -> None:
    was = [known("C-1", **{"accounts": "ab", "last_look": 4} | before)] if before is not None else []
    assert told(was, [known("C-1", **{"accounts": "ab", "last_look": 5} | after)]) == [(kind, "C-1")]


def test_alerts_come_first_and_joiners_are_named_as_data(known: Make) -> None:
    before = [known("C-1", "ab", last_look=4), known("C-2", "xy", last_look=4)]
    after = [known("C-1", "abc", last_look=5), known("C-2", "xy", last_look=5, raised=5)]
    folded = Folded(tuple(after), (), {}, Lineage(()))
    alert, grown = changes(before, folded, 5)
    assert (alert.kind, alert.campaign) == ("alert", "C-2")
    assert grown.accounts == ("c",)
    assert grown.text == "C-1 has 1 new member, 3 in all."


def test_an_outgrown_dismissal_says_why(known: Make, campaign: Make) -> None:
    shown = campaign("C-1", verdict="Dismissed by ann on 2026-03-04: a class. Since then: it now takes logits.")
    assert told([known("C-1", "ab", last_look=4)], [known("C-1", "ab", last_look=5, changed=5)], (shown,)) == [
        ("outgrown", "C-1")
    ]
