"""Where running English prose is, and what in it may not be touched.

All else stays byte for byte: code in fences, indented or in backticks, headings, tables, block quotations, JSON and
other data, verse and addresses, quotations, links, mathematics, emphasis, tags and placeholders, other languages.
In doubt a stretch is not prose: a choice that is not made costs a little evidence, a wrong one costs an answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stillwatch.provenance.canaries.word_classes import word_class

__all__ = ["Paragraph", "prose_of"]

_FENCE = re.compile(r"\s{0,3}(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})")
_CLOSED_LINE = re.compile(
    r"\s*#|\s*>|.*\||\s*(?:[-=_*~+]\s*){3,}$|(?: {4}|\t)(?!\s*(?:[-*+•]|\d+[.)])\s)|\s*</?[a-zA-Z!?]"
    r"|\s*\[\^?[^\]]+\]:|\s*\$\$|\s*\\"
    r"|.*(?:\(\d{4}[a-z]?\)[.:]|\b\d+ ?\(\d+\)[,:]|\bet al\.|\b[Dd][Oo][Ii]:|\bISBN\b|\bpp?\. ?\d)"  # works cited
)
_CODE_LINE = re.compile(
    r".*[;{}\[(=]\s*$|\s*[\]})]+[,;]?\s*$|\s*[{\[]|\s*(?:def|class|import|from\s+\S+\s+import|return|elif|const|let|var|public|"
    r"private|static|void|int|SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE|function|fn|package|using\s+\w+;|@\w+)\b(?=.*[(){};=*:]|\s*$)|"
    r".*(?:[=!<>+\-*/]=|=>|->|::|&&|\|\||</|/>|\w\(\)|\w=\w)|\s*(?://|/\*|\*/|--\s|\$\s|>>>|%\s)|\s*[\w.-]+\s*=\s|"
    r"\s*\"[^\"]*\"\s*:|.*\\(?:begin|end|frac|sum|int|text|left|right)\b"
)
_FIELD_LINE = re.compile(r"\s*-?\s*[\w.\-/ ]{1,30}:(?:\s+\S+){0,4}\s*$|\s*[^\s,;]+(?:[,;\t][^\s,;]*){3,}\s*$")
_MARKER = re.compile(r"\s*(?:(?:[-*+•–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)])\s+)+")
_INLINE = re.compile(
    r"`+[^`]*`+"
    r"|!?\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])?"
    r"|<[^<>\n]{1,200}>|\{[^{}\n]*\}"
    r"|\$[^$\n]{1,200}\$|\\\(.*?\\\)|\\\[.*?\\\]"
    r"|(?:https?://|ftp://|www\.)\S+|[\w.+\-]{1,60}@[\w.\-]{1,60}|(?<!\w)@\w+|(?<!\w)#\w+"
    r"|(?<![\w/])[~.]{0,2}/[\w.\-/]+|\b[\w\-]{1,60}(?:\.[\w\-]{1,60}){0,4}\.(?:com|org|net|io|edu|gov|py|js|ts|c|h|cpp|java|txt|csv|json|md|html|xml|yml|yaml|pdf|sh|exe|dll|png|jpg)\b"
    r"|(\*{1,3}|_{1,3})(?=\S).{1,400}?(?<=\S)\1(?!\w)"
    r"|\"[^\"]*\"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|「[^」]*」|(?<!\w)‘(?:[^’]|’(?=\w)){0,600}’(?!\w)|(?<![\w'])'(?=\w)(?:[^'\n]|(?<=\w)'(?=\w)){0,600}'(?!\w)"
    r"|\b[A-Za-z]+[a-z][A-Z]\w*\b|\b\w*_\w+\b|\b\w+\([^)\n]*\)",
    re.DOTALL,
)  # fmt: skip
_MONEY = re.compile(r"\$(?=\d)")
_WORD = re.compile(r"[^\W\d_]+")
_MOST_IN_PATTERN = 8_000
"""A paragraph longer than this, in characters, is left alone: no prose has such, and patterns stay quick."""

_SHARE, _WORDS = 0.2, 5
_VERSE_LINES, _VERSE_WIDTH = 3, 58


class Paragraph(NamedTuple):
    """text[start:end] is prose; `protected` spans inside it are not."""

    start: int
    end: int
    protected: tuple[tuple[int, int], ...]


def prose_of(text: str) -> list[Paragraph]:
    """The paragraphs that may be touched, in order; a list item is one."""
    return [
        paragraph
        for start, end in _blocks(text)
        if end - start <= _MOST_IN_PATTERN
        if (paragraph := _opened(text, start, end)) is not None
    ]


def _blocks(text: str) -> list[tuple[int, int]]:
    """Runs of lines between blank ones, less those that are code, data or verse; list items apart."""
    blocks: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    fence = ""
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        bare = line.rstrip()
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and bare.endswith(opening[1]):
                fence = ""
        elif opening:
            fence = opening[1]
            blocks += _items(text, run)
            run = []
        elif not bare:
            blocks += _items(text, run)
            run = []
        else:
            run.append((start, start + len(bare)))
    return blocks + _items(text, run)


def _items(text: str, run: list[tuple[int, int]]) -> list[tuple[int, int]]:
    lines = [text[start:end] for start, end in run]
    if not lines or any(_CODE_LINE.match(line) for line in lines):
        return []
    marked = [_MARKER.match(line) for line in lines]
    plain = [line for line, marker in zip(lines, marked, strict=True) if marker is None]
    if len(plain) >= _VERSE_LINES and sum(map(len, plain)) < _VERSE_WIDTH * len(plain):
        return []
    if len(lines) >= _VERSE_LINES and 2 * sum(bool(_FIELD_LINE.match(line)) for line in lines) >= len(lines):
        return []
    items: list[tuple[int, int]] = []
    open_item = False
    for (start, end), line, marker in zip(run, lines, marked, strict=True):
        if _CLOSED_LINE.match(line):
            if open_item and set(line.strip()) <= {"-", "="}:
                items.pop()  # the line above is a heading, underlined
            open_item = False
        elif marker is not None or not open_item:
            items.append((start + (marker.end() if marker else 0), end))
            open_item = True
        else:
            items[-1] = (items[-1][0], end)
    return items


def _opened(text: str, start: int, end: int) -> Paragraph | None:
    protected = _merged([match.span() for match in _INLINE.finditer(text, start, end)])
    rest, last = [], start
    for begin, stop in protected:
        rest.append(text[last:begin])
        last = stop
    rest.append(text[last:end])
    outside = " ".join(rest)
    if (
        outside.count('"')
        or outside.count("“")
        or outside.count("”")
        or "`" in outside
        or _MONEY.sub("", outside).count("$")
    ):
        return None  # a quotation or code whose end is elsewhere
    words = [word.lower() for word in _WORD.findall(outside)]
    if len(words) < _WORDS:
        return None
    known = [word for word in words if word in word_class("english")]
    foreign = sum(not word.isascii() for word in words)
    if (
        len(known) < _SHARE * len(words)
        or word_class("surely-english").isdisjoint(known)
        or len(set(known)) < 2
        or foreign > 0.1 * len(words)
    ):
        return None
    return Paragraph(start, end, tuple(protected))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
