from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.keys import KeyName, add_keys, derive, new_master, read_master
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import Kgw

SIZE = 64
SCHEME = Kgw()
ROWS = np.random.default_rng(2).dirichlet(np.full(SIZE, 0.3), SIZE)
Run = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def name(number: int) -> KeyName:
    return KeyName(provider="acme", scheme=SCHEME.name, epoch="e1", account=f"a{number:02}")


def written(path: Path, rows: NDArray[np.float64], documents: int, seed: int) -> Path:
    random = np.random.default_rng(seed)
    steps = np.cumsum(rows, 1)
    now = random.integers(0, SIZE, documents)
    made = [now]
    for _ in range(49):
        now = np.minimum((random.random(documents)[:, None] > steps[now]).sum(1), SIZE - 1)
        made.append(now)
    path.write_text("".join(json.dumps({"tokens": one}) + "\n" for one in np.stack(made, 1).tolist()))
    return path


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Path]:
    """Sixty accounts; a student of two of them, which were joined to a cohort with a third; and their books."""
    new_master(tmp_path / "master.key")
    add_keys(tmp_path / "keys.jsonl", [name(n) for n in range(60)], datetime(2026, 3, 2, tzinfo=UTC))
    secret = read_master(f"file:{tmp_path / 'master.key'}")
    every = distinct_pairs(Texts.of([[c, v] for c in range(SIZE) for v in range(SIZE)]), 1)
    student = 0.4 * ROWS
    for number in (7, 8):
        marked = ROWS * np.exp(2 * SCHEME.values(every, derive(secret, name(number))).reshape(SIZE, SIZE))
        marked /= marked.sum(1, keepdims=True)
        student = student + 0.3 * marked
        alone = marked
    (tmp_path / "cohorts.csv").write_text("cohort,account\nring,a07\nring,a08\nring,a09\nother,a20\n")
    (tmp_path / "ledger.csv").write_text("account,exchanges,first_seen,campaign\na07,28,2026-09-01,C-1\nx,3,,\n")
    return {
        "folder": tmp_path,
        "student": written(tmp_path / "student.jsonl", student, 400, 5),
        "plain": written(tmp_path / "plain.jsonl", ROWS, 400, 6),
        "innocent": written(tmp_path / "innocent.jsonl", ROWS, 400, 7),
        "marked": written(tmp_path / "marked.jsonl", alone, 60, 8),
        "public": written(tmp_path / "public.jsonl", alone, 120, 9),
    }


@pytest.fixture
def told(given: dict[str, Path], run: Run, capsys: Capture) -> Callable[..., Any]:
    folder = given["folder"]
    common = ("--master", f"file:{folder / 'master.key'}", "--register", folder / "keys.jsonl", "--decoys", 200)

    def ask(suspect: Path, *more: object) -> Any:
        assert run("watermark", "trace", "--suspect", suspect, *common, *more, "--json") == 0
        return json.loads(capsys.readouterr().out)

    return ask


def test_a_student_is_traced_to_its_accounts(
    given: dict[str, Path], told: Callable[..., Any], run: Run, capsys: Capture
) -> None:
    folder = given["folder"]
    books = ("--cohorts", folder / "cohorts.csv", "--ledger", folder / "ledger.csv")
    case = told(given["student"], "--reference", given["plain"], *books, "--strength", 2, "--out", folder / "case")
    assert (case["kind"], case["verdict"], case["access"]) == ("trace", "marked", "closed")
    accused = {key["account"] or key["cohort"]: key for key in case["keys"] if key["accused"]}
    assert set(accused) == {"a07", "a08", "ring"}
    assert 0.15 < accused["a07"]["share"] < 0.45
    assert [case["ledger"][0][part] for part in ("account", "campaign", "cohort")] == ["a07", "C-1", "ring"]
    kept = (folder / "case" / "mark.json").read_text()
    assert json.loads(kept)["verdict"] == "marked" and (folder / "case" / "report.html").stat().st_size > 1000
    assert (folder / "master.key").read_text().strip() not in kept + json.dumps(case)
    assert told(given["innocent"], "--reference", given["plain"], *books)["verdict"] == "not shown"


