from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stillwatch import commits
from stillwatch.errors import BadState
from stillwatch.watch import store as store_module
from stillwatch.watch.records import Look, Seen, State
from stillwatch.watch.store import VERSION, Store


def state(look: int) -> State:
    return State(stillwatch_watch=VERSION, look=look, seen=Seen(verdicts=look), log_days=1.0, last_us=0, campaigns=())


def told(look: int) -> Look:
    return Look(
        look=look, taken=True, new_chunks=1, exchanges=1, log_ends=datetime(2026, 3, 2, tzinfo=UTC), log_days=1.0,
        days_spent=1.0, alerts=0, reviews=0, declared=0, changes=(), reliability=(), results=f"looks/{look:06d}",
    )  # fmt: skip


def take(root: Path) -> None:
    """The next look, as `take_look` does it."""
    with Store.watching(root) as store:
        before = store.state()
        number = before.look + 1 if before else 1
        draft = store.draft(number)
        (draft / "campaigns.json").write_text(f"look {number}")
        store.commit(draft, state(number), told(number))


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_look_is_kept_whole_and_the_one_before_goes(tmp_path: Path) -> None:
    for _ in range(3):
        take(tmp_path / "s")
    assert sorted(tree(tmp_path / "s")) == [
        "current", "history/000001.json", "history/000002.json", "history/000003.json",
        "looks/000003/campaigns.json", "looks/000003/known.json", "watch.lock",
    ]  # fmt: skip
    kept = Store.open(tmp_path / "s")
    assert kept.state() == state(3)
    assert kept.folder == tmp_path / "s" / "looks" / "000003"


class Killed(BaseException):
    """Ends a run as a kill would: nothing is tidied up."""


def test_whatever_moment_a_kill_comes_the_look_happened_or_it_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dies before each step that touches the disk, in turn, and goes on: the end is the undisturbed one's."""
    calm = tmp_path / "calm"
    for _ in range(2):
        take(calm)
    left = [0]

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return step(*given, **named)

        return run

    for owner, name in (
        (os, "fsync"),
        (Path, "replace"),
        (Path, "write_bytes"),
        (Path, "write_text"),
        (Path, "mkdir"),
        (Path, "unlink"),
    ):
        monkeypatch.setattr(owner, name, dying(getattr(owner, name)))
    monkeypatch.setattr(store_module.shutil, "rmtree", dying(shutil.rmtree))
    assert commits.os is os
    deaths = 0
    while True:
        root = tmp_path / f"dies-{deaths}"
        left[0] = deaths + 1
        died = False
        while True:
            done = Store(root).state()
            if done is not None and done.look == 2:
                break
            try:
                take(root)
            except Killed:
                died = True
        if not died:
            break
        left[0] = -1
        with Store.watching(root):
            pass  # what the last run could not tidy up, the next one does
        assert tree(root) == tree(calm), f"died before step {deaths + 1}"
        deaths += 1
    assert deaths > 25


def test_a_half_made_draft_and_a_nameless_look_are_swept(tmp_path: Path) -> None:
    take(tmp_path)
    (tmp_path / "looks" / ".000002").mkdir()
    (tmp_path / "looks" / "000002").mkdir()
    (tmp_path / "history" / "000002.json").write_text("{}")
    (tmp_path / "history" / "000002.json.tmp").write_text("{}")
    with Store.watching(tmp_path) as store:
        assert store.state() == state(1)
    assert sorted(path.name for path in (tmp_path / "looks").iterdir()) == ["000001"]
    assert sorted(path.name for path in (tmp_path / "history").iterdir()) == ["000001.json"]


def test_two_watches_do_not_share_a_folder(tmp_path: Path) -> None:
    with Store.watching(tmp_path), pytest.raises(BadState, match="another watch"), Store.watching(tmp_path):
        pass


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(BadState, match=r"thesis\.tex"), Store.watching(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(BadState, match="a file"), Store.watching(tmp_path / "thesis.tex"):
        pass


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadState, match="no finished look"):
        Store.open(tmp_path)
    take(tmp_path)
    path = tmp_path / "looks" / "000001" / "known.json"
    path.write_bytes(path.read_bytes().replace(b'"stillwatch_watch":1', b'"stillwatch_watch":9'))
    with pytest.raises(BadState, match="version 9"):
        Store.open(tmp_path).state()
    path.write_bytes(b"{")
    with pytest.raises(BadState, match="damaged"):
        Store.open(tmp_path).state()
    path.unlink()
    with pytest.raises(BadState, match="missing"):
        Store.open(tmp_path).state()
