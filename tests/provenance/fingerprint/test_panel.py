"""A benchmark seen once: students stand out, others do not, and what cannot be judged is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.fingerprint import evidence, significance
from stillwatch.provenance.fingerprint.coverage import by_coverage
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Outputs
from stillwatch.provenance.fingerprint.panel import (
    NEWCOMER_AT,
    SUPPORTS_AT,
    Judgement,
    Panel,
    panel,
)

Read = Callable[[Iterable[dict[str, Any]]], Outputs]
SUSPECTS = ("pupil", "apprentice", "loner")


def teachers(sight: Panel) -> list[str]:
    return [name for name in sight.corpus.models if name not in SUSPECTS]


def best(sight: Panel, suspect: str) -> Judgement:
    return max((sight.judge(suspect, name) for name in teachers(sight)), key=lambda one: one.score)


@pytest.mark.parametrize(("suspect", "provider"), [("pupil", "alder"), ("apprentice", "birch")])
def test_a_student_stands_above_all_innocents(sight: Panel, suspect: str, provider: str) -> None:
    found = best(sight, suspect)
    assert found.teacher.startswith(provider)
    assert found.verdict == "supports"
    i, j = sight.corpus.model(suspect), sight.corpus.model(found.teacher)
    assert found.score > max(score for _, score in sight.innocents.controls(i, j))
    assert found.log_lr is not None
    assert found.log_lr > 0


@pytest.mark.parametrize("suspect", SUSPECTS)
def test_nobody_is_the_student_of_a_stranger(sight: Panel, suspect: str) -> None:
    own = {"pupil": "alder", "apprentice": "birch", "loner": "-"}[suspect]
    for name in teachers(sight):
        if not name.startswith(own):
            assert sight.judge(suspect, name).verdict != "supports"


def test_innocent_controls_are_rarely_called_students(sight: Panel) -> None:
    """Every control against every other provider: the share of small p-values is that of chance."""
    p_values = [
        found.p_value
        for suspect in teachers(sight)
        for name in teachers(sight)
        if suspect.split("-")[0] != name.split("-")[0]
        for found in [sight.judge(suspect, name)]
    ]
    assert len(p_values) == 20 * 18
    assert np.mean([p <= 0.05 for p in p_values if p is not None]) <= 0.07
    assert np.mean([p <= SUPPORTS_AT for p in p_values if p is not None]) <= 0.02


def test_innocent_newcomers_are_warned_of(make: Any, read: Read, lineage: Any) -> None:
    """An original whose maker has nothing else here has no source among the rivals: the plain p is too small for it.
    That of newcomers is not, and it stands between such a model and a verdict."""
    world = make(students={f"original {n}": None for n in range(8)})
    sight = panel(read(world.outputs).only("toy"), lineage(world), suspects=[row["model"] for row in world.models[20:]])
    found = [
        sight.judge(f"original {n}", name) for n in range(8) for name in sight.corpus.models if "original" not in name
    ]
    newcomer = [one.p_newcomer for one in found if one.p_newcomer is not None]
    assert len(newcomer) == len(found) == 8 * 20
    assert np.mean([p <= 0.1 for p in newcomer]) <= 0.12
    assert np.mean([p <= 0.02 for p in newcomer]) <= 0.04
    assert np.mean([one.verdict == "supports" for one in found]) <= 0.1
    assert all(p <= NEWCOMER_AT for p, one in zip(newcomer, found, strict=True) if one.verdict == "supports")


def test_a_suspect_with_kin_at_hand_is_no_newcomer(sight: Panel) -> None:
    assert sight.judge("cedar-1", "alder-2").p_newcomer is None
    assert sight.judge("pupil", "alder-2").p_newcomer is not None


def test_a_judgement_is_made_of_its_parts(sight: Panel) -> None:
    i, j = sight.corpus.model("pupil"), sight.corpus.model("alder-2")
    found, null = sight.judge("pupil", "alder-2"), sight.innocents.null(i, j)
    assert found.score == sight.total[i, j]
    assert found.p_value == significance.conformal(found.score, null) >= 1 / (null.units + 1)
    assert found.p_parametric == significance.parametric(found.score, null)
    assert found.log_lr is not None
    assert abs(found.log_lr) <= evidence.cap(null) + 1
    assert found.nearest_rival is not None
    assert not found.nearest_rival.startswith("alder")


def test_the_total_is_of_counted_signals_alone(sight: Panel, world: Any, read: Read, lineage: Any) -> None:
    counted = panel(read(world.outputs).only("toy"), lineage(world), suspects=SUSPECTS)
    assert set(counted.affinity) == set(sight.counted) < set(sight.affinity)
    assert counted.total == pytest.approx(sight.total, nan_ok=True, abs=1e-5)


def test_the_order_of_rows_and_the_seed_do_not_matter(sight: Panel, world: Any, read: Read, lineage: Any) -> None:
    rows = [world.outputs[n] for n in np.random.default_rng(1).permutation(len(world.outputs))]
    one, two = (panel(read(rows).only("toy"), lineage(world), suspects=SUSPECTS, seed=7) for _ in range(2))
    assert one.total.tobytes() == two.total.tobytes()
    assert one.total == pytest.approx(sight.total, nan_ok=True, abs=1e-4)
    for suspect in SUSPECTS:
        assert one.judge(suspect, "alder-2").verdict == sight.judge(suspect, "alder-2").verdict


def test_other_suspects_hardly_move_a_judgement(sight: Panel, world: Any, read: Read, lineage: Any) -> None:
    """Suspects are no controls and no rivals; the little weight of the undeclared is all they have."""
    alone = [row for row in world.outputs if row["model"] not in ("apprentice", "loner")]
    found = panel(read(alone).only("toy"), lineage(world), suspects=["pupil"]).judge("pupil", "alder-2")
    beside = sight.judge("pupil", "alder-2")
    assert found.verdict == beside.verdict
    assert found.score == pytest.approx(beside.score, abs=0.3)


def test_without_lineage_suspects_are_no_controls(world: Any, read: Read) -> None:
    sight = panel(read(world.outputs).only("toy"), Lineage({}, declared=False), suspects=["pupil", "loner"])
    names = np.array(sight.corpus.models)
    assert sorted(names[~sight.standing.control]) == ["loner", "pupil"]
    assert best(sight, "pupil").score > best(sight, "loner").score


@pytest.mark.parametrize(("providers", "versions"), [(("alder",), 2), (("alder", "birch", "cedar"), 2), ("abcdef", 1)])
def test_too_few_controls_judge_nothing(make: Any, read: Read, lineage: Any, providers: Any, versions: int) -> None:
    world = make(providers=providers, versions=versions, students={"s": None})
    teacher = f"{providers[0]}-1"
    found = panel(read(world.outputs).only("toy"), lineage(world), suspects=["s"]).judge("s", teacher)
    assert found.verdict == "inconclusive"
    assert found.p_value is found.p_parametric is found.log_lr is None


def test_unknown_models_raise(sight: Panel) -> None:
    with pytest.raises(BadInput, match="no answer by 'nobody'"):
        sight.judge("nobody", "alder-1")
    with pytest.raises(BadInput, match="no answer by 'nobody'"):
        sight.judge("pupil", "nobody")


def test_a_teacher_without_a_question_in_common_is_left_open(world: Any, read: Read, lineage: Any) -> None:
    rows = [row for row in world.outputs
            if (row["model"] != "pupil" or row["prompt_id"] < "q20")
            and (row["model"] not in ("alder-1", "fir-1") or row["prompt_id"] >= "q20")]  # fmt: skip
    corpus = read(rows).only("toy")
    ((together, part, beside),) = by_coverage(corpus, ["pupil"], lineage(world).standing("toy", corpus.models))
    assert together == ["pupil"]
    sight = panel(part, lineage(world), suspects=["pupil"], beside=beside)
    found = sight.judge("pupil", "alder-1")
    assert np.isnan(found.score)
    assert found.verdict == "inconclusive"
    assert found.p_value is None
    # fir-1 is no innocent that could be counted, and the known student is still known.
    null = sight.innocents.null(part.model("pupil"), part.model("alder-2"))
    assert (null.models, null.families) == (17, 9)
    assert sight.judge("pupil", "alder-2").verdict == "supports"


def test_the_nearest_rival_is_of_another_provider(sight: Panel) -> None:
    i = sight.corpus.model("pupil")
    assert str(sight.nearest_rival(i, sight.corpus.model("birch-1"))).startswith("alder")
    assert not str(sight.nearest_rival(i, sight.corpus.model("alder-1"))).startswith("alder")


def test_without_controls_there_is_no_rival(make: Any, read: Read) -> None:
    world = make(providers=("alder",), versions=1, students={"s": None, "t": None})
    sight = panel(read(world.outputs).only("toy"), Lineage({}), suspects=["s"])
    assert sight.judge("s", "t").nearest_rival is None
    assert sight.judge("s", "t").verdict == "inconclusive"