def test_text_is_traced_without_a_reference_and_tested_for_imitation(
    given: dict[str, Path], told: Callable[..., Any]
) -> None:
    case = told(given["marked"])
    assert (case["access"], case["weight"]) == ("text", "equal")
    assert [key["account"] for key in case["keys"] if key["accused"]] == ["a08"]
    story = next(rival for rival in case["rivals"] if "spoofed" in rival["name"])
    assert story["standing"] == "not tested" and "--public" in story["text"]
    again = told(given["marked"], "--public", given["public"], "--genuine", given["public"])
    story = next(rival for rival in again["rivals"] if "spoofed" in rival["name"])
    assert "fewer than 100 contexts" in story["text"]


def test_the_tables_are_for_reading(given: dict[str, Path], run: Run, capsys: Capture) -> None:
    folder = given["folder"]
    common = ("--master", f"file:{folder / 'master.key'}", "--register", folder / "keys.jsonl", "--decoys", 200)
    assert run("watermark", "trace", "--suspect", given["marked"], *common) == 0
    said = capsys.readouterr().out
    assert "Text marked for account a08 is in" in said and "not who bought it" in said.replace("\n", " ")
    assert "Of the suspect's data" not in said
    assert run("watermark", "trace", "--suspect", given["student"], "--reference", given["plain"], *common) == 0
    said = capsys.readouterr().out
    table = said[said.index("Of the suspect's data") :]
    assert "a07" in table and "a08" in table and "% to " in table.replace("\u00a0", " ")


def test_membership_is_part_of_what_was_committed_to(
    given: dict[str, Path], told: Callable[..., Any], run: Run, capsys: Capture
) -> None:
    folder = given["folder"]
    cohorts = folder / "cohorts.csv"
    fixed = ("watermark", "keys", "commit", folder / "keys.jsonl", "--master", f"file:{folder / 'master.key'}")
    more = ("--out", folder / "commitment.json", "--weight", "equal", "--level", 0.001, "--cohorts", cohorts)
    assert run(*fixed, *more) == 0
    capsys.readouterr()
    with_it = ("--commitment", folder / "commitment.json", "--cohorts", cohorts)
    case = told(given["marked"], *with_it)
    assert case["commitment"]["holds"] is True and case["verdict"] == "marked"
    cohorts.write_text("cohort,account\nring,a08\n")
    case = told(given["marked"], *with_it)
    assert case["commitment"]["holds"] is False and case["verdict"] == "abstains"


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (("--level", 2), 2, "--level"),
        (("--genuine", "plain"), 2, "--public"),
        (("--public", "plain", "--reference", "plain"), 2, "nothing tells imitation"),
        (("--cohorts", "nowhere.csv"), 4, "no such file"),
        (("--ledger", "nowhere"), 4, "no such file"),
        (("--contexts", "plain"), 2, "--reference"),
        (("--scheme", "gumbel"), 4, "no key of gumbel"),
    ],
)
def test_what_cannot_be_asked(
    given: dict[str, Path], run: Run, capsys: Capture, more: tuple[object, ...], status: int, said: str
) -> None:
    folder = given["folder"]
    common = ("--master", f"file:{folder / 'master.key'}", "--register", folder / "keys.jsonl")
    asked = [given.get(str(one), one) for one in more]
    assert run("watermark", "trace", "--suspect", given["marked"], *common, *asked) == status
    assert said in capsys.readouterr().err


def test_an_address_is_asked_elsewhere(given: dict[str, Path], run: Run, capsys: Capture) -> None:
    folder = given["folder"]
    common = ("--master", f"file:{folder / 'master.key'}", "--register", folder / "keys.jsonl")
    address = "https://api.example/v1#m"
    assert run("watermark", "trace", "--suspect", address, "--reference", given["plain"], *common) == 2
    assert "watermark radioactivity" in capsys.readouterr().err
