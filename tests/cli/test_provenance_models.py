from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
PROMPTS = 24
WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "ter", "sun", "ra") for b in ("vel", "po", "dri", "ne", "tok")]
LITTLE = ("the", "of", "and", "to", "in", "that", "is", "with", "for", "it", "however", "also")


def habits(name: str) -> np.ndarray:
    return np.random.default_rng(sum(map(ord, name)) * 7919 % 2**31).dirichlet(np.full(len(WORDS) + len(LITTLE), 0.3))


def answers(model: str, habit: np.ndarray) -> list[dict[str, str]]:
    rng = np.random.default_rng(sum(map(ord, model)))
    vocabulary = np.array([*WORDS, *LITTLE])
    return [
        {"benchmark": "toy", "prompt_id": f"q{q:02d}", "prompt": f"Question {q}?", "model": model,
         "output": " ".join(rng.choice(vocabulary, 60, p=habit)).capitalize() + "."}
        for q in range(PROMPTS)
    ]  # fmt: skip


@pytest.fixture
def outputs(tmp_path: Path, evil: str) -> Path:
    rows = [row for n in range(10) for v in (1, 2) for row in answers(f"m{n}-{v}", habits(f"provider{n}"))]
    rows += answers("pupil", habits("provider0"))
    rows += [row | {"prompt": evil} for row in answers("loner", habits("a loner"))]
    path = tmp_path / "outputs.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "models.csv"
    lines = [f"m{n}-{v},family{n},provider{n},native" for n in range(10) for v in (1, 2)]
    path.write_text("\n".join(["model,family,provider,kind", *lines, "pupil,pupil,school,"]) + "\n", encoding="utf-8")
    return path


def test_test_prints_writes_and_is_harmless(
    tmp_path: Path, outputs: Path, models: Path, capsys: Capture, run: Run
) -> None:
    command = ("provenance", "test", outputs, "--suspect", "pupil", "--teacher", "m0-1", "--lineage", models)
    assert run(*command, "--out", tmp_path / "case") == 0
    said = capsys.readouterr().out
    assert "supports" in said and "report.html" in said and "\x1b[31m" not in said
    case = json.loads((tmp_path / "case" / "case.json").read_text(encoding="utf-8"))
    assert case["verdict"] == "supports"
    assert "<script" not in (tmp_path / "case" / "report.html").read_text(encoding="utf-8")
    assert run(*command, "--json") == 0
    assert json.loads(capsys.readouterr().out)["p_value"] == pytest.approx(case["p_value"])


def test_test_refuses_with_the_remedy(outputs: Path, tmp_path: Path, capsys: Capture, run: Run) -> None:
    few = tmp_path / "few.csv"
    few.write_text("model,family,provider,kind\nm1-1,f1,p1,native\nm2-1,f2,p2,human\n", encoding="utf-8")
    command = ("provenance", "test", outputs, "--suspect", "pupil", "--teacher", "m0-1")
    assert run(*command, "--lineage", few) == 3
    assert "2 control models of 2 families" in capsys.readouterr().err
    assert run(*command, "--benchmark", "other") == 3
    assert "no benchmark 'other'" in capsys.readouterr().err
    assert run(*command, "--out", few) == 2
    assert "--out names a folder" in capsys.readouterr().err
    assert run("provenance", "test", tmp_path / "gone.parquet", "--suspect", "a", "--teacher", "b") == 4


