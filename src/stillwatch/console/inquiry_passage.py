"""One model's answer as it is shown: lines kept, what hides removed, marked runs told apart; and its silhouette.

Answers are written by the model under suspicion: they may hold terminal sequences, bidirectional overrides, a
megabyte of blanks or one word of ten thousand letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stillwatch.console.text import READ_AHEAD, visible

__all__ = ["LONGEST_ANSWER", "Piece", "Silhouette", "pieces", "silhouette"]

# Characters of an answer that are shown: two screens of a column, 500 answers to a page of some megabytes.
LONGEST_ANSWER = 2_400
_BEFORE = 200  # characters told before the first marked run, where that stands far behind
_BLANKS = 24  # in a row; beyond the deepest indentation of code
_COLUMNS = 46
_ROWS = 26
_STEP = 3
_BREAKS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_BULLET = re.compile(r"\s*(?:[-*•+]|\d{1,3}[.)])\s")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it is marked."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Silhouette:
    """An answer seen from afar, as SVG path data in a box of `width` by `height`: one bar a line of text.

    `strong` are headings, `points` the signs of lists, `marked` the marked runs; `more` where lines were left out.
    """

    width: int
    height: int
    plain: str
    marked: str
    strong: str
    points: str
    more: bool


def pieces(text: str, marks: Sequence[tuple[int, int]], longest: int = LONGEST_ANSWER) -> tuple[Piece, ...]:
    """`text` as alternating unmarked and marked pieces, at most `longest` characters in all.

    `marks` are (start, end) in characters of `text`; those that lie outside or overlap are cut and merged. The first
    marked run is always inside what is shown: a text that begins long before it is cut at its beginning as well.
    """
    runs = _merged(marks, len(text))
    first = runs[0][0] if runs else 0
    start = first - _BEFORE if first > longest - _BEFORE else 0
    window = text[start : start + longest * READ_AHEAD]
    kept: list[tuple[str, bool]] = [("…", False)] if start else []
    starts = iter(runs)
    run = next(starts, None)
    newlines = blanks = 0
    for place, character in _without_returns(window):
        while run is not None and start + place >= run[1]:
            run = next(starts, None)
        shown = "\n" if character in _BREAKS else " " if character.isspace() else character
        newlines = newlines + 1 if shown == "\n" else newlines if shown == " " else 0
        blanks = blanks + 1 if shown == " " else 0
        if newlines > 2 or blanks > _BLANKS or (not kept and shown.isspace()):
            continue
        if len(kept) >= longest:
            break
        inside = run is not None and start + place >= run[0]
        kept += [("    " if character == "\t" else shown, inside)]
    else:
        return tuple(_joined(kept, cut=start + len(window) < len(text)))
    return tuple(_joined(kept, cut=True))


def silhouette(answer: Sequence[Piece]) -> Silhouette:
    """The answer's layout: how long, in what lines, with lists or headings, and where the marked runs lie."""
    inks: dict[str, list[str]] = {"plain": [], "marked": [], "strong": [], "points": []}
    row = start = 0
    words = "".join(piece.text for piece in answer)
    flags = [piece.marked for piece in answer for _ in piece.text]
    for part in words.split("\n"):
        line = flags[start : start + len(part)]
        start += len(part) + 1
        kind = "strong" if _HEADING.match(part) else "plain"
        bullet = _BULLET.match(part)
        indent = len(part) - len(part.lstrip())
        for left in range(0, max(1, len(line)), _COLUMNS):
            y = row * _STEP + 2
            if bullet and left == 0:
                inks["points"].append(f"M{min(indent, _COLUMNS - 3)} {y}h2")
                indent = bullet.end()
            for begin, end, marked in _stretches(line[left : left + _COLUMNS], indent if left == 0 else 0):
                inks["marked" if marked else kind].append(f"M{begin} {y}h{end - begin}")
            row += 1
            if row >= _ROWS:
                break
        if row >= _ROWS:
            break
    rows = sum(max(1, -(-len(part) // _COLUMNS)) for part in words.split("\n"))
    drawn = {ink: "".join(parts) for ink, parts in inks.items()}
    return Silhouette(
        width=_COLUMNS, height=_ROWS * _STEP + 2, plain=drawn["plain"], marked=drawn["marked"],
        strong=drawn["strong"], points=drawn["points"], more=rows > _ROWS,
    )  # fmt: skip


def _stretches(line: Sequence[bool], indent: int) -> Iterator[tuple[int, int, bool]]:
    begin = min(indent, len(line))
    for place in range(begin + 1, len(line) + 1):
        if place == len(line) or line[place] != line[begin]:
            yield begin, place, line[begin]
            begin = place


def _without_returns(window: str) -> Iterator[tuple[int, str]]:
    """As `visible`, the return of each return-newline pair left out so that it is one line break."""
    for place, character in visible(window):
        if character != "\r" or window[place + 1 : place + 2] != "\n":
            yield place, character


def _merged(marks: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in marks):
        if start >= end:
            continue
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


def _joined(kept: Sequence[tuple[str, bool]], *, cut: bool) -> Iterator[Piece]:
    text: list[str] = []
    marked = False
    for shown, inside in (*kept, *([("…", False)] if cut else [])):
        if inside != marked and text:
            yield Piece("".join(text), marked)
            text = []
        marked = inside
        text.append(shown)
    if text:
        yield Piece("".join(text), marked)
