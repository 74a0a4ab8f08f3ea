"""Unicode in two look-up tables: what a character folds to, and what it does to a word.

Case, full width, mathematical letters and Latin accents fold away, zero-width characters vanish, so that the
commonest ways to hide a phrase from a filter do not change any sketch. Chinese, Japanese, Korean and the scripts
of South-East Asia put no spaces between words (or glue endings on), so there each character is a word of its own.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIGIT", "LETTER", "NEWLINE", "PUNCTUATION", "SCRIPTS", "SINGLE", "SKIP", "SPACE", "Folding", "folding"]

SPACE, NEWLINE, PUNCTUATION, LETTER, DIGIT, SINGLE, SKIP = range(7)
CODE_POINTS = 0x20000  # above: rare Han, tags and private use, handled by `info` of the last table entries

# (script, first, last code point). The order gives the script's number; 0 is "no script".
_RANGES: tuple[tuple[str, int, int], ...] = (
    ("latin", 0x41, 0x24F), ("latin", 0x1E00, 0x1EFF), ("latin", 0x2C60, 0x2C7F), ("latin", 0xA720, 0xA7FF),
    ("cyrillic", 0x400, 0x52F), ("greek", 0x370, 0x3FF), ("greek", 0x1F00, 0x1FFF),
    ("arabic", 0x600, 0x77F), ("arabic", 0x8A0, 0x8FF), ("arabic", 0xFB50, 0xFDFF), ("arabic", 0xFE70, 0xFEFC),
    ("hebrew", 0x590, 0x5FF), ("devanagari", 0x900, 0x97F), ("bengali", 0x980, 0x9FF), ("gurmukhi", 0xA00, 0xA7F),
    ("gujarati", 0xA80, 0xAFF), ("tamil", 0xB80, 0xBFF), ("telugu", 0xC00, 0xC7F), ("kannada", 0xC80, 0xCFF),
    ("malayalam", 0xD00, 0xD7F), ("sinhala", 0xD80, 0xDFF), ("thai", 0xE00, 0xE7F), ("lao", 0xE80, 0xEFF),
    ("burmese", 0x1000, 0x109F), ("georgian", 0x10A0, 0x10FF), ("armenian", 0x530, 0x58F),
    ("ethiopic", 0x1200, 0x139F), ("khmer", 0x1780, 0x17FF), ("kana", 0x3040, 0x30FF), ("kana", 0x31F0, 0x31FF),
    ("han", 0x2E80, 0x2FDF), ("han", 0x3005, 0x3007), ("han", 0x3400, 0x4DBF), ("han", 0x4E00, 0x9FFF),
    ("han", 0xF900, 0xFAFF), ("hangul", 0xAC00, 0xD7AF), ("hangul", 0x1100, 0x11FF), ("hangul", 0x3130, 0x318F),
)  # fmt: skip
SCRIPTS: tuple[str, ...] = ("", *dict.fromkeys(name for name, _, _ in _RANGES))
_SINGLES = {"han", "kana", "hangul", "thai", "lao", "burmese", "khmer"}
_VANISHING = {0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0}
_LINE_BREAKS = {0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029}


@dataclass(frozen=True, slots=True)
class Folding:
    """`to[c]` is the folded code point (uint32); `info[c]` is kind + 8 x script number (uint8)."""

    to: NDArray[np.uint32]
    info: NDArray[np.uint8]


def _fold(character: str) -> int:
    """The folded code point of one character: compatibility form, lower case, Latin base letter."""
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1:
        plain = character
    lower = plain.lower()
    if len(lower) != 1:
        lower = lower[:1]
    base = unicodedata.normalize("NFD", lower)[0]
    if base.isascii() or base == "е":  # accents fall off Latin letters, and ё is е; other scripts keep theirs
        return ord(base)
    if unicodedata.category(lower) == "Nd":
        return ord("0") + unicodedata.decimal(lower)
    return ord(lower)


def _kind(code: int, folded: int, script: str) -> int:
    category = unicodedata.category(chr(code))
    if code in _LINE_BREAKS:
        return NEWLINE
    if code in _VANISHING or category == "Cf" or 0xFE00 <= code <= 0xFE0F or 0x300 <= code <= 0x36F:
        return SKIP
    if category == "Mn" and script in {"arabic", "hebrew", "cyrillic", "latin"}:
        return SKIP  # vowel points and stress marks, which writers leave out at will
    if category.startswith("Z") or category == "Cc" or folded == 0x20:
        return SPACE
    if category == "Nd":
        return DIGIT
    if script in _SINGLES and category[0] in "LMN":
        return SINGLE
    if category[0] in "LMN":
        return LETTER
    return SINGLE if code >= 0x1F000 or category == "So" else PUNCTUATION  # each emoji is a word


@lru_cache(maxsize=1)
def folding() -> Folding:
    """The tables, built once a process (some 0.2 s)."""
    script_of = np.zeros(CODE_POINTS, np.uint8)
    for name, first, last in _RANGES:
        script_of[first : last + 1] = SCRIPTS.index(name)
    to = np.arange(CODE_POINTS, dtype=np.uint32)
    info = np.zeros(CODE_POINTS, np.uint8)
    bulk = {SCRIPTS.index("han"), SCRIPTS.index("hangul")}
    scripts = script_of.tolist()
    for code in range(CODE_POINTS):
        if 0xD800 <= code < 0xF900:  # surrogates and private use
            info[code] = PUNCTUATION
            continue
        if 0x10000 <= code < 0x1D400:  # ancient scripts and notation: letters as they are
            info[code] = LETTER
            continue
        script = scripts[code]
        if script in bulk and 0x3400 <= code < 0xF900:
            info[code] = SINGLE + 8 * script
            continue
        folded = _fold(chr(code))
        to[code] = folded
        script = scripts[folded] if folded < CODE_POINTS else script
        info[code] = _kind(code, folded, SCRIPTS[script]) + 8 * script
    return Folding(to, info)
