from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.radioactivity import suspect as room
from stillwatch.provenance.watermark.radioactivity.asking import Asking, Sampled
from stillwatch.provenance.watermark.radioactivity.reference import read_reference
from stillwatch.provenance.watermark.radioactivity.suspect import read_suspect
from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary


def answers(path: Path, documents: int = 30, length: int = 50) -> Path:
    random = np.random.default_rng(5)
    rows = [{"tokens": random.integers(0, 100, length).tolist(), "prompt_tokens": [1, 2]} for _ in range(documents)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_answers_in_a_file(tmp_path: Path) -> None:
    found = read_suspect(str(answers(tmp_path / "a.jsonl")), None)
    assert (found.access, found.model, found.retokenised) == ("closed", None, False)
    assert found.texts.written == 1500
    assert found.texts.prompts.tolist() == [2] * 30
    assert found.largest_token < 100
    assert read_suspect(str(tmp_path / "a.jsonl"), None, tokens=400).texts.written == 400


def test_text_is_told_to_be_tokenised_again(tmp_path: Path, tokenizer_file: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "who keeps watch over the answer? " * 200}) + "\n")
    assert read_suspect(str(path), read_vocabulary(tokenizer_file)).retokenised


def test_a_model_is_read_over_contexts(model_folder: Path, tokenizer_file: Path, tmp_path: Path) -> None:
    vocabulary = read_vocabulary(tokenizer_file)
    with pytest.raises(BadSettings, match="--contexts"):
        read_suspect(str(model_folder), vocabulary)
    found = read_suspect(str(model_folder), vocabulary, contexts=answers(tmp_path / "c.jsonl"), tokens=1200)
    assert found.access == "open"
    assert found.model is not None
    assert found.texts.written == 1200
    reference = read_reference(model_folder, vocabulary, width=1)
    assert (reference.kind, reference.sha256) == ("model", found.sha256)


def test_an_address_is_asked_and_its_path_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "https://api.example.com/secret-path/v1#student-7b"
    with pytest.raises(BadSettings, match="--prompts"):
        read_suspect(source, None)
    made = answers(tmp_path / "said.jsonl")
    monkeypatch.setattr(room, "sample_answers", lambda *args, **options: Sampled(path=made, missing=3))
    found = read_suspect(source, None, asking=Asking(prompts=made), folder=tmp_path)
    assert found.name == "student-7b at api.example.com"
    assert found.access == "closed"
    assert found.left_out == (("question without an answer", 3),)


def test_what_cannot_be_a_suspect(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="no such file or folder"):
        read_suspect(str(tmp_path / "absent"), None)
    path = answers(tmp_path / "a.jsonl")
    with pytest.raises(BadSettings, match="--contexts is for"):
        read_suspect(str(path), None, contexts=path)
    with pytest.raises(BadInput, match="100 tokens of answers"):
        read_suspect(str(answers(tmp_path / "few.jsonl", documents=2)), None)
