"""English text as tokens that keep their place: words, numbers, marks, and what may not be touched as one token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

__all__ = ["OPAQUE", "Token", "follows", "spaced", "tokens_of"]

OPAQUE = "\ufffc"
"""What stands for a protected span: code, a quotation, an address."""

_PATTERN = re.compile(
    r"(?:e\.g|i\.e|etc|vs)\.(?!\w)|[^\W_]*[\d_][\w]*(?:[.,:/][\w]*\d[\w]*)*|[^\W\d_]+(?:['’\-‑][^\W\d_]+)*|\S",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """`plain` is lower case with a straight apostrophe. `gap`: 0 nothing stood before, 1 one space, 2 anything else."""

    plain: str
    text: str
    start: int
    end: int
    kind: Literal["word", "number", "mark", "opaque"]
    gap: int


def tokens_of(text: str, start: int, end: int, protected: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of text[start:end]. `protected` spans, sorted and apart, become one opaque token each."""
    tokens: list[Token] = []
    last = start
    for begin, stop in [*protected, (end, end)]:
        for match in _PATTERN.finditer(text, last, begin):
            tokens.append(_token(text, match.start(), match.end(), tokens[-1].end if tokens else start))
        if stop > begin:
            before = tokens[-1].end if tokens else start
            tokens.append(Token(OPAQUE, text[begin:stop], begin, stop, "opaque", _gap(text, before, begin)))
        last = stop
    return tokens


def spaced(words: str) -> tuple[str, ...]:
    """A formulation as `follows` compares it: plain tokens, "~" before those that follow without a space."""
    return tuple(
        follows(token) if number else token.plain for number, token in enumerate(tokens_of(words, 0, len(words)))
    )


def follows(token: Token) -> str:
    return token.plain if token.gap else "~" + token.plain


def _token(text: str, start: int, end: int, before: int) -> Token:
    own = text[start:end]
    first = own[0]
    kind: Literal["word", "number", "mark"]
    if first.isalpha() and not any(c.isdigit() or c == "_" for c in own):
        kind = "word"
    else:
        kind = "number" if len(own) > 1 or own.isdigit() else "mark"
    return Token(own.lower().replace("’", "'"), own, start, end, kind, _gap(text, before, start))


def _gap(text: str, before: int, start: int) -> int:
    return 0 if before == start else 1 if start - before == 1 and text[before] == " " else 2
