"""Text to tokens with the provider's tokenizer: a suspect's text is scored in the tokens that the mark was made in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadInput, BadSettings, NothingToRead

__all__ = ["Tokenizer", "read_tokenizer"]

_AT_ONCE = 1024


class Tokenizer:
    """A tokenizer.json. `sha256` is that of the file. Adds no special token, cuts and pads nothing, whatever it
    says."""

    def __init__(self, inner: Any, sha256: str) -> None:
        self._inner, self.sha256 = inner, sha256

    @property
    def size(self) -> int:
        """Tokens in the vocabulary, added ones too."""
        return int(self._inner.get_vocab_size(with_added_tokens=True))

    def encode(self, texts: Sequence[str]) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """For each text its tokens int32[n] and the characters they cover int32[n, 2]."""
        made = []
        for begin in range(0, len(texts), _AT_ONCE):
            some = [_encodable(text) for text in texts[begin : begin + _AT_ONCE]]
            for one in self._inner.encode_batch(some, add_special_tokens=False):
                made.append((np.array(one.ids, np.int32), np.array(one.offsets, np.int32).reshape(-1, 2)))
        return made

    def decode(self, tokens: Sequence[int]) -> str:
        return str(self._inner.decode([int(token) for token in tokens], skip_special_tokens=False))


def read_tokenizer(path: Path) -> Tokenizer:
    """Raises BadInput where the file is no tokenizer, BadSettings where the library that reads it is not installed."""
    try:
        import tokenizers
    except ImportError:
        raise BadSettings(
            "reading text needs the library `tokenizers`. Install stillwatch[watermark], or give `tokens` instead."
        ) from None
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file.") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}). Give a tokenizer.json.") from None
    try:
        inner = tokenizers.Tokenizer.from_buffer(raw)
    except Exception as error:
        raise BadInput(f"{path}: is not a tokenizer.json ({type(error).__name__}). Save it again.") from None
    inner.no_truncation()
    inner.no_padding()
    return Tokenizer(inner, hashlib.sha256(raw).hexdigest())


def _encodable(text: str) -> str:
    """A lone surrogate is no character: the tokenizer would refuse the whole batch. Same length, so offsets hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