def test_screen_writes_a_row_a_pair(tmp_path: Path, outputs: Path, models: Path, capsys: Capture, run: Run) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "benchmark,suspect,teacher,label\ntoy,pupil,m0-1,no\ntoy,pupil,m1-1,yes\ntoy,loner,m0-1,yes\n", encoding="utf-8"
    )
    results = tmp_path / "results.parquet"
    command = ("provenance", "screen", outputs, "--pairs", pairs, "--lineage", models, "--out", results)
    assert run(*command) == 0
    assert "3 pairs" in capsys.readouterr().out
    table = pq.read_table(results)
    assert table.column_names == [
        "benchmark", "suspect", "teacher", "score", "p_value", "p_parametric", "log_lr", "nearest_rival", "verdict",
        "p_newcomer",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert [row["verdict"] == "supports" for row in rows] == [True, False, False]
    assert rows[0]["score"] > max(rows[1]["score"], rows[2]["score"])
    assert run(*command, "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdicts"]["supports"] == 1


def test_a_pair_without_answers_keeps_its_row(
    tmp_path: Path, outputs: Path, models: Path, capsys: Capture, run: Run
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("benchmark,suspect,teacher\ntoy,ghost,m0-1\ntoy,pupil,m0-1\nlost,pupil,m0-1\n", encoding="utf-8")
    results = tmp_path / "results.parquet"
    assert run("provenance", "screen", outputs, "--pairs", pairs, "--lineage", models, "--out", results) == 0
    assert "2 pairs have a model without answers" in capsys.readouterr().out
    command = ("provenance", "screen", outputs, "--pairs", pairs, "--lineage", models, "--out", results)
    assert run(*command, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pairs"], told["without_score"], told["without_p"]) == (3, 2, 0)
    rows = pq.read_table(results).to_pylist()
    assert [row["score"] is None for row in rows] == [True, False, True]
    assert [row["verdict"] for row in rows] == ["inconclusive", "supports", "inconclusive"]


def test_screen_tells_what_it_left_out_and_why_questions_do_not_meet(
    tmp_path: Path, outputs: Path, models: Path, capsys: Capture, run: Run
) -> None:
    rows = pq.read_table(outputs).to_pylist()
    renamed = [row | {"prompt_id": f"other {row['prompt_id']}"} if row["model"] == "loner" else row for row in rows]
    twice = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_pylist([*renamed, renamed[0]]), twice)
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("benchmark,suspect,teacher\ntoy,loner,m0-1\ntoy,pupil,m0-1\n", encoding="utf-8")
    results = tmp_path / "results.parquet"
    assert run("provenance", "screen", twice, "--pairs", pairs, "--lineage", models, "--out", results) == 0
    said = capsys.readouterr().out
    assert "1 pairs have a model without answers in that benchmark, or too few to the same questions" in said
    assert "Left out: 1 rows (answered before (same model and prompt))" in said


def test_screen_takes_controls_from_a_reference(
    tmp_path: Path, outputs: Path, models: Path, capsys: Capture, run: Run
) -> None:
    table = pq.read_table(outputs)
    own = np.array(table["model"].to_pylist()) == "pupil"
    suspects, controls = tmp_path / "suspects.parquet", tmp_path / "controls.parquet"
    pq.write_table(table.filter(pa.array(own)), suspects)
    pq.write_table(table.filter(pa.array(~own)), controls)
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("benchmark,suspect,teacher\ntoy,pupil,m0-1\n", encoding="utf-8")
    found = []
    for first, more in ((suspects, ["--reference", controls]), (outputs, [])):
        results = tmp_path / "results.parquet"
        command = ("provenance", "screen", first, *more, "--pairs", pairs, "--lineage", models, "--out", results)
        assert run(*command, "--json") == 0
        found.append(pq.read_table(results).to_pylist())
    assert [len(rows) for rows in found] == [1, 1]
    assert found[0][0] == pytest.approx(found[1][0])
    assert run("provenance", "screen", suspects, "--pairs", pairs, "--lineage", models, "--out", tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    gone = tmp_path / "gone" / "results.parquet"
    assert run("provenance", "screen", suspects, "--pairs", pairs, "--lineage", models, "--out", gone) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert run("provenance", "screen", suspects, "--pairs", pairs, "--lineage", models) == 3
    assert "no answer by 'm0-1'" in capsys.readouterr().err
