from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity import windows
from stillwatch.provenance.watermark.radioactivity.expected import closed_evidence
from stillwatch.provenance.watermark.radioactivity.language_model import LanguageModel, read_language_model
from stillwatch.provenance.watermark.radioactivity.windows import batches


@pytest.fixture(scope="module")
def model(model_folder: Path) -> LanguageModel:
    return read_language_model(model_folder)


def test_it_says_what_it_takes(model: LanguageModel) -> None:
    assert (model.vocabulary, model.longest, model.reach) == (128, 32, None)


def test_probabilities_are_those_of_the_model_alone(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    random = np.random.default_rng(3)
    texts = Texts.of([random.integers(0, 128, n) for n in (5, 30, 17, 45)])
    places = np.flatnonzero(np.concatenate([np.arange(n) > 0 for n in (5, 30, 17, 45)]))
    monkeypatch.setattr(windows, "MEMORY", 4 * 128 * 50)
    monkeypatch.setattr(windows, "FEWEST", 1)
    found = np.zeros((len(texts.tokens), 128), np.float32)
    count = 0
    for batch in batches(texts, places, model.longest, model.vocabulary):
        found[batch.positions] = model.probabilities(batch)
        count += 1
    assert count > 1
    np.testing.assert_allclose(found[places].sum(1), 1, rtol=1e-5)
    for document in range(3):  # those that fit in one window
        start, end = texts.offsets[document : document + 2]
        whole = torch.from_numpy(texts.tokens[start:end].astype(np.int64))[None]
        with torch.inference_mode():
            alone = torch.softmax(model._model(input_ids=whole).logits[0], -1).numpy()
        np.testing.assert_allclose(found[start + 1 : end], alone[:-1], atol=1e-6)


def test_expected_mass_is_the_sum_of_its_rows(model: LanguageModel) -> None:
    texts = Texts.of([np.random.default_rng(4).integers(0, 128, 25)] * 2)
    found = closed_evidence(texts, model, 1)
    assert found.seen.sum() == 48
    assert 36 < found.expected.sum() <= 48.01


def test_a_beginning_that_the_tokenizer_adds(model_folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((model_folder / name).read_bytes())
    told = json.loads((model_folder / "tokenizer.json").read_text())
    told["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[?]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"[?]": {"id": "[?]", "ids": [0], "tokens": ["[?]"]}},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(told))
    begun, plain = read_language_model(tmp_path), read_language_model(model_folder)
    assert begun.longest == 31
    (batch,) = batches(Texts.of([[4, 5, 6]]), np.array([2]), 16, 128)
    (shifted,) = batches(Texts.of([[0, 4, 5, 6]]), np.array([3]), 16, 128)
    np.testing.assert_allclose(begun.probabilities(batch), plain.probabilities(shifted), atol=1e-6)


def test_numbers_that_are_none(model_folder: Path) -> None:
    import torch

    broken = read_language_model(model_folder)
    with torch.no_grad():
        broken._model.get_output_embeddings().weight.fill_(float("nan"))
    (batch,) = batches(Texts.of([[4, 5, 6]]), np.array([2]), 16, 128)
    with pytest.raises(BadInput, match="NaN"):
        broken.probabilities(batch)


def test_folders_that_are_no_model(model_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match=r"no config\.json"):
        read_language_model(tmp_path / "absent")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="no safetensors"):
        read_language_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(BadInput, match="cannot be read as a Hugging Face"):
        read_language_model(tmp_path)
    (tmp_path / "config.json").write_bytes((model_folder / "config.json").read_bytes())
    with pytest.raises(BadInput, match="cannot be read"):
        read_language_model(tmp_path)


def test_no_code_of_the_folder_is_run(model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((model_folder / "model.safetensors").read_bytes())
    told = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(BadInput, match="must be one that transformers knows itself"):
        read_language_model(tmp_path)
    assert not (tmp_path / "ran").exists()
