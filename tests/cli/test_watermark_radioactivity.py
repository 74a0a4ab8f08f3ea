from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.provenance.watermark.keys import KeyName, add_keys, derive, new_master, read_master
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import Kgw

SIZE = 48
SCHEME = Kgw()
Run = Callable[..., int]


def written(rows: NDArray[np.float64], documents: int, seed: int) -> list[list[int]]:
    random = np.random.default_rng(seed)
    steps = np.cumsum(rows, 1)
    now = random.integers(0, SIZE, documents)
    made = [now]
    for _ in range(59):
        now = np.minimum((random.random(documents)[:, None] > steps[now]).sum(1), SIZE - 1)
        made.append(now)
    return np.stack(made, 1).tolist()  # type: ignore[no-any-return]


def tilted(rows: NDArray[np.float64], key: bytes) -> NDArray[np.float64]:
    every = Texts.of([[c, v] for c in range(SIZE) for v in range(SIZE)])
    more = rows * np.exp(2 * SCHEME.values(distinct_pairs(every, 1), key).reshape(SIZE, SIZE))
    return np.asarray(more / more.sum(1, keepdims=True))


def save(path: Path, documents: list[list[int]]) -> Path:
    path.write_text("".join(json.dumps({"tokens": one}) + "\n" for one in documents))
    return path


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, Path]:
    new_master(tmp_path / "master.key")
    names = [
        KeyName(provider="acme", scheme=SCHEME.name, epoch="e1", cohort="c1", account=name)
        for name in ("a1", "a2", "a3")
    ]
    add_keys(tmp_path / "keys.jsonl", names, datetime(2026, 3, 2, tzinfo=UTC))
    return f"file:{tmp_path / 'master.key'}", tmp_path / "keys.jsonl"


@pytest.fixture
def files(tmp_path: Path, keys: tuple[str, Path]) -> dict[str, Path]:
    """Answers of a student of account a2's text, of a student of none, and unmarked ones."""
    rows = np.random.default_rng(2).dirichlet(np.full(SIZE, 0.3), SIZE)
    name = KeyName(provider="acme", scheme=SCHEME.name, epoch="e1", cohort="c1", account="a2")
    marked = tilted(rows, derive(read_master(keys[0]), name))
    return {
        "guilty": save(tmp_path / "guilty.jsonl", written(marked, 150, 5)),
        "innocent": save(tmp_path / "innocent.jsonl", written(rows, 150, 6)),
        "plain": save(tmp_path / "plain.jsonl", written(rows, 150, 7)),
    }


def test_the_account_is_named_and_the_case_is_kept(
    run: Run, keys: tuple[str, Path], files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "case"
    given = ("--master", keys[0], "--register", keys[1], "--out", out)
    assert not run("watermark", "radioactivity", "--suspect", files["guilty"], "--reference", files["plain"], *given)
    said = capsys.readouterr().out
    assert "a2" in said
    assert "Report:" in said
    kept = json.loads((out / "mark.json").read_text())
    assert kept["verdict"] == "marked"
    assert [key["account"] for key in kept["keys"] if key["accused"]] == ["a2"]
    assert [tokens for tokens, _ in kept["growth"]] == [150 * 60]  # shorter than the first look: looked at whole
    assert (out / "report.html").stat().st_size > 1000
    assert (tmp_path / "master.key").read_text().strip() not in said + (out / "mark.json").read_text()


def test_nobody_is_named_where_nothing_was_marked(
    run: Run, keys: tuple[str, Path], files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--master", keys[0], "--register", keys[1], "--json", "--seed", 1)
    assert not run("watermark", "radioactivity", "--suspect", files["innocent"], "--reference", files["plain"], *given)
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "not shown"
    assert "no sign of innocence" in told["sentence"]


def test_a_commitment_is_checked(
    run: Run, keys: tuple[str, Path], files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from stillwatch.provenance.watermark.keys import Plan, commit
    from stillwatch.provenance.watermark.keys.commitment import write_json
    from stillwatch.provenance.watermark.keys.register import read_register
    from stillwatch.provenance.watermark.radioactivity.weights import NAME

    master, names = read_master(keys[0]), read_register(keys[1]).names
    for weight, verdict in ((NAME, "marked"), ("another", "abstains")):
        plan = Plan(schemes=(SCHEME.name,), weight=weight, level=1e-6)
        path = tmp_path / f"{verdict}.json"
        write_json(path, commit(master, names, plan, datetime(2026, 3, 3, tzinfo=UTC)))
        given = ("--master", keys[0], "--register", keys[1], "--commitment", path, "--json")
        assert not run(
            "watermark", "radioactivity", "--suspect", files["guilty"], "--reference", files["plain"], *given
        )
        assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_what_cannot_be_run(
    run: Run, keys: tuple[str, Path], files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ("--master", keys[0], "--register", keys[1])

    def refused(suspect: object, reference: object, *more: object) -> str:
        assert run("watermark", "radioactivity", "--suspect", suspect, "--reference", reference, *more) in (2, 3, 4)
        return capsys.readouterr().err

    assert "--register" in refused(files["guilty"], files["plain"])
    assert "is the suspect itself" in refused(files["plain"], files["plain"], *both)
    assert "no such file" in refused(files["guilty"], tmp_path / "absent", *both)
    assert "--tokenizer is missing" in refused("http://127.0.0.1:1/v1#m", files["plain"], *both)
    assert "--price: write IN,OUT" in refused(
        files["guilty"], files["plain"], *both, "--prompts", files["plain"], "--price", "cheap"
    )
