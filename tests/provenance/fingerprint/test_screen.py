"""Pairs in, judgements out: toy worlds, hostile files, shuffled names, and real outputs where they are at hand."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead, StillwatchError
from stillwatch.provenance.fingerprint.coverage import by_coverage
from stillwatch.provenance.fingerprint.lineage import read_lineage
from stillwatch.provenance.fingerprint.outputs import Outputs, read_outputs
from stillwatch.provenance.fingerprint.panel import Judgement, panel
from stillwatch.provenance.fingerprint.screen import RESULT_COLUMNS, read_pairs, screen, write_results

Read = Callable[[Iterable[dict[str, Any]]], Outputs]
REAL = Path(__file__).parents[4] / "shared" / "data" / "provenance"
TEACHERS = ("alder-1", "alder-2", "birch-1", "birch-2", "cedar-1", "hazel-2")
PAIRS = [("toy", suspect, teacher) for suspect in ("pupil", "apprentice", "loner") for teacher in TEACHERS]


def told(found: Iterable[Judgement]) -> dict[tuple[str, str], Judgement]:
    return {(one.suspect, one.teacher): one for one in found}


def same(one: Judgement, other: Judgement) -> bool:
    if (one.suspect, one.teacher, one.verdict) != (other.suspect, other.teacher, other.verdict):
        return False
    return all(
        (a is None and b is None) or (a is not None and b is not None and math.isclose(a, b, abs_tol=1e-3))
        for a, b in ((getattr(one, name), getattr(other, name)) for name in ("score", "p_value", "log_lr"))
    )


@pytest.fixture(scope="module")
def found(world: Any, read: Read, lineage: Any) -> list[Judgement]:
    return screen(read(world.outputs), PAIRS, lineage(world))


def test_students_are_found_and_nobody_else(found: list[Judgement]) -> None:
    assert [("toy", one.suspect, one.teacher) for one in found] == PAIRS
    taught = {("pupil", "alder"), ("apprentice", "birch")}
    for one in found:
        right = (one.suspect, one.teacher.split("-")[0]) in taught
        assert (one.verdict == "supports") == right, one


def test_the_order_of_pairs_and_repeats_do_not_matter(world: Any, read: Read, lineage: Any, found: Any) -> None:
    mixed = [*PAIRS[::-1], PAIRS[0]]
    again = screen(read(world.outputs), mixed, lineage(world))
    assert [("toy", one.suspect, one.teacher) for one in again] == mixed
    assert all(same(one, told(found)[one.suspect, one.teacher]) for one in again)


def test_suspects_of_few_answers_stand_beside_all_of_the_references(world: Any, read: Read, lineage: Any) -> None:
    rows = [row for row in world.outputs if row["model"] != "pupil" or row["prompt_id"] < "q12"]
    corpus, said = read(rows).only("toy"), lineage(world)
    ((_, part, beside),) = by_coverage(corpus, ["pupil"], said.standing("toy", corpus.models, suspects=["pupil"]))
    found = screen(read(rows), PAIRS[:6], said)
    sight, without = panel(part, said, suspects=["pupil"], beside=beside), panel(part, said, suspects=["pupil"])
    scores = [one.score for one in found]
    assert scores == pytest.approx([sight.judge("pupil", teacher).score for teacher in TEACHERS], abs=1e-6)
    assert scores != pytest.approx([without.judge("pupil", teacher).score for teacher in TEACHERS], abs=1e-2)


def test_shuffled_names_of_teachers_support_nothing(world: Any, read: Read, lineage: Any) -> None:
    """Negative control: each question's answers of the controls change hands. Nobody is anybody's student then, and
    whoever still says so reads something else than the answers."""
    controls = [row["model"] for row in world.models if row["kind"] == "native"]
    rng = np.random.default_rng(11)
    given = {}
    for question in {row["prompt_id"] for row in sorted(world.outputs, key=lambda row: row["prompt_id"])}:
        given[question] = dict(zip(controls, rng.permutation(controls), strict=True))
    rows = [row | {"model": given[row["prompt_id"]].get(row["model"], row["model"])} for row in world.outputs]
    pairs = [("toy", suspect, teacher) for suspect in ("pupil", "apprentice", "loner") for teacher in controls]
    p_values = [one.p_value for one in screen(read(rows), pairs, lineage(world))]
    assert np.mean([p <= 0.01 for p in p_values if p is not None]) <= 0.05


def test_labels_are_never_read(world: Any, read: Read, comma_separated: Any, found: list[Judgement]) -> None:
    pairs = [{"benchmark": b, "suspect": s, "teacher": t} for b, s, t in PAIRS]
    guilty = [row | {"label": "distilled", "teachers": "hazel-2", "relation": "sft"} for row in pairs]
    models = [row | {"teachers": "cedar-1", "label": "distilled"} for row in world.models]
    outputs = read([row | {"label": "distilled", "teacher": "cedar-1"} for row in world.outputs])
    poisoned = screen(
        outputs,
        read_pairs(comma_separated(guilty, "pairs.csv")),
        read_lineage(comma_separated(models, "models.csv")),
    )
    assert all(same(one, other) for one, other in zip(poisoned, found, strict=True))


def test_a_pair_without_answers_keeps_its_row(world: Any, read: Read, lineage: Any, found: list[Judgement]) -> None:
    pairs = [PAIRS[0], ("elsewhere", "pupil", "alder-1"), ("toy", "nobody", "alder-1"), ("toy", "pupil", "nobody")]
    first, *others = screen(read(world.outputs), pairs, lineage(world))
    assert first.p_value is not None
    assert [(one.benchmark, one.suspect, one.teacher) for one in others] == pairs[1:]
    for one in others:
        assert math.isnan(one.score)
        assert one.p_value is one.p_parametric is one.log_lr is one.nearest_rival is None
        assert one.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("pair", "said"),
    [(("elsewhere", "pupil", "alder-1"), "no benchmark 'elsewhere'"), (("toy", "nobody", "alder-1"), "by 'nobody'"),
     (("toy", "pupil", "nobody"), "by 'nobody'")],
)  # fmt: skip
def test_nothing_but_such_pairs_is_an_error(world: Any, read: Read, lineage: Any, pair: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        screen(read(world.outputs), [pair], lineage(world))


def test_too_few_controls_are_inconclusive_not_an_error(make: Any, read: Read, lineage: Any) -> None:
    world = make(providers=("alder", "birch"), students={"s": "alder-1"})
    (one,) = screen(read(world.outputs), [("toy", "s", "alder-1")], lineage(world))
    assert (one.verdict, one.p_value, one.log_lr) == ("inconclusive", None, None)
    assert math.isfinite(one.score)


def test_benchmarks_do_not_mix(world: Any, make: Any, read: Read, lineage: Any, found: list[Judgement]) -> None:
    other = make(providers=("alder", "birch"), students={"pupil": "birch-1"}, benchmark="other", prompts=12)
    both = lineage(world)
    both.rows.update(lineage(other).rows)
    shares: list[float] = []
    again = screen(read([*world.outputs, *other.outputs]), [("other", "pupil", "birch-1"), *PAIRS], both,
                   progress=lambda _, share: shares.append(share))  # fmt: skip
    assert all(same(one, before) for one, before in zip(again[1:], found, strict=True))
    assert again[0].verdict == "inconclusive"
    assert shares == [0.0, 0.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [("benchmark,suspect\nb,s\n", "has no column teacher"), ("", "has no column benchmark"),
     ("benchmark,suspect,teacher\nb,s,t\nb,,t\n", "line 3: benchmark, suspect or teacher is empty"),
     ("benchmark,suspect,teacher\nb,s\n", "line 2: benchmark, suspect or teacher is empty"),
     ("benchmark,suspect,teacher\nb,s,s\n", "line 2: suspect and teacher are the same")],
)  # fmt: skip
def test_bad_pairs_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pairs.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_pairs(tmp_path / "pairs.csv")


def test_no_pairs_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("benchmark,suspect,teacher\n", encoding="utf-8")
    with pytest.raises(NothingToRead, match="holds no row"):
        read_pairs(tmp_path / "pairs.csv")
    with pytest.raises(NothingToRead, match="no such file"):
        read_pairs(tmp_path / "gone.csv")
    (tmp_path / "pairs.csv").write_bytes(b"benchmark,suspect,teacher\n\xff,s,t\n")
    with pytest.raises(BadInput, match="not UTF-8 text"):
        read_pairs(tmp_path / "pairs.csv")


def test_results_are_written_whole(tmp_path: Path, found: list[Judgement]) -> None:
    unknown = Judgement("toy", "x", "y", math.nan, None, None, None, None, "inconclusive")
    write_results(tmp_path / "results.parquet", [*found, unknown])
    table = pq.read_table(tmp_path / "results.parquet")
    assert table.schema.names == list(RESULT_COLUMNS)
    assert table["score"].to_pylist() == [*(one.score for one in found), None]
    assert table["p_value"].to_pylist() == [*(one.p_value for one in found), None]
    assert set(table["verdict"].to_pylist()) <= {"supports", "inconclusive", "speaks against"}
    assert [path.name for path in tmp_path.iterdir()] == ["results.parquet"]


def test_results_that_cannot_be_written_leave_nothing_behind(tmp_path: Path, found: list[Judgement]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("x")
    with pytest.raises(StillwatchError, match="RESULTS cannot be written"):
        write_results(tmp_path / "folder", found)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(StillwatchError, match="RESULTS cannot be written"):
        write_results(tmp_path / "gone" / "results.parquet", found)


@pytest.mark.skipif(not REAL.is_dir(), reason="the public outputs of real models are not beside the repository")
def test_real_students_are_told_from_real_innocents(tmp_path: Path) -> None:
    table = pq.read_table(REAL / "outputs.parquet", filters=[("benchmark", "=", "alpaca_eval")])
    prompts = sorted(table["prompt_id"].unique().to_pylist())
    chosen = np.random.default_rng(0).permutation(prompts)[:60]
    pq.write_table(table.filter(pc.is_in(table["prompt_id"], pa.array(chosen))), tmp_path / "outputs.parquet")
    with (REAL / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["benchmark"] == "alpaca_eval" and row["label"] in ("distilled", "not_distilled")]  # fmt: skip
    judged = screen(
        read_outputs(tmp_path / "outputs.parquet"),
        [(row["benchmark"], row["suspect"], row["teacher"]) for row in rows],
        read_lineage(REAL / "models.csv"),
    )
    student = np.array([row["label"] == "distilled" for row in rows])
    score = np.array([one.score for one in judged])
    p_value = np.array([one.p_value for one in judged], float)
    assert np.isfinite(score).all()
    above = score[student][:, None] > score[~student][None, :]
    assert above.mean() >= 0.95
    assert (p_value[~student] > 0.001).all()
    assert (p_value[~student] <= 0.01).mean() <= 0.03
    assert (p_value[student] <= 0.01).mean() >= 0.3
