from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.transformers import InLastPlace, MarkLogitsProcessor
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme
from stillwatch.provenance.watermark.tails import Tail

ALICE, BOB, CAROL = (bytes(range(n, n + 32)) for n in range(3))
VOCABULARY = 300


@pytest.fixture(scope="module")
def model() -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=128, initializer_range=0.3, bos_token_id=None, eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config).eval()


def log10_p(answers: list[list[int]], prompts: list[int], scheme: Scheme, key: bytes) -> float:
    pairs = distinct_pairs(Texts.of(answers, prompts), scheme.width)
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


@pytest.mark.parametrize("scheme", [Kgw(width=1), Gumbel(width=2)])
def test_each_answer_is_found_by_its_own_key_alone(scheme: Scheme, model: Any) -> None:
    prompts = [[5, 6], [7, 8, 9, 10], [11, 12, 13], [14, 15, 16, 17]]
    keys = [ALICE, BOB, None, ALICE]
    padded = torch.tensor([[0] * (4 - len(one)) + one for one in prompts])
    marks = MarkLogitsProcessor(scheme, keys, delta=4.0, prompt_lengths=[len(one) for one in prompts])
    torch.manual_seed(1)
    made = model.generate(
        padded, attention_mask=(padded > 0).long(), do_sample=True, temperature=0.9, top_k=100, top_p=0.99,
        num_return_sequences=2, max_new_tokens=40, watermarking_config=InLastPlace(marks),
    )  # fmt: skip
    texts = [row[4 - len(prompts[i // 2]) :] for i, row in enumerate(made.tolist())]
    assert len(marks.history) == 40

    def of(key: bytes | None) -> tuple[list[list[int]], list[int]]:
        mine = [i for i in range(8) if keys[i // 2] == key]
        return [texts[i] for i in mine], [len(prompts[i // 2]) for i in mine]

    assert log10_p(*of(ALICE), scheme, ALICE) < -12
    assert log10_p(*of(BOB), scheme, BOB) < -6
    assert log10_p(*of(None), scheme, ALICE) > -3
    for key, other in ((ALICE, BOB), (BOB, ALICE), (ALICE, CAROL), (BOB, CAROL)):
        assert log10_p(*of(key), scheme, other) > -3


def test_draws_keep_to_top_k_after_temperature(model: Any) -> None:
    prompt = torch.tensor([[3, 4, 5]])
    with torch.inference_mode():
        likeliest = model(prompt).logits[0, -1].topk(2).indices.tolist()
    drawn = set()
    for n in range(12):
        marks = MarkLogitsProcessor(Gumbel(), bytes(range(n, n + 32)), low_entropy=0.0)
        made = model.generate(
            prompt, do_sample=True, top_k=2, temperature=3.0, max_new_tokens=1, watermarking_config=InLastPlace(marks)
        )
        drawn.add(made[0, -1].item())
    assert drawn == set(likeliest)


def test_step_by_step_it_does_what_the_marker_does() -> None:
    random = np.random.default_rng(5)
    marks = MarkLogitsProcessor(Gumbel(width=2), [ALICE, BOB], prompt_lengths=[3, 1])
    tokens = random.integers(0, 3, (2, 3))
    for _ in range(2):  # A second generation begins anew.
        text = tokens
        for step in range(6):
            scores = random.normal(0, 2, (2, 40)).astype(np.float32)
            given = torch.from_numpy(scores.copy())
            made = marks(torch.from_numpy(text), given)
            assert torch.equal(given, torch.from_numpy(scores))
            keys, may = key_rows([ALICE, BOB], 2)
            done = Marker(Gumbel(width=2)).mark(scores, text, keys, may, np.array([0, 2]), 3)
            np.testing.assert_array_equal(made.numpy(), scores)
            assert len(marks.history) == step + 1
            assert marks.history[-1].tolist() == done.tolist()
            text = np.hstack([text, random.integers(0, 3, (2, 1))])


def test_half_precision_comes_back_as_it_went_in() -> None:
    made = MarkLogitsProcessor(Kgw(), ALICE)(torch.tensor([[1, 2]]), torch.zeros(1, 64, dtype=torch.bfloat16))
    assert made.dtype == torch.bfloat16
    assert made.unique().tolist() == [0.0, 2.0]


def test_no_key_is_shown_or_saved() -> None:
    place = InLastPlace(MarkLogitsProcessor(Kgw(), ALICE))
    shown = repr(place) + place.to_json_string() + repr(dict(place)) + repr(copy.deepcopy(place))
    shown += repr(transformers.GenerationConfig(watermarking_config=place))
    assert "kgw:gamma=0.25,width=1" in shown
    assert repr(ALICE)[2:-1] not in shown
    assert ALICE.hex() not in shown


@pytest.mark.parametrize("lengths", [[9], [1, 1, 1], [-1]])
def test_lengths_that_do_not_fit_are_refused(lengths: list[int]) -> None:
    with pytest.raises(BadSettings, match="prompt_lengths"):
        MarkLogitsProcessor(Kgw(), ALICE, prompt_lengths=lengths)(
            torch.zeros((2, 3), dtype=torch.int64), torch.zeros(2, 9)
        )
