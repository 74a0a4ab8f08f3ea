from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillwatch.cli import app
from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.keys import KeyName, add_keys, new_master


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["watermark", "canaries", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def made(tmp_path: Path) -> Path:
    new_master(tmp_path / "m")
    path = tmp_path / "canaries.jsonl"
    said = run("new", "--master", f"file:{tmp_path / 'm'}", "--provider", "p", "--epoch", "e", "--account", "a",
               "--account", "b", "--out", path)  # fmt: skip
    assert "24 canaries of 2 accounts" in said and "SHA-256" in said
    return path


def test_canaries_are_made_alike_again_and_found(tmp_path: Path, made: Path) -> None:
    again = tmp_path / "again.jsonl"
    run("new", "--master", f"file:{tmp_path / 'm'}", "--provider", "p", "--epoch", "e", "--account", "a",
        "--account", "b", "--out", again, "--json")  # fmt: skip
    assert again.read_bytes() == made.read_bytes()
    rows = [json.loads(line) for line in made.read_text().splitlines()]
    own = [row for row in rows if row["account"] == "b"]
    outputs, controls = tmp_path / "outputs.jsonl", tmp_path / "controls.txt"
    outputs.write_text("\n".join(json.dumps({"text": row["use"], "id": row["kind"]}) for row in own[:4]))
    controls.write_text("Nothing of it.")
    asked = ("find", outputs, "--canaries", made, "--controls", controls, "--decoys", "199", "--level", "0.01")
    found = json.loads(run(*asked, "--master", f"file:{tmp_path / 'm'}", "--json"))
    assert [(one["account"], one["found"], one["accused"]) for one in found["results"]] == [
        ("b", 4, True),
        ("a", 0, False),
    ]
    said = run(*asked)
    assert "Canaries of account b are in the outputs: 4 of 12" in said and "199 decoy sets" in said


def test_canaries_are_those_committed_to(tmp_path: Path, made: Path) -> None:
    master = f"file:{tmp_path / 'm'}"
    name = KeyName(provider="p", scheme="kgw:gamma=0.25,width=1", epoch="e", account="a")
    add_keys(tmp_path / "r", [name], datetime(2026, 11, 1, tzinfo=UTC))
    plan = ("keys", "commit", tmp_path / "r", "--master", master, "--weight", "w", "--out")
    for out, more in (("with", ("--canaries", made)), ("without", ())):
        done = CliRunner().invoke(app, ["watermark", *map(str, (*plan, tmp_path / out, *more))])
        assert done.exit_code == 0, done.output
    outputs = tmp_path / "outputs.txt"
    outputs.write_text("Nothing of it.")
    asked = ("find", outputs, "--decoys", "99", "--canaries")
    assert "The canaries are those committed to at" in run(*asked, made, "--commitment", tmp_path / "with")
    told = json.loads(run(*asked, made, "--commitment", tmp_path / "with", "--json"))
    assert told["commitment"]["holds"] is True
    with pytest.raises(BadInput, match="It fixed no file of canaries"):
        run(*asked, made, "--commitment", tmp_path / "without")
    picked = tmp_path / "picked.jsonl"
    picked.write_text("".join(made.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(BadInput, match="It fixed another file of canaries"):
        run(*asked, picked, "--commitment", tmp_path / "with")


def test_no_controls_and_no_hits_are_said(tmp_path: Path, made: Path) -> None:
    outputs = tmp_path / "outputs.txt"
    outputs.write_text("Nothing of it.")
    said = run("find", outputs, "--canaries", made, "--decoys", "99")
    assert "means nothing" in said and "No --controls were given" in said
