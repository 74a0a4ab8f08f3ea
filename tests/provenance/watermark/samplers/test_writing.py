from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.samplers.prompts import Prompt
from stillwatch.provenance.watermark.samplers.writing import Answer, LocalModel, Sampling, open_model, write_answers
from stillwatch.provenance.watermark.schemes import scheme_named
from stillwatch.provenance.watermark.tails import Tail

KEY = bytes(range(32))
NAME = KeyName(provider="us", scheme="kgw:gamma=0.25,width=1", epoch="e", cohort="c", account="alice")
PROMPTS = [Prompt(prompt=f"the quick {'brown ' * (n % 3)}fox") for n in range(19)]


@pytest.fixture(scope="module")
def local(model_folder: Path) -> LocalModel:
    torch.set_num_threads(1)
    return open_model(model_folder)


def answers(local: LocalModel, prompts: list[Prompt], **given: float) -> list[Answer]:
    sampling = Sampling(max_tokens=40, top_p=0.99, seed=int(given.pop("seed", 5)))
    return list(write_answers(local, prompts, NAME, KEY, policy=Policy(delta=4.0), sampling=sampling, **given))


def log10_p(found: list[Answer]) -> float:
    scheme = scheme_named(NAME.scheme)
    texts = Texts.of([a.prompt_tokens + a.tokens for a in found], [len(a.prompt_tokens) for a in found])
    pairs = distinct_pairs(texts, scheme.width)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [KEY]))[0])


def test_answers_are_marked_but_for_the_plain_share(local: LocalModel) -> None:
    made = answers(local, PROMPTS, plain_share=0.4)
    assert [answer.id for answer in made] == list(range(1, 20))
    marked = [answer for answer in made if answer.mark is not None]
    plain = [answer for answer in made if answer.mark is None]
    assert 2 <= len(plain) <= 15
    assert log10_p(marked) < -6
    assert log10_p(plain) > -3
    for answer in marked:
        assert answer.mark is not None
        assert answer.mark.key_id == NAME.id
        assert (answer.mark.tokens, answer.mark.strength) == (len(answer.tokens), 4.0)
        assert answer.mark.marked == len(answer.tokens)  # A model of random weights is never sure.
    assert all(0 not in answer.tokens for answer in made)
    assert made == answers(local, PROMPTS, plain_share=0.4)
    assert made != answers(local, PROMPTS, plain_share=0.4, seed=6)


def test_tokens_serve_where_there_is_no_tokenizer(local: LocalModel) -> None:
    bare = LocalModel(local.model, None)
    made = answers(bare, [Prompt(prompt_tokens=[9, 8], id="x", account="alice")])
    assert (made[0].id, made[0].account, made[0].text, made[0].prompt_tokens) == ("x", "alice", None, [9, 8])
    with pytest.raises(BadSettings, match="prompt_tokens"):
        answers(bare, PROMPTS[:1])
    with pytest.raises(BadInput, match="vocabulary"):
        answers(bare, [Prompt(prompt_tokens=[320])])


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no config\.json"):
        open_model(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="cannot open"):
        open_model(tmp_path)
