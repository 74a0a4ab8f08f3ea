from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stillwatch.errors import BadSettings, BadState
from stillwatch.findings import Toolkit, ToolkitTrait
from stillwatch.watch.records import Look, Seen, State, Verdict
from stillwatch.watch.store import VERSION, Store
from stillwatch.watch.verdicts import give_verdict, in_force, memory_of, read_verdicts, reliability, review_of

Make = Callable[..., Any]
AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def state(*campaigns: Any, look: int = 4) -> State:
    return State(stillwatch_watch=VERSION, look=look, seen=Seen(), log_days=1.0, last_us=0, campaigns=tuple(campaigns))


@pytest.fixture
def folder(tmp_path: Path, known: Make) -> Path:
    """A watch's folder with two campaigns, one of them closed."""
    described = {"exchanges_per_day": 50.0, "kinds": ("logits",), "judged": ("S1", "S2"), "spoke": ("S1",)}
    kept = state(known("C-1", "abc", **described), known("C-2", "xy", merged_into="C-1"))
    look = Look(
        look=4, taken=True, new_chunks=0, exchanges=0, log_ends=None, log_days=0.0, days_spent=0.0, alerts=0,
        reviews=0, declared=0, changes=(), reliability=(), results="looks/000004",
    )  # fmt: skip
    with Store.watching(tmp_path / "state") as store:
        store.commit(store.draft(4), kept, look)
    return tmp_path / "state"


def given(campaign: str, verdict: str, accounts: str, **more: Any) -> Verdict:
    about: dict[str, Any] = {"reason": "r", "by": "ann", "at": AT, "look": 1, "exchanges_per_day": 1.0, "kinds": ()}
    about |= {"judged": (), "spoke": ()}
    return Verdict(campaign=campaign, verdict=verdict, accounts=tuple(accounts), **{**about, **more})  # type: ignore[arg-type]


def test_a_verdict_keeps_who_when_why_and_what_it_was_about(folder: Path) -> None:
    made = give_verdict(folder, "C-1", "dismiss", reason="  a class\n of 40 ", by="Ann", at=AT)
    assert read_verdicts(folder) == (made,)
    assert (made.reason, made.by, made.at, made.look) == ("a class of 40", "Ann", AT, 4)
    assert (made.accounts, made.exchanges_per_day, made.kinds) == (tuple("abc"), 50.0, ("logits",))
    assert (made.judged, made.spoke) == (("S1", "S2"), ("S1",))
    assert review_of(made).reason == "a class of 40"


def test_the_file_is_only_added_to(folder: Path) -> None:
    give_verdict(folder, "C-1", "dismiss", reason="a class", by="ann", at=AT)
    before = (folder / "verdicts.jsonl").read_bytes()
    give_verdict(folder, "C-1", "confirm", reason="no class", by="bob", at=AT)
    assert (folder / "verdicts.jsonl").read_bytes().startswith(before)
    assert [one.verdict for one in read_verdicts(folder)] == ["dismiss", "confirm"]
    assert next(iter(in_force(read_verdicts(folder)).values())).by == "bob"


def test_a_line_that_a_kill_cut_off_never_was_a_verdict(folder: Path) -> None:
    give_verdict(folder, "C-1", "dismiss", reason="a class", by="ann", at=AT)
    with (folder / "verdicts.jsonl").open("ab") as file:
        file.write(b'{"campaign":"C-1","verd')
    assert len(read_verdicts(folder)) == 1
    give_verdict(folder, "C-1", "confirm", reason="no class", by="bob", at=AT)
    assert [one.by for one in read_verdicts(folder)] == ["ann", "bob"]


def test_what_somebody_wrote_into_the_file_is_no_verdict(folder: Path) -> None:
    (folder / "verdicts.jsonl").write_bytes(b"C-1 is fine\n")
    with pytest.raises(BadState, match=r"verdicts\.jsonl:1"):
        read_verdicts(folder)


def test_reviewers_do_not_overwrite_each_other(folder: Path) -> None:
    def decide(name: int) -> None:
        give_verdict(folder, "C-1", "confirm", reason=f"reason {name}", by=f"r{name}", at=AT)

    threads = [threading.Thread(target=decide, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.by for one in read_verdicts(folder)) == [f"r{name}" for name in range(8)]


@pytest.mark.parametrize(
    ("campaign", "reason", "by", "said"),
    [
        ("C-9", "r", "a", "no campaign C-9"),
        ("C-2", "r", "a", "merged into C-1"),
        ("C-1", " \n", "a", "reason"),
        ("C-1", "r", "", "name"),
    ],
)
def test_a_verdict_on_nothing_is_refused(folder: Path, campaign: str, reason: str, by: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        give_verdict(folder, campaign, "dismiss", reason=reason, by=by)
    assert not (folder / "verdicts.jsonl").exists()


def test_no_watch_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(BadState, match="no finished look"):
        give_verdict(tmp_path, "C-1", "dismiss", reason="r", by="ann")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough


def test_memory_is_what_holds_now() -> None:
    rows = [
        given("C-1", "dismiss", "ab"),
        given("C-2", "confirm", "cd"),
        given("C-3", "dismiss", "ef"),
        given("C-3", "confirm", "ef"),
        given("C-4", "dismiss", "dg"),  # d was confirmed with C-2 before: the later verdict holds
    ]
    memory = memory_of(None, rows)
    assert memory.dismissed == (("a", "b"), ("d", "g"))
    assert memory.confirmed == ("c", "e", "f")
    assert memory.toolkits == ()


def test_what_outgrew_its_dismissal_is_not_vouched_for_until_it_is_judged_again(known: Make) -> None:
    kept = state(known("C-1", "ab", changed=3), known("C-2", "cd"))
    rows = [given("C-1", "dismiss", "ab", look=2), given("C-2", "dismiss", "cd", look=2)]
    assert memory_of(kept, rows).dismissed == (("c", "d"),)
    assert memory_of(kept, [*rows, given("C-1", "dismiss", "ab", look=3)]).dismissed == (("a", "b"), ("c", "d"))


def test_known_toolkits_are_starting_points_but_for_closed_campaigns(known: Make) -> None:
    kit = (Toolkit(half=0, traits=(ToolkitTrait(channel="stack", value="7", weight=3.0),)),)
    kept = state(known("C-1", "ab", toolkits=kit), known("C-2", "cd", toolkits=kit, merged_into="C-1"))
    assert memory_of(kept, ()).toolkits == kit


def test_reliability_counts_one_verdict_a_campaign() -> None:
    rows = [
        given("C-1", "dismiss", "a", spoke=("S1", "S2")),
        given("C-1", "confirm", "a", spoke=("S1", "S2")),
        given("C-2", "dismiss", "b", spoke=("S1",)),
        given("C-3", "confirm", "c", spoke=("S1",), judged=("S1", "S3")),
    ]
    one, two = reliability(rows)
    assert one == {"code": "S1", "confirmed": 2, "dismissed": 1, "mean": 0.6, "low": one["low"], "high": one["high"]}
    assert 0 < float(one["low"]) < 0.6 < float(one["high"]) < 1
    # Beta(2, 1) has the distribution function x^2.
    assert (two["code"], two["low"], two["high"]) == ("S2", round(0.025**0.5, 4), round(0.975**0.5, 4))
    assert reliability([]) == ()
