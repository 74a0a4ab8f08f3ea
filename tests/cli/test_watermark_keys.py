from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stillwatch import pipeline
from stillwatch.provenance.watermark.keys import read_register

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
KEYS = ("watermark", "keys")
COMMON = ("--provider", "p", "--epoch", "2026-11")


@pytest.fixture
def told(run: Run, capsys: Capture) -> Callable[..., Any]:
    """`told(*arguments)` runs the command with --json and returns what it printed."""

    def ask(*arguments: object) -> Any:
        assert run(*KEYS, *arguments, "--json") == 0
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def register(tmp_path: Path, run: Run, capsys: Capture) -> Path:
    """A cohort's key and those of two accounts."""
    path = tmp_path / "keys.jsonl"
    assert run(*KEYS, "add", path, *COMMON, "--scheme", "gumbel:width=4", "--cohort", "ordinary") == 0
    (tmp_path / "accounts.txt").write_text("a1\n\n  a2 \r\n")
    more = ("--scheme", "kgw:width=1", "--cohort", "C-1", "--accounts", tmp_path / "accounts.txt")
    assert run(*KEYS, "add", path, *COMMON, *more) == 0
    capsys.readouterr()
    return path


def test_a_master_is_made_once_and_never_shown(tmp_path: Path, run: Run, capsys: Capture) -> None:
    path = tmp_path / "master.key"
    assert run(*KEYS, "new", path) == 0
    secret = path.read_text().strip()
    assert f"--master file:{path}" in capsys.readouterr().out
    assert run(*KEYS, "new", path) == 2
    assert run(*KEYS, "new", tmp_path / "second.key", "--json") == 0
    said = capsys.readouterr()
    assert path.read_text().strip() == secret
    assert secret not in said.out + said.err
    assert json.loads(said.out) == {"master": f"file:{tmp_path / 'second.key'}"}


def test_keys_are_added_under_the_schemes_full_name(
    register: Path, tmp_path: Path, run: Run, capsys: Capture, told: Callable[..., Any]
) -> None:
    names = read_register(register).names
    assert [(n.level, n.account, n.scheme) for n in names] == [
        ("cohort", "", "gumbel:width=4"),
        ("account", "a1", "kgw:gamma=0.25,width=1"),
        ("account", "a2", "kgw:gamma=0.25,width=1"),
    ]
    again = ("add", register, *COMMON, "--scheme", "kgw:gamma=0.25,width=1", "--cohort", "C-1", "--account")
    assert [one["account"] for one in told(*again, "a1", "--account", "a3")["added"]] == ["a3"]
    assert run(*KEYS, *again[:-1][:-2], "--account", "a9") == 2
    assert "--cohort is missing" in capsys.readouterr().err
    (tmp_path / "none.txt").write_text("\n\n")
    assert run(*KEYS, *again[:-1], "--accounts", tmp_path / "none.txt") == 4
    assert run(*KEYS, "add", register, *COMMON, "--scheme", "nonsense") == 2
    assert run(*KEYS, *again, "evil\x1b[31m") == 3
    assert "\x1b" not in capsys.readouterr().err


def test_the_list_has_whole_ids(register: Path, run: Run, capsys: Capture, told: Callable[..., Any]) -> None:
    assert run(*KEYS, "list", register) == 0
    text = capsys.readouterr().out
    assert all(name.id in text for name in read_register(register).names)
    assert "3 keys: 3 active." in text
    assert [one["account"] for one in told("list", register, "--account", "a2")["keys"]] == ["a2"]
    assert told("list", register, "--state", "leaked")["keys"] == []
    assert run(*KEYS, "list", register.parent / "absent") == 4


def test_an_epoch_ends_and_old_keys_stay(register: Path, run: Run, capsys: Capture, told: Callable[..., Any]) -> None:
    assert run(*KEYS, "rotate", register, "--epoch", "2026-12", "--cohort", "C-1", "--tokens", 30_000) == 0
    text = capsys.readouterr().out
    assert "2 keys added" in text
    assert "27k marked tokens gave only 1e-5" in text
    assert [one.state for one in read_register(register).standings] == [
        "active",
        "retired",
        "retired",
        "active",
        "active",
    ]
    assert [
        one["cohort"] for one in told("rotate", register, "--epoch", "2026-13", "--cohort", "ordinary")["added"]
    ] == ["ordinary"]
    assert run(*KEYS, "rotate", register, "--epoch", "2026-13", "--cohort", "nobody") == 2


def test_what_leaked_is_no_evidence_any_more(
    register: Path, run: Run, capsys: Capture, told: Callable[..., Any]
) -> None:
    key = read_register(register).names[1].id
    (leaked,) = told("state", register, "leaked", key[:10], "--note", "on a forum")["leaked"]
    assert (leaked["id"], leaked["state"], leaked["counts"], leaked["note"]) == (key, "leaked", False, "on a forum")
    assert run(*KEYS, "state", register, "retired", key) == 3
    assert "cannot become retired" in capsys.readouterr().err
    assert run(*KEYS, "state", register, "active", key) == 2
    assert run(*KEYS, "state", register, "leaked", "nothing") == 2


def test_everybody_and_each_account_is_assigned_a_key(
    register: Path, tmp_path: Path, run: Run, capsys: Capture, told: Callable[..., Any]
) -> None:
    table = tmp_path / "decisions.csv"
    table.write_text("account,cohort,marked_since\na1,C-1,2026-01-01\nb1,C-2,\nlater,C-2,2999-01-01\n")
    ask = ("assign", table, "--register", register, *COMMON)
    assert run(*KEYS, *ask) == 2
    assert "--add" in capsys.readouterr().err
    out = tmp_path / "assignments.jsonl"
    given = told(*ask, "--add", "--out", out)["assignments"]
    assert [one["account"] for one in given] == ["", "a1", "b1"]
    assert [json.loads(line) for line in out.read_text().splitlines()] == given
    assert len(read_register(register)) == 5
    assert run(*KEYS, *ask) == 0
    text = capsys.readouterr().out
    assert "everybody else" in text
    assert "2 of the accounts have a key of their own now." in text
    assert run(*KEYS, *ask, "--engine", "abacus") == 2
    assert run(*KEYS, *ask, "--out", tmp_path / "no folder" / "x") == 1


def test_a_scan_says_who_is_marked(
    register: Path, tmp_path: Path, fake_scan: dict[str, Any], told: Callable[..., Any]
) -> None:
    pipeline.scan([], tmp_path / "out")
    given = told("assign", tmp_path / "out", "--register", register, *COMMON, "--add", "--engine", "sglang")[
        "assignments"
    ]
    assert [(one["account"], one["cohort"], one["scheme"]) for one in given] == [
        ("", "ordinary", "sglang-gumbel:width=4"),
        ("acct-7", "C-1", "sglang-gumbel:width=1"),
    ]
