from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stillwatch.provenance.watermark.keys import (
    KeyName,
    add_keys,
    derive_all,
    new_master,
    read_master,
    read_register,
)

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
KEYS = ("watermark", "keys")
SCHEME = "kgw:gamma=0.25,width=1"


@pytest.fixture
def folder(tmp_path: Path, run: Run, capsys: Capture) -> Path:
    """A master, a register of three accounts, and a commitment to them."""
    (tmp_path / "cohorts.csv").write_text("cohort,account\nC-1,a1\nC-1,a2\n")
    new_master(tmp_path / "m")
    made = datetime(2026, 11, 1, tzinfo=UTC)
    names = [KeyName(provider="p", scheme=SCHEME, epoch="e", cohort="C-1", account=f"a{i}") for i in (1, 2, 3)]
    add_keys(tmp_path / "r", names, made)
    plan = ("--weight", "anscombe", "--level", "1e-6", "--cohorts", tmp_path / "cohorts.csv")
    assert (
        run(*KEYS, "commit", tmp_path / "r", "--master", f"file:{tmp_path / 'm'}", "--out", tmp_path / "c", *plan) == 0
    )
    capsys.readouterr()
    return tmp_path


def root(folder: Path) -> str:
    return str(json.loads((folder / "c").read_text())["root"])


