"""The reviewed table of choice points: formulations that say the same, and the neighbours beside which they do.

`wording.tsv` has one point a line: its name, the formulations (forms of one verb or noun are separated by "/", in the
same order in each formulation), where it may stand, what may stand before and after it, and what else must hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from stillwatch.errors import BadInput
from stillwatch.provenance.canaries.word_classes import word_class
from stillwatch.provenance.canaries.words import spaced

__all__ = ["ChoicePoint", "Neighbours", "Table", "parse_table", "wording_table"]

_VERSION = re.compile(r"# table (\d+)")
_MORE = {"colon", "comma", "addressed"}
_PLACES = {"start", "inside", "end"}
_MOST_VARIANTS = 4


@dataclass(frozen=True)
class Neighbours:
    """What may stand beside a site. With no `allowed`, all but `denied`. Signs: "^" a sentence's beginning, "$" a mark
    or the paragraph's end, "#" a number; `endings` are endings of words that are allowed."""

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    denied_endings: tuple[str, ...] = ()

    def admit(self, word: str, sign: str) -> bool:
        """`word` is the neighbour in lower case, `sign` one of the signs or empty."""
        if word in self.denied or (sign and sign in self.denied):
            return False
        if self.denied_endings and word.endswith(self.denied_endings):
            return False
        if not self.allowed and not self.endings:
            return True
        if word in self.allowed or (sign and sign in self.allowed):
            return True
        return bool(self.endings) and word.endswith(self.endings) and word.isalpha()


@dataclass(frozen=True)
class ChoicePoint:
    """`forms[i][v]` is form i of formulation v, as written; all formulations are equal where the guards hold.

    `place` is "start" (of a sentence), "inside" (not at the start), "end" (before a closing mark) or "" (anywhere).
    `colon`: the sentence ends in a colon. `comma`: a comma follows in the sentence. `addressed`: the paragraph speaks
    to a reader (I, you, we) and the text is no letter, so that a contraction is no change of tone. `not_later`: words
    the sentence must not hold.
    """

    name: str
    forms: tuple[tuple[str, ...], ...]
    place: str = ""
    before: Neighbours = field(default_factory=Neighbours)
    after: Neighbours = field(default_factory=Neighbours)
    colon: bool = False
    comma: bool = False
    addressed: bool = False
    not_later: frozenset[str] = frozenset()

    @property
    def variants(self) -> int:
        return len(self.forms[0])


@dataclass(frozen=True)
class Table:
    """`index` leads from a site's first token to (tokens, point, form, variant), longest first."""

    version: int
    points: dict[str, ChoicePoint]
    index: dict[str, tuple[tuple[tuple[str, ...], ChoicePoint, int, int], ...]]


@cache
def wording_table() -> Table:
    return parse_table(files(__package__).joinpath("wording.tsv").read_text(encoding="utf-8"), "wording.tsv")


def parse_table(text: str, name: str) -> Table:
    """A table of that text; `name` is for errors."""
    version = 0
    points: dict[str, ChoicePoint] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := _VERSION.fullmatch(line.strip()):
            version = int(found[1])
        if not line.strip() or line.startswith("#"):
            continue
        try:
            point = _point(line)
        except ValueError as error:
            raise BadInput(f"{name}, line {number}: {error}.") from None
        if point.name in points:
            raise BadInput(f"{name}, line {number}: there is a point {point.name!r} already; give it another name.")
        points[point.name] = point
    index: dict[str, list[tuple[tuple[str, ...], ChoicePoint, int, int]]] = {}
    for point in points.values():
        for form, variants in enumerate(point.forms):
            for variant, written in enumerate(variants):
                tokens = spaced(written)
                index.setdefault(tokens[0], []).append((tokens, point, form, variant))
    ordered = {first: tuple(sorted(rows, key=lambda row: (-len(row[0]), row[1].name))) for first, rows in index.items()}
    return Table(version, points, ordered)


def _point(line: str) -> ChoicePoint:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != 6:
        raise ValueError(f"has {len(cells)} columns for 6 (a dot stands for nothing)")
    name, variants, place, before, after, more = ("" if cell == "." else cell for cell in cells)
    by_variant = [[form.strip() for form in variant.split("/")] for variant in variants.split("|")]
    counts = {len(forms) for forms in by_variant}
    if len(counts) != 1 or not 2 <= len(by_variant) <= _MOST_VARIANTS or not all(all(forms) for forms in by_variant):
        raise ValueError("needs 2 to 4 formulations with equally many forms")
    if place and place not in _PLACES:
        raise ValueError(f"no such place: {place!r}")
    flags = {flag for flag in more.split() if not flag.startswith("later:")}
    if flags - _MORE:
        raise ValueError(f"no such condition: {', '.join(sorted(flags - _MORE))}")
    later = [flag.removeprefix("later:").split(",") for flag in more.split() if flag.startswith("later:")]
    return ChoicePoint(
        name=name,
        forms=tuple(zip(*by_variant, strict=True)),
        place=place,
        before=_neighbours(before),
        after=_neighbours(after),
        colon="colon" in flags,
        comma="comma" in flags,
        addressed="addressed" in flags,
        not_later=frozenset(word for words in later for word in words),
    )


def _neighbours(cell: str) -> Neighbours:
    allowed: set[str] = set()
    denied: set[str] = set()
    endings: tuple[list[str], list[str]] = ([], [])
    for entry in cell.split():
        no = entry.startswith("-") and len(entry) > 1
        word = entry[1:] if no else entry
        if word.startswith("*"):
            endings[no].append(word[1:])
        else:
            (denied if no else allowed).update(word_class(word[1:]) if word.startswith("@") else {word})
    return Neighbours(frozenset(allowed), frozenset(denied), tuple(endings[False]), tuple(endings[True]))
