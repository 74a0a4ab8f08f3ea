"""Places of what the page of a mark draws: decoys in bins, keys among them, chances by share, spans in documents."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stillwatch.console.mark_views import LEVELS, accused, finite, p_words
from stillwatch.marks import KeyResult, MarkedSpan, MarkInquiry, PowerPoint

__all__ = ["Bin", "Flag", "PowerLine", "Scores", "SpanStrip", "power_lines", "scores", "strips"]

MANY_KEYS = 30
_BINS = 48
_BEYOND = 2.2  # how many times the decoys' reach the axis goes before accused keys stand at its edge
_FLAGS = 8
_NAME = 28
_FARTHEST = 1e6  # a score beyond this is a fault of its maker, and would flatten all others
_LIKELY = 0.9
_DOCUMENTS = 40
_SPANS = 12


@dataclass(frozen=True, slots=True)
class Bin:
    """`count` scores in [low, high); `chance` is how many the null puts there."""

    low: float
    high: float
    count: int
    chance: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A key on the axis of scores. `at` is its place, `z` its score; they differ where it lies beyond the axis."""

    at: float
    z: float
    label: str
    accused: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of decoys in bins, of our keys that are not accused in the same bins where they are many, else as flags.

    `unflagged` accused keys have a line without a name.
    """

    low: float
    high: float
    decoys: tuple[Bin, ...]
    keys: tuple[Bin, ...]
    flags: tuple[Flag, ...]
    unflagged: int


@dataclass(frozen=True, slots=True)
class PowerLine:
    """With so many tokens: the chance by share, and the smallest share listed that is seen nine times in ten."""

    tokens: int
    level: float
    label: str
    points: tuple[PowerPoint, ...]
    share: float | None

    @property
    def sentence(self) -> str:
        reached = f"p < {p_words(math.log10(self.level))}" if self.level > 0 else "the level"
        if self.share is not None:
            share = f"{self.share * 100:.3g} %"
            return (
                f"With {self.label}, {reached} is reached nine times in ten if {share} or more of the data was yours."
            )
        most = self.points[-1]
        chance = f"{most.power * 100:.0f} %" if finite(most.power) else "an unknown part"
        return (
            f"With {self.label}, {reached} is not within sure reach: where {most.share * 100:.3g} % of the data was "
            f"yours, {chance} of such models get there."
        )


@dataclass(frozen=True, slots=True)
class SpanStrip:
    """One document: its length in tokens (`whole` False: only as far as its last span), spans as (left %, width %)."""

    document: str
    tokens: int
    whole: bool
    marked: int
    spans: tuple[tuple[float, float, MarkedSpan], ...]
    left_out: int


def scores(inquiry: MarkInquiry) -> Scores:
    """The axis holds every decoy and every key that is not accused; accused keys far beyond stand at its edge."""
    decoys = [z for z in inquiry.decoys.z if math.isfinite(z)]
    others = [one for one in inquiry.keys if finite(one.z) and not one.accused]
    guilty = [one for one in accused(inquiry) if finite(one.z)]
    places = [_z(one) for one in others]
    drawn = [z for z in (*decoys, *places) if abs(z) < _FARTHEST]
    low, reach = min([-4.0, *drawn]) * 1.02, max([4.0, *drawn]) * 1.02
    high = min(max([reach, *(_z(one) * 1.02 for one in guilty)]), reach * _BEYOND)
    edges = (low, high)
    many = len(others) > MANY_KEYS
    first = sorted(guilty, key=lambda one: (LEVELS.index(one.level), -_z(one)))
    # From right to left, so that in a drawing no line runs through the name of another, all of which stand to its left.
    named = sorted((_flag(one, edges, named=True) for one in first[:_FLAGS]), key=lambda one: -one.z)
    rest = [_flag(one, edges, named=False) for one in (*first[_FLAGS:], *(() if many else others))]
    return Scores(
        *edges, decoys=_bins(decoys, *edges), keys=_bins(places, *edges) if many else (), flags=(*named, *rest),
        unflagged=max(0, len(first) - _FLAGS),
    )  # fmt: skip


def power_lines(inquiry: MarkInquiry) -> tuple[PowerLine, ...]:
    """One line for each number of tokens and level, the fewest tokens first."""
    pairs = sorted({(one.tokens, -one.level) for one in inquiry.power})
    return tuple(_power_line(inquiry, tokens, -level) for tokens, level in pairs)


def strips(spans: Sequence[MarkedSpan]) -> tuple[SpanStrip, ...]:
    """Documents, the most marked tokens first."""
    by_document: dict[str, list[MarkedSpan]] = {}
    for one in spans:
        by_document.setdefault(one.document, []).append(one)
    made = [_strip(name, sorted(own, key=lambda one: (one.start, one.end))) for name, own in by_document.items()]
    return tuple(sorted(made, key=lambda one: (-one.marked, one.document)))[:_DOCUMENTS]


def _z(one: KeyResult) -> float:
    return one.z if one.z is not None else 0.0


def _flag(one: KeyResult, edges: tuple[float, float], *, named: bool) -> Flag:
    low, high = edges
    z = _z(one)
    name = (one.account or one.cohort or one.level)[:_NAME]
    label = f"{name} ({one.key_id[:8]}) z = {z:.1f}{' ▸' if z > high else ''}" if named else ""
    return Flag(min(high, max(low, z)), z, label, one.accused)


def _bins(values: Iterable[float], low: float, high: float) -> tuple[Bin, ...]:
    width = (high - low) / _BINS
    counts = [0] * _BINS
    total = 0
    for value in values:
        counts[min(_BINS - 1, int((min(high, max(low, value)) - low) / width))] += 1
        total += 1
    edges = [low + place * width for place in range(_BINS + 1)]
    below = [0.5 * (1 + math.erf(edge / math.sqrt(2))) for edge in edges]
    return tuple(
        Bin(edges[place], edges[place + 1], counts[place], total * (below[place + 1] - below[place]))
        for place in range(_BINS)
    )


def _power_line(inquiry: MarkInquiry, tokens: int, level: float) -> PowerLine:
    points = sorted(
        (one for one in inquiry.power if (one.tokens, one.level) == (tokens, level)), key=lambda one: one.share
    )
    share = None
    for one in reversed(points):
        if not (finite(one.power) and one.power >= _LIKELY):
            break
        share = one.share
    return PowerLine(tokens, level, _tokens_words(tokens, inquiry.tokens), tuple(points), share)


def _tokens_words(tokens: int, read: int) -> str:
    if read <= 0:
        return f"{tokens:,} tokens"
    ratio = tokens / read
    if abs(ratio - 1) < 0.02:
        return f"the {tokens:,} tokens read"
    return f"{tokens:,} tokens ({ratio:.2g} × what was read)"


def _strip(document: str, spans: list[MarkedSpan]) -> SpanStrip:
    known = max((one.document_tokens or 0 for one in spans), default=0)
    last = max((one.end for one in spans), default=0)
    tokens = max(known, last, 1)
    covered = 0
    end = 0
    for one in spans:
        covered += max(0, one.end - max(one.start, end))
        end = max(end, one.end)
    strongest = sorted(spans, key=lambda one: (one.log10_p_adjusted, one.start))[:_SPANS]
    drawn = tuple(
        (_share(one.start, tokens), max(0.0, round(_share(one.end, tokens) - _share(one.start, tokens), 2)), one)
        for one in sorted(strongest, key=lambda one: (one.start, one.end))
    )
    return SpanStrip(document, tokens, known >= last > 0, covered, drawn, len(spans) - len(drawn))


def _share(place: int, tokens: int) -> float:
    return round(100 * min(tokens, max(0, place)) / tokens, 2)
