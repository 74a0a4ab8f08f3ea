from __future__ import annotations

import json
from pathlib import Path

import pytest

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary
from stillwatch.provenance.watermark.text.reading import read_texts


def answers(path: Path, text: str) -> Path:
    path.write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
    return path


def test_numbers_of_a_tokenizer(tokenizer_file: Path) -> None:
    vocabulary = read_vocabulary(tokenizer_file)
    assert vocabulary.unknown == 0
    assert vocabulary.size == vocabulary.tokenizer.size == len(vocabulary.numbers)


def test_a_unigram_tokenizer(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    path = tmp_path / "tokenizer.json"
    Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -2.0)], unk_id=0, byte_fallback=False)).save(str(path))
    vocabulary = read_vocabulary(path)
    assert vocabulary.numbers == {"<unk>": 0, "a": 1, "b": 2}
    assert vocabulary.unknown == 0


def test_text_that_is_unknown_to_it(tokenizer_file: Path, tmp_path: Path) -> None:
    vocabulary = read_vocabulary(tokenizer_file)
    good = answers(tmp_path / "good.jsonl", "the answer that is given " * 9)
    vocabulary.check_answers(good, read_texts([good], vocabulary.tokenizer))
    strange = answers(tmp_path / "strange.jsonl", "the answer дистилляция " * 9)
    with pytest.raises(BadInput, match=r"strange\.jsonl: .*% of the tokens are unknown"):
        vocabulary.check_answers(strange, read_texts([strange], vocabulary.tokenizer))


def test_text_that_it_drops(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    path = tmp_path / "tokenizer.json"
    Tokenizer(models.BPE(vocab={"a": 0, "b": 1}, merges=[])).save(str(path))  # drops what it does not know
    vocabulary = read_vocabulary(path)
    assert vocabulary.unknown is None
    text = answers(tmp_path / "x.jsonl", "abxyab")
    with pytest.raises(BadInput, match="cannot read 33% of the text"):
        vocabulary.check_answers(text, read_texts([text], vocabulary.tokenizer))


def test_a_model_with_another_tokenizer(tokenizer_file: Path, tmp_path: Path) -> None:
    vocabulary = read_vocabulary(tokenizer_file)
    vocabulary.check_model(tmp_path)  # tells nothing of its tokenizer
    told = json.loads(tokenizer_file.read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps(told))
    vocabulary.check_model(tmp_path)
    first, second = list(told["model"]["vocab"])[5:7]
    entries = told["model"]["vocab"]
    entries[first], entries[second] = entries[second], entries[first]
    (tmp_path / "tokenizer.json").write_text(json.dumps(told))
    with pytest.raises(BadSettings, match=r"is not the provider's .* as a file instead"):
        vocabulary.check_model(tmp_path)
