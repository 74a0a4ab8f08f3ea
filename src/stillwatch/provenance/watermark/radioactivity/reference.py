"""The unmarked reference: what the suspect would have written had it never seen the mark."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.radioactivity.back_off import BackOff
from stillwatch.provenance.watermark.radioactivity.language_model import read_language_model
from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary
from stillwatch.provenance.watermark.radioactivity.windows import Predictor
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.reading import read_texts

__all__ = ["FEWEST_TOKENS", "Reference", "answers_hash", "is_model", "model_hash", "read_answers", "read_reference"]

FEWEST_TOKENS = 1_000
"""Fewer written tokens say nothing, of a suspect or of a reference."""


@dataclass(frozen=True)
class Reference:
    """`sha256` is that of the file of answers, or of the model's configuration and weights. `tokens` of the answers, 0
    for a model."""

    name: str
    kind: Literal["model", "answers"]
    predictor: Predictor
    sha256: str
    tokens: int = 0


def read_reference(path: Path, vocabulary: Vocabulary | None, *, width: int, least: int = 0) -> Reference:
    """A folder with a model, or a file of answers that no mark ever touched, counted in contexts of `width` tokens.

    Without a tokenizer the vocabulary of answers is what they hold, or `least`: one more than the suspect's largest
    token."""
    if is_model(path):
        if vocabulary is not None:
            vocabulary.check_model(path)
        return Reference(str(path), "model", read_language_model(path), model_hash(path))
    answers = read_answers(path, vocabulary, what="a reference")
    size = max(least, int(answers.texts.tokens.max()) + 1, 0 if vocabulary is None else vocabulary.size)
    counts = BackOff(answers.texts, width, size)
    return Reference(str(path), "answers", counts, answers_hash(answers), answers.texts.written)


def read_answers(path: Path, vocabulary: Vocabulary | None, *, what: str) -> Documents:
    """Answers of a file, or of a folder of files. Raises BadInput where they are too few, or not readable with the
    tokenizer."""
    answers = read_texts([path], None if vocabulary is None else vocabulary.tokenizer)
    if vocabulary is not None:
        vocabulary.check_answers(path, answers)
    if answers.texts.written < FEWEST_TOKENS:
        raise BadInput(
            f"{path}: {answers.texts.written:,} tokens of answers; {what} needs {FEWEST_TOKENS:,} at least, and tens "
            "of thousands before a mark can be expected to show. Collect more answers."
        )
    return answers


def is_model(path: Path) -> bool:
    return (path / "config.json").is_file()


def model_hash(folder: Path) -> str:
    """SHA-256 over names and contents of the configuration and the weights."""
    total = hashlib.sha256()
    for path in [folder / "config.json", *sorted(folder.glob("*.safetensors"))]:
        with path.open("rb") as file:
            total.update(f"{path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def answers_hash(answers: Documents) -> str:
    """That of the file, or of the list of hashes where there are several."""
    hashes = [digest for _, digest in answers.files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(msgspec.json.encode(hashes)).hexdigest()
