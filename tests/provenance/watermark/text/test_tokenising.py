from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.text import read_tokenizer


def test_it_cuts_pads_and_adds_nothing(tokenizer_file: Path) -> None:
    tokenizer = read_tokenizer(tokenizer_file)
    (long, places), (short, _), (none, nowhere) = tokenizer.encode(["w1 w2 w3 w4 w5 w6", "w9", ""])
    assert long.tolist() == [1, 2, 3, 4, 5, 6] and short.tolist() == [9]
    assert places.tolist()[1] == [3, 5]
    assert none.tolist() == [] and nowhere.shape == (0, 2)
    assert tokenizer.decode([3, 4]) == "w3 w4" and tokenizer.size == 5002


def test_the_file_is_hashed(tokenizer_file: Path) -> None:
    assert read_tokenizer(tokenizer_file).sha256 == hashlib.sha256(tokenizer_file.read_bytes()).hexdigest()


def test_a_lone_surrogate_is_a_character_of_its_own(tokenizer_file: Path) -> None:
    ((tokens, places),) = read_tokenizer(tokenizer_file).encode(["w1 \ud800 w2"])
    assert tokens.tolist() == [1, 5000, 2] and places.tolist()[2] == [5, 7]


def test_many_texts_keep_their_order(tokenizer_file: Path) -> None:
    made = read_tokenizer(tokenizer_file).encode([f"w{i % 5000}" for i in range(2500)])
    assert [int(tokens[0]) for tokens, _ in made] == [i % 5000 for i in range(2500)]


def test_faults_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer_file: Path) -> None:
    (tmp_path / "bad.json").write_text('{"model": 5}')
    with pytest.raises(BadInput, match=r"bad\.json: is not a tokenizer\.json"):
        read_tokenizer(tmp_path / "bad.json")
    with pytest.raises(NothingToRead, match="no such file"):
        read_tokenizer(tmp_path / "none.json")
    with pytest.raises(BadInput, match="cannot be read"):
        read_tokenizer(tmp_path)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(BadSettings, match=r"stillwatch\[watermark\]"):
        read_tokenizer(tokenizer_file)
