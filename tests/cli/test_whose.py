from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
AUTHORS = Path(__file__).parent.parent / "provenance" / "whose" / "conftest.py"


@pytest.fixture(scope="module")
def authors() -> Any:
    """The made-up authors of the room's own tests."""
    spec = importlib.util.spec_from_file_location("whose_authors", AUTHORS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(authors: Any, tmp_path: Path, evil: str) -> Path:
    files = authors.Files(tmp_path)
    rows = [
        row for p in authors.PROVIDERS for n in (1, 2) for row in authors.answers_of(f"{p}-{n}", authors.version(p, n))
    ]
    files.outputs(rows, "known.parquet")
    lines = [f"{p}-{n},{p} family,{p},native" for p in authors.PROVIDERS for n in (1, 2)]
    (tmp_path / "models.csv").write_text("\n".join(["model,family,provider,kind", *lines]), encoding="utf-8")
    files.outputs(authors.student("alder", f"pupil{evil}"), "pupil.parquet")
    files.outputs([*authors.student("alder", "one"), *authors.student("birch", "two")], "several.parquet")
    return tmp_path


@pytest.fixture
def packed(folder: Path, run: Run, capsys: Capture) -> Path:
    assert run("provenance", "pack", folder / "known.parquet", "--lineage", folder / "models.csv", "--out",
               folder / "reference.pack") == 0  # fmt: skip
    capsys.readouterr()
    return folder / "reference.pack"


def test_a_pack_tells_what_it_holds(folder: Path, run: Run, capsys: Capture) -> None:
    made = ("provenance", "pack", folder / "known.parquet", "--lineage", folder / "models.csv", "--out", folder / "p")
    assert run(*made) == 0
    text = capsys.readouterr().out
    assert "560 answers of 14 models in 7 families" in text
    assert "to 40 questions of toy" in text
    assert "hand it on only where you may" in text
    assert run(*made, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["probes"] == 40
    assert len(facts["entries"]) == 14
    assert facts["probes_sha256"] in text
    assert "Left out: " not in text
    known = pq.read_table(folder / "known.parquet").to_pylist()
    pq.write_table(pa.Table.from_pylist([*known, known[0]]), folder / "twice.parquet")
    assert run(*made[:2], folder / "twice.parquet", *made[3:]) == 0
    assert "Left out: 1 rows (answered before (same model and prompt))." in capsys.readouterr().out
    assert run(*made[:-1], folder, "--json") == 2
    assert run("provenance", "pack", folder / "absent", "--lineage", folder / "models.csv", "--out", folder / "p") == 4


def test_an_answer_on_the_terminal_as_json_and_as_a_page(folder: Path, packed: Path, run: Run, capsys: Capture) -> None:
    asked = ("provenance", "whose", folder / "pupil.parquet", "--pack", packed)
    assert run(*asked, "--out", folder / "out") == 0
    text = capsys.readouterr().out
    assert "student of alder" in text
    assert "\x1b" not in text
    assert "none of these" in text
    left = json.loads((folder / "out" / "whose.json").read_text(encoding="utf-8"))
    assert left["answer"] == "alder"
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Whose answers was" in page
    assert run(*asked, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {key: value for key, value in told.items() if key != "rows_left_out"} == left


def test_of_several_models_one_is_chosen(folder: Path, packed: Path, run: Run, capsys: Capture) -> None:
    asked = ("provenance", "whose", folder / "several.parquet", "--pack", packed)
    assert run(*asked) == 3
    assert "--model" in capsys.readouterr().err
    assert run(*asked, "--model", "two", "--family", "birch family", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    own = next(one for one in told["teachers"] if one["provider"] == "birch")
    assert own["own"] is True
    assert own["p"] is None


def test_the_packs_questions_can_be_taken_along(folder: Path, packed: Path, run: Run, capsys: Capture) -> None:
    questions = folder / "questions.jsonl"
    assert run("provenance", "whose", "--pack", packed, "--questions", questions) == 0
    assert "40 questions" in capsys.readouterr().out
    assert len(questions.read_text(encoding="utf-8").splitlines()) == 40
    assert run("provenance", "whose", "--pack", packed, "--questions", questions, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"questions": 40, "out": str(questions)}


def test_what_cannot_be_used_is_named(folder: Path, packed: Path, run: Run, capsys: Capture) -> None:
    assert run("provenance", "whose", "--pack", packed) == 2
    assert "MODEL_OUTPUTS" in capsys.readouterr().err
    assert run("provenance", "whose", folder / "pupil.parquet", "--pack", folder / "absent") == 4
    assert run("provenance", "whose", folder / "pupil.parquet", "--pack", folder / "known.parquet") == 3
    assert "provenance pack" in capsys.readouterr().err
    (folder / "taken").write_text("", encoding="utf-8")
    assert run("provenance", "whose", folder / "pupil.parquet", "--pack", packed, "--out", folder / "taken") == 2
    assert "--out" in capsys.readouterr().err
