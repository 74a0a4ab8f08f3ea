from __future__ import annotations

import os
import random
import signal
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from stillwatch.config import Settings
from stillwatch.errors import BadLake
from stillwatch.findings import Campaign
from stillwatch.ingest import ingest
from stillwatch.lake import Lake
from stillwatch.outcome import read_campaigns, read_facts
from stillwatch.watch import look as look_module
from stillwatch.watch.look import take_look
from stillwatch.watch.store import Store
from stillwatch.watch.verdicts import give_verdict

Stage = Callable[..., None]
AT = datetime(2026, 3, 4, tzinfo=UTC)
# What the lake finds on each day: growth, a merger, a split, a campaign that goes and one that comes.
DAYS = [
    {"n1": "abc", "n2": "xyz"},
    {"n3": "abcd", "n4": "uxyz"},
    {"n5": "abcduxyz"},
    {"n6": "abcd", "n7": "uxyz"},
    {"n6": "abcd", "n8": "123"},
    {"n6": "abcde", "n7": "uxyz", "n8": "123"},
]


def ids(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in pq.read_table(folder / "members.parquet").to_pylist():
        found.setdefault(row["campaign_id"], set()).add(row["account_id"])
    return found


def tree(root: Path) -> dict[str, bytes]:
    """All that a look leaves."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def watch_all(stage: Stage, lake: Path, state: Path) -> None:
    """Every day that was not looked at yet."""
    done = Store(state).state()
    for day in range(done.look if done else 0, len(DAYS)):
        stage(day + 1, DAYS[day])
        take_look(lake, state)


def test_looks_tell_the_story_of_the_days(staged: Stage, tmp_path: Path) -> None:
    state = tmp_path / "state"
    told = []
    for day, groups in enumerate(DAYS, start=1):
        staged(day, groups)
        look = take_look(tmp_path, state)
        told.append({(change.kind, change.campaign) for change in look.changes})
        assert (look.look, look.taken, look.new_chunks, look.days_spent) == (day, True, 1, 1.0)
        assert {frozenset(accounts) for accounts in groups.values()} == {
            frozenset(a) for a in ids(state / look.results).values()
        }
    split = next(name for kind, name in told[3] if kind == "split")
    assert told == [
        {("new", "n1"), ("new", "n2"), ("alert", "n1"), ("alert", "n2")},
        {("grown", "n1"), ("grown", "n2")},
        {("merged", "n2"), ("grown", "n1")},
        {("split", split), ("alert", split)},
        {("gone", split), ("new", "n8"), ("alert", "n8")},
        {("grown", "n1"), ("back", split)},
    ]
    assert ids(state / "looks" / "000006") == {"n1": set("abcde"), split: set("uxyz"), "n8": set("123")}
    facts = read_facts(state / "looks" / "000006")
    assert facts["watch"]["look"] == 6
    assert len(list((state / "history").iterdir())) == 6


def test_a_look_is_taken_when_something_is_new(staged: Stage, tmp_path: Path) -> None:
    state = tmp_path / "state"

    def look(**options: Any) -> tuple[int, bool]:
        found = take_look(tmp_path, state, **options)
        return found.look, found.taken

    staged(1, {"n1": "abc"})
    assert look() == (1, True)
    assert look() == (1, False)
    assert look(settings=Settings(threads=1)) == (1, False)  # how fast, not what is found
    staged(2, {"n1": "abc"})
    assert look() == (2, True)
    give_verdict(state, "n1", "dismiss", reason="a class", by="ann", at=AT)
    assert look() == (3, True)
    assert look(settings=Settings(budget=0.5)) == (4, True)
    (tmp_path / "contracts.parquet").write_bytes(b"new rows")
    assert look(settings=Settings(budget=0.5)) == (5, True)


def test_duplicates_found_when_the_ingest_ended_are_something_new(
    staged: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged(1, {"n1": "abc"})
    assert take_look(tmp_path, tmp_path / "state").taken
    monkeypatch.setattr(look_module.Lake.open(tmp_path), "duplicates", 7)
    assert take_look(tmp_path, tmp_path / "state").taken
    assert not take_look(tmp_path, tmp_path / "state").taken


def test_a_verdict_is_shown_and_counts_from_the_next_look_on(staged: Stage, tmp_path: Path) -> None:
    state = tmp_path / "state"
    staged(1, {"n1": "abc", "n2": "xyz"})
    take_look(tmp_path, state)
    give_verdict(state, "n1", "dismiss", reason="a class of three", by="ann", at=AT)
    look = take_look(tmp_path, state)
    assert (look.alerts, look.declared) == (1, 1)
    shown = {campaign.id: campaign for campaign in read_campaigns(state / look.results)}
    assert shown["n1"].status == "declared" and "a class of three" in shown["n1"].verdict
    assert shown["n1"].review is not None and shown["n2"].review is None
    assert [row["code"] for row in look.reliability] == ["CT01"]
    staged(2, {"n1": "abc", "n2": "xyz"}, per_day=1000.0)
    again = take_look(tmp_path, state)
    assert [(change.kind, change.campaign) for change in again.changes] == [("outgrown", "n1")]
    assert (again.alerts, again.declared) == (2, 0)


def test_a_report_that_fails_leaves_the_last_look(staged: Stage, tmp_path: Path) -> None:
    state = tmp_path / "state"
    staged(1, {"n1": "abc"})
    take_look(tmp_path, state)
    before = tree(state)

    def broken(folder: Path, campaigns: Any, facts: Any) -> None:
        assert [campaign.id for campaign in campaigns] == ["n1"] and facts["watch"]["look"] == 2
        raise OSError("disk full")

    staged(2, {"n1": "abcd"})
    with pytest.raises(OSError, match="disk full"):
        take_look(tmp_path, state, report=broken)
    assert take_look(tmp_path, state, report=lambda *_: None).look == 2
    assert Store(state).state() != msgspec.json.decode(before["looks/000001/known.json"])


def test_killed_at_random_moments_it_ends_as_the_undisturbed_watch(staged: Stage, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    watch_all(staged, tmp_path / "lake", tmp_path / "calm")
    dice = random.Random(3)
    kills, state = 0, tmp_path / "killed"
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer Pythons warn that a process with threads forks
            child = os.fork()
        if child == 0:
            try:
                watch_all(staged, tmp_path / "lake", state)
            finally:
                os._exit(0)
        time.sleep(dice.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
        if os.WIFEXITED(os.waitpid(child, 0)[1]):
            break
        kills += 1
        if kills % 10 == 0:
            watch_all(staged, tmp_path / "lake", state)  # on a slow machine no child would ever end
    watch_all(staged, tmp_path / "lake", state)
    with Store.watching(state):
        pass
    assert tree(state) == tree(tmp_path / "calm")
    assert kills >= 1


def test_an_empty_lake_has_nothing_to_tell(tmp_path: Path) -> None:
    Lake.create_or_open(tmp_path / "lake")
    look = take_look(tmp_path / "lake", tmp_path / "state", settings=Settings(threads=1, memory="1GB"))
    assert (look.look, look.exchanges, look.log_ends, look.changes) == (1, 0, None, ())
    assert take_look(tmp_path / "lake", tmp_path / "state", settings=Settings(threads=2)).taken is False


def test_what_is_no_lake_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadLake):
        take_look(tmp_path / "nothing", tmp_path / "state")
    assert Store(tmp_path / "state").state() is None


def comparable(folder: Path) -> list[tuple[Any, ...]]:
    """Campaigns without their names and without what the spending decides."""

    def facts(campaign: Campaign) -> tuple[Any, ...]:
        left_out = {"id": "", "status": "alert", "verdict": "", "judgements": ()}
        same = msgspec.structs.replace(campaign, **left_out)
        judged = [(j.code, j.value, j.p_value, j.weight, j.text) for j in campaign.judgements]
        return msgspec.json.encode(same), judged

    table = pq.read_table(folder / "members.parquet").to_pylist()
    return sorted(
        (
            sorted((row["account_id"], row["probability"]) for row in table if row["campaign_id"] == campaign.id),
            *facts(campaign),
        )
        for campaign in read_campaigns(folder)
    )


def halves(day: Path, folder: Path) -> list[Path]:
    """One day of a world in two folders: every other exchange."""
    for part in (0, 1):
        for path in sorted(day.glob("*.parquet")):
            rows = pq.read_table(path, partitioning=None)
            target = folder / str(part) / "exchanges" / day.name
            target.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows.take(list(range(part, rows.num_rows, 2))), target / path.name)
    return [folder / "0", folder / "1"]


@pytest.mark.acceptance
def test_watching_day_by_day_ends_as_one_cold_scan(
    ring_world: Any, ring_scan: Path, ring: frozenset[str], settings: Settings, tmp_path: Path
) -> None:
    """Seven days in two looks; half of the third day comes last, after days that are later."""
    lake, state = tmp_path / "lake", tmp_path / "state"
    tables = sorted(ring_world.path.glob("*.parquet"))
    days = sorted((ring_world.path / "exchanges").iterdir())
    early, late = halves(days[2], tmp_path / "third")
    looks = []
    for some in ([*days[:2], early, *days[3:6]], [*days[6:], late]):
        ingest([*tables, *some], lake, forget_text=True, settings=settings)
        looks.append(take_look(lake, state, settings=settings))
    assert comparable(state / looks[-1].results) == comparable(ring_scan)
    assert looks[-1].days_spent == pytest.approx(1.0, abs=0.1) and looks[-1].new_chunks >= 2
    assert sum(look.days_spent for look in looks) == pytest.approx(looks[-1].log_days, abs=1e-5)
    name, members = max(ids(state / looks[-1].results).items(), key=lambda pair: len(pair[1] & ring))
    assert len(members & ring) > 0.9 * len(ring)
    known = {one.id: one for one in Store(state).state().campaigns}  # type: ignore[union-attr]
    assert known[name].toolkits and known[name].first_look == 1
    assert take_look(lake, state, settings=settings).taken is False
