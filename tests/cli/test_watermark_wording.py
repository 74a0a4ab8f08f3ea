from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from stillwatch.cli import app
from stillwatch.cli.watermark_wording import is_wording
from stillwatch.errors import BadSettings
from stillwatch.provenance.canaries import Wording
from stillwatch.provenance.watermark.schemes import Kgw

PLACES = "garden kettle ladder harbour meadow window basket candle blanket compass drawer ferry hammer island".split()  # noqa: SIM905


def text(number: int) -> str:
    a, b = PLACES[number % 14], PLACES[(number * 5 + 3) % 14]
    return (
        f"You can walk toward the {a} every day, and everyone who likes the {b} will be there. For example, the {a} "
        f"depends on the {b}. However, you do not need it. In order to improve the {b}, it is fine to ask someone, and "
        f"make sure you see the {a} if necessary. Additionally, the {b} can help reduce the noise."
    )


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["watermark", *map(str, arguments)], catch_exceptions=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("keys", "new", tmp_path / "m").exit_code == 0
    added = run("keys", "add", tmp_path / "r", "--provider", "p", "--epoch", "e", "--scheme", "wording:width=2",
                "--cohort", "c", "--account", "a", "--account", "b")  # fmt: skip
    assert added.exit_code == 0, added.output
    rows = (json.dumps({"text": text(i), "id": i}) for i in range(20))
    (tmp_path / "plain.jsonl").write_text("\n".join(rows))
    return tmp_path


def keys(folder: Path) -> tuple[str | Path, ...]:
    return ("--master", f"file:{folder / 'm'}", "--register", folder / "r", "--channel", "wording")


def test_marked_texts_are_found_under_their_key_only(folder: Path) -> None:
    out = folder / "marked.jsonl"
    made = run("embed", *keys(folder), "--texts", folder / "plain.jsonl", "--account", "a", "--out", out)
    assert made.exit_code == 0, made.output
    assert "20 answers" in made.output and "Code, quotations" in made.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[3]["id"] == "3" and rows[3]["mark"]["scheme"] == Wording(2).name
    found = run("detect", out, *keys(folder), "--json")
    assert found.exit_code == 0, found.output
    case = json.loads(found.output)
    assert (case["verdict"], [one["account"] for one in case["keys"] if one["accused"]]) == ("marked", ["a"])
    plain = run("detect", folder / "plain.jsonl", *keys(folder), "--json")
    assert json.loads(plain.output)["verdict"] == "not shown"
    model = run("detect", out, *keys(folder), "--reference", folder / "plain.jsonl", "--json")
    assert json.loads(model.output)["kind"] == "radioactivity"


def test_options_that_do_not_fit_are_refused(folder: Path) -> None:
    plain = folder / "plain.jsonl"
    for arguments in (
        ("embed", *keys(folder), "--account", "a", "--out", folder / "o"),
        ("embed", *keys(folder)[:4], "--account", "a", "--out", folder / "o", "--texts", plain),
        ("detect", plain, *keys(folder), "--spans"),
        ("detect", plain, *keys(folder), "--scheme", "kgw:width=1"),
    ):
        assert isinstance(run(*arguments).exception, BadSettings), arguments


def test_which_schemes_are_in_wording() -> None:
    assert is_wording(Wording(1))
    assert not is_wording(Kgw())
