from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from stillwatch.provenance.watermark.keys import KeyName, add_keys

Run = Callable[..., int]
SCHEME = "kgw:gamma=0.25,width=1"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    tokens = np.random.default_rng(2).zipf(1.4, (120, 50)) % 200
    path = tmp_path / "plain.jsonl"
    path.write_text("".join(json.dumps({"tokens": row}) + "\n" for row in tokens.tolist()))
    return path


def test_it_tells_what_share_is_found_with_which_budget(
    run: Run, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps({"prompt": f"What is number {n}?" * 20}) + "\n" for n in range(30)))
    asked = ("--price", "2,10", "--prompts", questions, "--tokens", 3000, "--max-tokens", 25)
    # An address that nobody answers at: a forecast asks nothing.
    given = ("--reference", plain, "--scheme", SCHEME, "--suspect", "http://127.0.0.1:1/v1#m")
    assert not run("watermark", "radioactivity", "--forecast", *given, *asked)
    said = " ".join(capsys.readouterr().out.split())
    assert "With 50,000 tokens p < 1e-6 is reached with 90 % chance if at least" in said
    assert "one key" in said
    assert "does not promise" in said
    assert "$ 0.05" in said  # 120 questions of 90 tokens, 3,000 tokens of answers
    assert "3,000 120 $ 0.05" in said
    assert "8,000 questions" not in said


def test_the_registers_keys_are_corrected_for(
    run: Run, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [KeyName(provider="p", scheme=SCHEME, epoch="e", cohort="c", account=f"a{n}") for n in range(500)]
    add_keys(tmp_path / "keys.jsonl", names, datetime(2026, 3, 2, tzinfo=UTC))

    def told(*more: object) -> dict[str, object]:
        assert not run("watermark", "radioactivity", "--forecast", "--json", "--reference", plain, *more)
        made: dict[str, object] = json.loads(capsys.readouterr().out)
        return made

    many, one = told("--register", tmp_path / "keys.jsonl"), told("--scheme", SCHEME)
    assert (many["kind"], many["keys"], one["keys"]) == ("forecast", 500, 1)
    assert many["scheme"] == one["scheme"] == SCHEME

    def shares(made: dict[str, object]) -> list[float]:
        budgets = made["budgets"]
        assert isinstance(budgets, list)
        return [2.0 if row["least_share"] is None else row["least_share"] for row in budgets]

    assert all(more > less for more, less in zip(shares(many), shares(one), strict=True) if less < 1)
    only = tmp_path / "only.txt"
    only.write_text(names[3].id)
    assert told("--register", tmp_path / "keys.jsonl", "--keys", only)["keys"] == 1


def test_budgets_that_bring_nothing_say_so(run: Run, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--reference", plain, "--scheme", "kgw:gamma=0.25,width=4", "--level", "1e-12")
    assert not run("watermark", "radioactivity", "--forecast", *given)
    said = capsys.readouterr().out
    assert "p < 1e-12 is out of sure reach" in said
    assert "< 1 %" in said


def test_what_cannot_be_forecast(run: Run, plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*more: object) -> str:
        assert run("watermark", "radioactivity", "--forecast", *more) in (2, 3, 4)
        return capsys.readouterr().err

    assert "--scheme is missing" in refused("--reference", plain)
    assert "between 0 and 1" in refused("--reference", plain, "--scheme", SCHEME, "--level", 0)
    assert "no such file" in refused("--reference", tmp_path / "absent", "--scheme", SCHEME)
    assert "--price: write IN,OUT" in refused("--reference", plain, "--scheme", SCHEME, "--price", "much")
    assert "--contexts is for a reference" in refused("--reference", plain, "--scheme", SCHEME, "--contexts", plain)
    assert run("watermark", "radioactivity", "--reference", plain) == 2
    assert "--suspect is missing" in capsys.readouterr().err
