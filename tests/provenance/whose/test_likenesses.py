from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.whose.likenesses import Likenesses, likenesses
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.resemblance import Resemblance, resemblance


@pytest.fixture(scope="module")
def sight(pack: Pack) -> Resemblance:
    return resemblance(pack.corpus, pack.manifest.lineage().standing("", pack.corpus.models))


def made(truth: list[float], best: list[float], families: list[str], others: list[str]) -> Likenesses:
    return Likenesses(np.array(truth), np.array(best), np.array(families), np.array(others))


def test_every_sibling_meets_every_control_of_other_providers(sight: Resemblance) -> None:
    found = likenesses(sight, sight.affinity(), 0.75)
    assert len(found.truth) == 14 * 12
    assert (found.families != found.others).all()
    assert (found.truth <= found.best).all()


def test_more_of_the_teacher_stands_out_more(sight: Resemblance) -> None:
    affinity = sight.affinity()
    means = [float(likenesses(sight, affinity, share).truth.mean()) for share in (0.25, 0.5, 0.75, 1.0)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 0.5


def test_a_provider_with_one_model_gives_no_student(sight: Resemblance) -> None:
    lone = sight.only(np.flatnonzero(np.array([name != "fir-2" for name in sight.models])))
    assert "fir family" not in set(likenesses(lone, lone.affinity(), 0.5).families)
    ones = sight.only(np.flatnonzero(np.array([name.endswith("1") for name in sight.models])))
    none = likenesses(ones, ones.affinity(), 0.5)
    assert len(none.truth) == 0
    assert none.shortfall(0.9) is None


def test_the_shortfall_counts_families_not_rows() -> None:
    # One family of many rows that are always right, one of a single row that is far off: each weighs one half.
    found = made([1.0] * 9 + [0.0], [1.0] * 9 + [2.0], ["a"] * 9 + ["b"], [f"o{i}" for i in range(9)] + ["a"])
    assert found.shortfall(0.5) == 0.0
    assert found.shortfall(0.9) == 2.0
    assert found.share(np.array([True] * 9 + [False])) == pytest.approx(0.5)


def test_a_unit_is_at_its_worst() -> None:
    found = made([1.0, 0.5], [1.0, 1.0], ["a", "a"], ["b", "b"])
    assert found.shortfall(0.1) == 0.5