def test_a_commitment_is_made_and_checked(folder: Path, run: Run, capsys: Capture) -> None:
    made = json.loads((folder / "c").read_text())
    assert made["keys"] == 3
    assert made["plan"]["schemes"] == [SCHEME]
    assert len(made["plan"]["files"]["cohorts"]) == 64
    check = (*KEYS, "check", folder / "r", folder / "c", "--master", f"file:{folder / 'm'}")
    assert run(*check, "--root", root(folder)) == 0
    text = capsys.readouterr().out
    assert text.startswith("Holds. All 3 keys are among the 3 committed to at ")
    assert root(folder) in text
    assert run(*KEYS, "rotate", folder / "r", "--epoch", "later") == 0
    capsys.readouterr()
    assert run(*check, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is True
    assert told["more"] == "Came later and not covered: 3."


@pytest.mark.parametrize(
    ("more", "status", "why"),
    [
        (("--tested-at", "2026-01-01T00:00:00Z"), 3, "after the test at 2026-01-01"),
        (("--tested-at", "2026-01-01"), 3, "after the test at 2026-01-01"),
        (("--tested-at", "soon"), 2, "is no time"),
        (("--root", "00" * 32), 3, "not the one that was published"),
    ],
)
def test_what_does_not_hold_ends_with_a_status(
    folder: Path, run: Run, capsys: Capture, more: tuple[str, ...], status: int, why: str
) -> None:
    check = (*KEYS, "check", folder / "r", folder / "c", "--master", f"file:{folder / 'm'}")
    assert run(*check, *more) == status
    assert why in capsys.readouterr().err


def test_another_master_or_a_lost_key_is_named(folder: Path, run: Run, capsys: Capture) -> None:
    assert run(*KEYS, "new", folder / "other") == 0
    capsys.readouterr()
    assert run(*KEYS, "check", folder / "r", folder / "c", "--master", f"file:{folder / 'other'}", "--json") == 3
    said = capsys.readouterr()
    assert json.loads(said.out)["holds"] is False
    assert "another master" in said.err
    lines = (folder / "r").read_text().splitlines(keepends=True)
    (folder / "r").write_text("".join(lines[:-1]))
    assert run(*KEYS, "check", folder / "r", folder / "c", "--master", f"file:{folder / 'm'}") == 3
    assert "missing here: number 3" in capsys.readouterr().err


def test_one_key_is_opened_to_a_third_party(folder: Path, run: Run, capsys: Capture) -> None:
    name = read_register(folder / "r").names[1]
    ask = (*KEYS, "open", folder / "r", folder / "c", name.id[:8], "--master", f"file:{folder / 'm'}", "--out")
    assert run(*ask, folder / "o") == 0
    assert "does not hold it" in capsys.readouterr().out
    assert run(*ask, folder / "o") == 2  # nothing public is overwritten
    assert run(*ask, folder / "second", "--json") == 0
    assert json.loads(capsys.readouterr().out)["key_id"] == name.id
    (folder / "m").unlink()
    (folder / "r").unlink()
    assert run(*KEYS, "verify", folder / "o", "--root", root(folder)) == 0
    assert f"Key {name.id} was number 2 of the 3 keys" in capsys.readouterr().out
    assert run(*KEYS, "verify", folder / "o", "--root", "00" * 32) == 3
    assert run(*KEYS, "verify", folder / "o", "--root", root(folder), "--tested-at", "2026-01-01") == 3


def test_no_command_shows_a_key(folder: Path, run: Run, capsys: Capture) -> None:
    master = f"file:{folder / 'm'}"
    secret = (folder / "m").read_text().strip()
    keys = derive_all(read_master(master), read_register(folder / "r").names)
    (folder / "none.csv").write_text("account,cohort\na1,C-1\n")
    plan = ("--weight", "w", "--out", folder / "c2")
    first, check = read_register(folder / "r").names[0].id, ("check", folder / "r", folder / "c", "--master")
    for command in (
        ("list", folder / "r"),
        ("commit", folder / "r", "--master", master, *plan),
        (*check, master),
        (*check, secret),
        (*check, f"env:{secret}"),
        ("open", folder / "r", folder / "c", first, "--master", master, "--out", folder / "o"),
        ("assign", folder / "none.csv", "--register", folder / "r", "--provider", "p", "--epoch", "e", "--add"),
    ):
        run(*KEYS, *command, "--json")
    said = capsys.readouterr()
    written = "".join(path.read_text() for path in folder.iterdir() if path.name != "m")
    for one in (secret, *(key.hex() for key in keys)):
        assert not any(one[i : i + 12] in said.out + said.err + written for i in range(len(one) - 11))


def test_plans_that_cannot_be(folder: Path, run: Run, capsys: Capture) -> None:
    commit = (
        *KEYS,
        "commit",
        folder / "r",
        "--master",
        f"file:{folder / 'm'}",
        "--weight",
        "w",
        "--out",
        folder / "c2",
    )
    for more in (("--level", 0), ("--level", "nan"), ("--scheme", "gumbel:width=4"), ("--scheme", "nonsense")):
        assert run(*commit, *more) == 2
    assert run(*commit, "--cohorts", folder / "absent.csv") == 4
    assert not (folder / "c2").exists()
    assert run(*commit, "--scheme", "kgw:width=1", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["plan"]["schemes"] == [SCHEME]
    assert json.loads(said.out)["not_apart"] == []


def test_keys_that_mark_alike_are_told(tmp_path: Path, run: Run, capsys: Capture) -> None:
    """SynthID, as shipped, keeps 16 bits a layer: among a thousand keys some share a layer."""
    (tmp_path / "accounts").write_text("\n".join(f"a{i}" for i in range(1000)))
    assert run(*KEYS, "new", tmp_path / "m") == 0
    add = (
        "--provider",
        "p",
        "--epoch",
        "e",
        "--scheme",
        "hf-synthid",
        "--cohort",
        "c",
        "--accounts",
        tmp_path / "accounts",
    )
    assert run(*KEYS, "add", tmp_path / "r", *add) == 0
    commit = (
        *KEYS,
        "commit",
        tmp_path / "r",
        "--master",
        f"file:{tmp_path / 'm'}",
        "--weight",
        "w",
        "--out",
        tmp_path / "c",
    )
    capsys.readouterr()
    assert run(*commit) == 0
    text = capsys.readouterr().out
    assert "share marks" in text
    assert "more such pairs" in text
