from __future__ import annotations

import numpy as np
import pytest
import torch

from stillwatch.simulate.students import writing
from stillwatch.simulate.students.model import WINDOW, Size, small_model
from stillwatch.simulate.students.writing import PROMPT, write

MODEL = small_model(32, 1, Size(width=16, layers=1, heads=2)).eval()
PROMPTS = np.random.default_rng(1).integers(1, 32, (5, PROMPT))


def test_an_answer_goes_on_from_its_prompt_and_fills_the_window() -> None:
    answers = write(MODEL, PROMPTS, temperature=1.0, seed=2)
    assert answers.shape == (5, WINDOW)
    assert (answers[:, :PROMPT] == PROMPTS).all()
    assert answers.min() >= 0
    assert answers.max() < 32


def test_the_seed_makes_the_answers() -> None:
    first, second, other = (write(MODEL, PROMPTS, temperature=1.0, seed=seed) for seed in (2, 2, 3))
    assert (first == second).all()
    assert (first != other).any()


def test_the_processor_sees_all_tokens_so_far_and_decides() -> None:
    lengths = []

    def only_seven(tokens: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        lengths.append(tokens.shape[1])
        forced = torch.full_like(scores, -torch.inf)
        forced[:, 7] = 0.0
        return forced

    answers = write(MODEL, PROMPTS, temperature=1.0, seed=2, processor=only_seven)
    assert (answers[:, PROMPT:] == 7).all()
    assert lengths == list(range(PROMPT, WINDOW))


def test_a_low_temperature_takes_the_likeliest_token() -> None:
    answers = write(MODEL, PROMPTS, temperature=1e-4, seed=2)
    with torch.inference_mode():
        logits = MODEL(input_ids=torch.from_numpy(answers[:, :-1])).logits[:, PROMPT - 1 :]
    chosen = logits.gather(-1, torch.from_numpy(answers[:, PROMPT:, None]))[..., 0]
    assert float((logits.max(-1).values - chosen).max()) < 1e-3


def test_many_prompts_are_answered_in_batches_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    answers = write(MODEL, PROMPTS, temperature=1.0, seed=2)
    assert answers.shape == (5, WINDOW)
    assert (answers[:, :PROMPT] == PROMPTS).all()
