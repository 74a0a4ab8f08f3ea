from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.forecast import BUDGETS, SHARES
from stillwatch.provenance.watermark.radioactivity.outlook import Measured, halves, measure, outlook
from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw

Chains = Callable[..., Any]


def documents_of(texts: Texts) -> list[tuple[list[int], list[int]]]:
    """(prompt, what was written) of each."""
    made = []
    for i in range(len(texts)):
        begin, end, prompt = int(texts.offsets[i]), int(texts.offsets[i + 1]), int(texts.prompts[i])
        whole = texts.tokens[begin:end].tolist()
        made.append((whole[:prompt], whole[prompt:]))
    return made


def save(path: Path, texts: Texts) -> Path:
    rows = [{"prompt_tokens": prompt, "tokens": written} for prompt, written in documents_of(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def answers(plain: Any, chain: Chains, tmp_path: Path) -> Path:
    return save(tmp_path / "plain.jsonl", chain(plain).write(100, 40, seed=1, prompt=5))


def test_many_documents_are_dealt_out_in_turn(plain: Any, chain: Chains) -> None:
    texts = chain(plain).write(11, 30, seed=1, prompt=3)
    one, other = halves(texts)
    whole = documents_of(texts)
    assert documents_of(one) == whole[::2]
    assert documents_of(other) == whole[1::2]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), min_size=1, max_size=6))
def test_halves_hold_every_written_token_once(sizes: list[tuple[int, int]]) -> None:
    place = 0
    documents = []
    for prompt, written in sizes:
        documents.append(list(range(place, place + prompt + written)))
        place += prompt + written
    texts = Texts.of(documents, [prompt for prompt, _ in sizes])
    parts = halves(texts)
    found = sorted(token for part in parts for _, written in documents_of(part) for token in written)
    assert found == sorted(token for _, written in documents_of(texts) for token in written)
    fewest = min(part.written for part in parts)
    assert fewest >= texts.written // 4 - len(sizes)


def test_one_text_is_cut_in_the_middle() -> None:
    one, other = halves(Texts.of([list(range(10))], [2]))
    assert documents_of(one) == [([0, 1], [2, 3, 4, 5])]
    assert documents_of(other) == [([], [6, 7, 8, 9])]


def test_answers_are_not_read_with_themselves(answers: Path) -> None:
    found = measure(answers, None, None, Kgw())
    assert found.read == 100 * 40 // 2
    assert (found.answer, found.prompt) == (40.0, 5.0)
    assert 0.5 < found.rates.rates.sum() < 1.01


def test_a_model_is_read_over_texts(answers: Path, model_folder: Path, tokenizer_file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="needs --contexts"):
        measure(model_folder, None, None, Kgw())
    found = measure(model_folder, answers, None, Kgw())
    assert found.read == 100 * 40
    words = tmp_path / "words.txt"
    words.write_text("who was it that wrote all of this and when?\n" * 200)
    read = measure(model_folder, words, read_vocabulary(tokenizer_file), Gumbel())
    assert read.read >= 1000
    assert read.rates.rates.max() <= 1


def test_what_cannot_be_measured(answers: Path, plain: Any, chain: Chains, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="--contexts is for a reference that is a model"):
        measure(answers, answers, None, Kgw())
    with pytest.raises(BadInput, match="1,000 at least"):
        measure(save(tmp_path / "few.jsonl", chain(plain).write(5, 40, seed=2)), None, None, Kgw())


def test_budgets_say_what_they_bring_and_cost(answers: Path) -> None:
    found = measure(answers, None, None, Kgw())
    made = outlook(found, Kgw(), 1e-6, budgets=(*BUDGETS, 1000), price=(2.0, 10.0))
    assert [one.tokens for one in made.budgets] == [1000, *BUDGETS]
    assert len(made.power) == 5 * len(SHARES)
    shares = [2.0 if one.least_share is None else one.least_share for one in made.budgets]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 1
    first = made.budgets[0]
    assert (first.questions, first.text) == (25, "")
    assert first.cost == pytest.approx((25 * 5 * 2 + 1000 * 10) / 1e6)
    assert "5,000 questions" in outlook(found, Kgw(), 1e-6, budgets=(10**6,)).budgets[0].text
    # Shorter answers take more questions; questions known beforehand cost what they are.
    short = outlook(found, Kgw(), 1e-6, budgets=(1000,), price=(2.0, 10.0), most=10, prompt=50.0).budgets[0]
    assert short.questions == 100
    assert short.cost == pytest.approx((100 * 50 * 2 + 1000 * 10) / 1e6)
    # More keys ask for more.
    many = outlook(found, Kgw(), 1e-6, keys=10_000)
    assert all((b.least_share or 2) > (a or 2) for a, b in zip(shares[1:], many.budgets, strict=True) if a < 1)


def test_a_strange_measurement_breaks_nothing() -> None:
    from stillwatch.provenance.watermark.radioactivity.forecast import Rates

    made = outlook(Measured("none", Rates(np.zeros(0)), 0, 0.0, 0.0), Kgw(), 1e-6, price=(1.0, 1.0))
    assert all(one.least_share is None for one in made.budgets)
    assert made.budgets[0].questions == 5000
