"""Strings out of a log, made safe to show. A log is written by the people under suspicion."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime

__all__ = ["LONGEST", "READ_AHEAD", "clean", "clean_all", "visible"]

LONGEST = 160

# ANSI and other terminal control sequences, whole, so that no "[31m" is left behind: CSI, then OSC/DCS/PM/APC/SOS
# up to their terminator (or the end), then two-character escapes. Both the 7-bit and the 8-bit (C1) forms.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"\s+")
# Cc control, Cf format (bidi overrides, zero-width, tags), Cs lone surrogates, Co private use, Zl/Zp line breaks.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKS = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 3
# How many characters are looked at for each one shown: what hides is dropped, and a megabyte of it costs nothing.
READ_AHEAD = 8


def clean(value: object, longest: int = LONGEST) -> str:
    """`value` as one line of plain text of at most `longest` characters; "" for None.

    Terminal sequences, control, bidirectional, zero-width, private and unassigned characters go; white space folds
    to one blank; piled-up combining marks are cut to three. What is cut off is marked with "…". Escaping for HTML
    or for rich is the caller's job: what comes out may still hold `<` and `[`.
    """
    if value is None:
        return ""
    text = str(value)[: longest * READ_AHEAD]
    shown = _SPACES.sub(" ", "".join(character for _, character in visible(text))).strip()
    cut = len(shown) > longest or len(str(value)) > longest * READ_AHEAD
    return shown[: longest - 1].rstrip() + "…" if cut else shown


def clean_all(value: object, longest: int = LONGEST) -> object:
    """The same nested lists and dicts; all in them but numbers, moments and None, keys too, passed through `clean`."""
    if isinstance(value, str):
        return clean(value, longest)
    if isinstance(value, dict):
        return {clean(key, longest): clean_all(inner, longest) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_all(inner, longest) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float, datetime)) else clean(value, longest)


def visible(text: str) -> Iterator[tuple[int, str]]:
    """(place in `text`, character) of all that may be shown, white space as it stands: what `clean` keeps."""
    start = marks = 0
    for gap in (*_SEQUENCES.finditer(text), None):
        for place in range(start, gap.start() if gap else len(text)):
            character = text[place]
            category = unicodedata.category(character)
            if category in _HIDDEN and not character.isspace():
                continue
            marks = marks + 1 if category in _MARKS else 0
            if marks <= _MARKS_IN_A_ROW:
                yield place, character
        start = gap.end() if gap else start
