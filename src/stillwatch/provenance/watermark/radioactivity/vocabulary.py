"""The provider's numbering of tokens, and whether a text or a model can be read in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.errors import BadInput, BadSettings
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.tokenising import Tokenizer, read_tokenizer

__all__ = ["Vocabulary", "read_vocabulary"]

MOST_UNREAD = 0.01
"""Of a text, the share that may be unknown to the tokenizer: stray symbols are common, another script is not."""


@dataclass(frozen=True)
class Vocabulary:
    """`numbers` are the tokens' ids, `unknown` the id for what has none, None where there is no such token."""

    tokenizer: Tokenizer
    numbers: dict[str, int]
    unknown: int | None

    @property
    def size(self) -> int:
        return max(self.numbers.values(), default=-1) + 1

    def check_model(self, folder: Path) -> None:
        """Raises BadSettings where the model in `folder` numbers its tokens otherwise."""
        own = folder / "tokenizer.json"
        if own.is_file() and (theirs := read_vocabulary(own).numbers) != self.numbers:
            shared = sum(self.numbers.get(token) == number for token, number in theirs.items())
            raise BadSettings(
                f"{folder}: its tokenizer is not the provider's ({shared:,} of {len(theirs):,} tokens agree), so its "
                "probabilities are of other tokens. Sample answers from it, and give those as a file instead."
            )

    def check_answers(self, path: Path, answers: Documents) -> None:
        """Raises BadInput where too much of the text is lost on the tokenizer."""
        remedy = "Give the tokenizer.json that the marked answers were written with."
        texts = [text for text in answers.written if text is not None]
        wanted = sum(len(text) - sum(map(str.isspace, text)) for text in texts)
        known = answers.characters[answers.characters[:, 0] >= 0]
        read = int((known[:, 1] - known[:, 0]).sum())
        if wanted and read < (1 - MOST_UNREAD) * wanted:
            raise BadInput(f"{path}: the tokenizer cannot read {1 - read / wanted:.0%} of the text. {remedy}")
        if self.unknown is not None and len(known):
            share = float(np.mean(answers.texts.tokens[answers.characters[:, 0] >= 0] == self.unknown))
            if share > MOST_UNREAD:
                raise BadInput(f"{path}: {share:.0%} of the tokens are unknown to the tokenizer. {remedy}")


def read_vocabulary(path: Path) -> Vocabulary:
    """Raises BadInput or NothingToRead where the file is no tokenizer.json."""
    tokenizer = read_tokenizer(path)
    told: Any = json.loads(path.read_bytes())
    model = told.get("model") or {}
    numbers: dict[str, int] = {}
    entries = model.get("vocab")
    if isinstance(entries, dict):
        numbers = {str(token): int(number) for token, number in entries.items()}
    elif isinstance(entries, list):  # Unigram: (token, score) in order
        numbers = {str(entry[0]): number for number, entry in enumerate(entries)}
    numbers |= {str(one["content"]): int(one["id"]) for one in told.get("added_tokens") or ()}
    named = model.get("unk_token")
    unknown = model.get("unk_id") if named is None else numbers.get(str(named))
    return Vocabulary(tokenizer, numbers, unknown)
