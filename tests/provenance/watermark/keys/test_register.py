from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.keys import KeyName, Register, add_keys, change_state, read_register, rotate

Names = tuple[KeyName, ...]


def test_keys_keep_their_order_and_come_in_once(register: Register, names: Names, at: datetime) -> None:
    assert register.names == names and read_register(register.path) == register
    again = add_keys(register.path, [*reversed(names), names[0]], at)
    assert again == register and len(again) == len(names)
    assert {(one.marks, one.detects, one.counts, one.text) for one in again.standings} == {(True, True, True, "")}


def test_rotation_orphans_no_old_answer(register: Register, names: Names, at: datetime) -> None:
    later = at + timedelta(days=30)
    after = rotate(register.path, "2026-12", later)
    old, new = after.standings[: len(names)], after.standings[len(names) :]
    assert [one.name for one in old] == list(names)
    assert all(not one.marks and one.detects and one.counts and one.since == later for one in old)
    assert [one.name for one in new] == [msgspec.structs.replace(name, epoch="2026-12") for name in names]
    assert all(one.marks for one in new) and [one.added for one in old] == [at] * len(names)
    assert set(after.chosen()) == set(after.standings)
    with pytest.raises(BadSettings, match="Name a new epoch"):
        rotate(register.path, "2026-11", later)
    with pytest.raises(BadSettings, match="Name a new epoch"):
        rotate(register.path, "2026-12", later)
    assert read_register(register.path) == after


def test_only_one_cohort_rotates(register: Register, names: Names, at: datetime) -> None:
    after = rotate(register.path, "2026-12", at, names=names[1:2])
    assert [one.name for one in after.standings if not one.marks] == [names[1]]
    assert len(after) == len(names) + 1


def test_a_leaked_key_stays_and_counts_no_more(register: Register, names: Names, at: datetime) -> None:
    after = change_state(register.path, [names[2].id], "leaked", at, "seen on a forum")
    leaked = after.get(names[2].id)
    assert (leaked.marks, leaked.detects, leaked.counts, leaked.note) == (False, True, False, "seen on a forum")
    assert "not evidence" in leaked.text and "2026-11-20" in leaked.text
    assert leaked in after.chosen()
    with pytest.raises(BadInput, match="leaked and cannot become retired"):
        change_state(register.path, [names[2].id], "retired", at)
    gone = change_state(register.path, [names[2].id, names[3].id], "destroyed", at)
    assert {one.name for one in gone.standings} - {one.name for one in gone.chosen()} == {names[2], names[3]}
    assert not gone.get(names[3].id).counts and "nobody can test" in gone.get(names[3].id).text


def test_states_of_many_change_together_or_not_at_all(register: Register, names: Names, at: datetime) -> None:
    change_state(register.path, [names[0].id], "leaked", at)
    before = register.path.read_bytes()
    with pytest.raises(BadInput):
        change_state(register.path, [names[1].id, names[0].id], "retired", at)
    with pytest.raises(BadSettings, match="no key has this id"):
        change_state(register.path, [names[1].id, "nothing"], "leaked", at)
    assert register.path.read_bytes() == before
    change_state(register.path, [names[0].id, names[0].id], "leaked", at)  # said twice: nothing new
    assert register.path.read_bytes() == before


def test_keys_are_found_by_how_their_id_begins(register: Register, names: Names) -> None:
    assert register.get(names[1].id[:9]).name == names[1]
    for wrong in ("", "zz"):
        with pytest.raises(BadSettings, match="this id"):
            register.get(wrong)
    assert {one.name.account for one in register.chosen(level="account")} == {f"a{i}" for i in range(5)}
    assert [one.name for one in register.chosen(level="cohort", cohort="C-1", epoch="2026-11")] == [names[1]]
    assert register.chosen(scheme="gumbel:width=4") == ()


def test_a_register_that_is_not_there(tmp_path: Path, at: datetime) -> None:
    for act in (lambda: read_register(tmp_path / "no"), lambda: change_state(tmp_path / "no", ["x"], "leaked", at)):
        with pytest.raises(NothingToRead, match="no such register"):
            act()
    assert not (tmp_path / "no").exists()
    with pytest.raises(BadSettings, match="needs its zone"):
        add_keys(tmp_path / "no", [KeyName(provider="p", scheme="s", epoch="e")], datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda line: line.replace(b'"a0"', b'"a9"'), "not that of the name"),
        (lambda line: line.replace(b'"active"', b'"leaked"'), "comes in as active"),
        (lambda line: line.replace(b'"active"', b'"fine"'), "no key of a register"),
        (lambda line: line.replace(b"2026-11-20T10:00:00Z", b"2026-11-20T10:00:00"), "no zone"),
        (lambda line: line.replace(b'"version":1', b'"version":1,"more":2'), "no key of a register"),
        (lambda line: line.replace(b'"provider":"p"', b'"provider":""'), "provider is empty"),
        (lambda line: line[: len(line) // 2], "no key of a register"),
        (lambda line: b"", "no key of a register"),
        (lambda line: b"\xff\xfe" + line, "no key of a register"),
        (lambda line: line + b"\n" + line, "is active and cannot become active"),
    ],
)
def test_a_bad_line_is_named(register: Register, change: object, why: str, at: datetime) -> None:
    lines = register.path.read_bytes().split(b"\n")
    lines[2] = change(lines[2])  # type: ignore[operator]
    register.path.write_bytes(b"\n".join(lines))
    with pytest.raises(BadInput, match=rf"register.jsonl line [34]: .*{why}"):
        read_register(register.path)
    with pytest.raises(BadInput, match=why):
        add_keys(register.path, [KeyName(provider="p", scheme="s", epoch="e")], at)


def test_a_line_that_was_cut_off_is_never_written_after(register: Register, at: datetime) -> None:
    whole = register.path.read_bytes()
    register.path.write_bytes(whole[:-20])
    with pytest.raises(BadInput, match="line 7: was cut off"):
        add_keys(register.path, [KeyName(provider="p", scheme="s", epoch="e")], at)
    assert register.path.read_bytes() == whole[:-20]


def test_a_full_disk_leaves_the_register_as_it_was(
    register: Register, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = register.path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadSettings, match="as it was before"):
        rotate(register.path, "2026-12", at)
    assert register.path.read_bytes() == before


def add_some(path: Path, own: int, at: datetime) -> None:
    for i in range(20):
        add_keys(path, [KeyName(provider="p", scheme="s", epoch="e", cohort="c", account=f"{own}-{i}")], at)


def test_those_who_write_at_once_lose_nothing(tmp_path: Path, at: datetime) -> None:
    path = tmp_path / "register.jsonl"
    writers = [threading.Thread(target=add_some, args=(path, own, at)) for own in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(30)
    accounts = [name.account for name in read_register(path).names]
    assert len(accounts) == 60
    assert [a for a in accounts if a.startswith("0")] == [f"0-{i}" for i in range(20)]
