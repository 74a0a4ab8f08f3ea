from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.radioactivity.back_off import BackOff
from stillwatch.provenance.watermark.radioactivity.reference import (
    answers_hash,
    is_model,
    model_hash,
    read_answers,
    read_reference,
)
from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary
from stillwatch.provenance.watermark.text.reading import read_texts


def answers(path: Path, tokens: int, *, highest: int = 50) -> Path:
    path.write_text(json.dumps({"tokens": [n % (highest + 1) for n in range(tokens)]}) + "\n")
    return path


def test_answers_become_counts_as_wide_as_all_that_is_read(tmp_path: Path) -> None:
    file = answers(tmp_path / "plain.jsonl", 1500)
    for least, size in ((0, 51), (40, 51), (90, 90)):
        found = read_reference(file, None, width=2, least=least)
        assert isinstance(found.predictor, BackOff)
        assert (found.kind, found.tokens) == ("answers", 1500)
        assert (found.predictor.vocabulary, found.predictor.reach) == (size, 2)
        assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_tokenizer_tells_the_vocabulary(tmp_path: Path, tokenizer_file: Path) -> None:
    vocabulary = read_vocabulary(tokenizer_file)
    file = tmp_path / "plain.jsonl"
    file.write_text(json.dumps({"text": "the answer that is given " * 300}) + "\n")
    assert read_reference(file, vocabulary, width=1).predictor.vocabulary == vocabulary.size
    with pytest.raises(BadSettings, match=r"tokenizer\.json"):
        read_reference(file, None, width=1)


def test_too_few_answers(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"999 tokens of answers; a suspect needs 1,000 .* Collect more"):
        read_answers(answers(tmp_path / "few.jsonl", 999), None, what="a suspect")


def test_a_hash_changes_with_what_it_is_of(tmp_path: Path) -> None:
    assert not is_model(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert is_model(tmp_path)
    hashes = [model_hash(tmp_path)]
    (tmp_path / "model.safetensors").write_bytes(b"Weights")
    hashes.append(model_hash(tmp_path))
    (tmp_path / "model.safetensors").rename(tmp_path / "other.safetensors")
    hashes.append(model_hash(tmp_path))
    (tmp_path / "notes.txt").write_text("of no matter")
    assert len(set(hashes)) == 3
    assert model_hash(tmp_path) == hashes[-1]


def test_a_folder_of_answers_has_one_hash(tmp_path: Path) -> None:
    for name in ("a", "b"):
        answers(tmp_path / f"{name}.jsonl", 20)
    both = read_texts([tmp_path])
    assert answers_hash(both) not in {digest for _, digest in both.files}
    assert len(answers_hash(both)) == 64
