from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.sharpening import PART, TEMPERATURES, Sharpened, sharpened
from stillwatch.provenance.watermark.radioactivity.windows import batches

Chains = Callable[..., Any]


def at(rows: Any, temperature: float) -> Any:
    raised = rows ** (1 / temperature)
    return raised / raised.sum(1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_a_reference_at_another_temperature_is_found_again(plain: Any, chain: Chains, temperature: float) -> None:
    texts = chain(at(plain, temperature)).write(120, 60, seed=1)
    assert sharpened(texts, chain(plain), 1).temperature == temperature
    # The other way round: what is wrong is the reference.
    blunt = chain(at(plain, 1 / temperature))
    assert sharpened(chain(plain).write(120, 60, seed=2), blunt, 1).temperature == temperature


def test_it_is_found_under_a_mark_and_in_open_access(plain: Any, chain: Chains, learnt: Callable[..., Any]) -> None:
    student = chain(learnt(at(plain, 0.7), share=0.2))
    assert sharpened(student.write(120, 60, seed=3), chain(plain), 1).temperature == 0.7
    contexts = chain(plain).write(60, 60, seed=4)
    other = np.random.default_rng(8).dirichlet(np.full(len(plain), 0.3), len(plain))
    near = chain(0.9 * at(plain, 0.7) + 0.1 * other)
    assert sharpened(contexts, chain(plain), 1, suspect=near).temperature == pytest.approx(0.7, abs=0.11)


def test_nothing_to_score_leaves_it_as_it_is(plain: Any, chain: Chains) -> None:
    assert sharpened(Texts.of([[5], [6]]), chain(plain), 1).temperature == 1.0
    assert sharpened(Texts.of([]), chain(plain), 1).temperature == 1.0
    # Texts too short for the width: nothing can be scored there either.
    assert sharpened(chain(plain).write(50, 4, seed=5), chain(plain), 4).temperature == 1.0


def test_only_the_first_part_is_read(plain: Any, chain: Chains) -> None:
    reference = chain(plain, reach=None)
    texts = chain(plain).write(2 * PART // 60, 60, seed=6)
    sharpened(texts, reference, 1)
    read = sum(len(batch.positions) for batch in reference.seen)
    assert read <= len(TEMPERATURES) * (PART + 60)


def test_probabilities_stay_probabilities(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(5, 40, seed=7)
    positions = np.arange(1, 40)
    reference = chain(plain, reach=None)
    [batch] = list(batches(texts, positions, 64, reference.vocabulary))
    for temperature in TEMPERATURES:
        one = Sharpened(reference, temperature)
        made = one.probabilities(batch)
        assert made.dtype == np.float32
        assert made.sum(1) == pytest.approx(np.ones(len(positions)), rel=1e-5)
        assert np.allclose(made, at(reference.probabilities(batch), temperature), rtol=1e-4, atol=1e-7)
        assert (one.vocabulary, one.longest, one.reach) == (reference.vocabulary, reference.longest, None)
    sure = chain(np.eye(64), reach=None)
    assert np.isfinite(Sharpened(sure, 0.6).probabilities(batch)).all()
