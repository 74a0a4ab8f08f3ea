"""What a watermark test hands to those who read it: keys tried, decoys, spans, power, rivals, and the verdict.

One `MarkInquiry` asks "does this text, or this model, carry marks made with our keys?". The key is the only thing that
is random under the null: whatever the text is, a key that had no part in it scores by chance. p-values are kept as
log10 because honest ones reach below what a float can hold. `None` means "cannot judge", which is not 0.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "CommitmentCheck",
    "DecoyCheck",
    "KeyResult",
    "Ledger",
    "MarkInquiry",
    "MarkVerdict",
    "MarkedSpan",
    "PowerPoint",
    "RivalStory",
    "level_words",
]

MarkVerdict = Literal["marked", "not shown", "abstains"]


class KeyResult(msgspec.Struct, frozen=True, kw_only=True):
    """One key's test. `z` is the score in its own null deviations, for reading; p never comes from it.

    `log10_p_adjusted` is Holm's within its level, after the gate of the level above. `rank` is among all keys of the
    level and the decoys, 1 is the highest. `share` estimates how much of the suspect's data this key marked, if asked,
    with the ends of its 95 % interval.
    """

    key_id: str
    level: Literal["provider", "cohort", "account"]
    cohort: str = ""
    account: str = ""
    epoch: str = ""
    z: float | None = None
    log10_p: float | None = None
    log10_p_adjusted: float | None = None
    rank: int | None = None
    accused: bool = False
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    text: str = ""


class DecoyCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Keys drawn for this test that marked nothing. Their scores should be the null's: `sound` says if they are.

    `z` holds all of them, sorted, for the drawing. `beyond_5` is the share with p <= .05, `log10_p_uniform` the log10
    p-value of a Kolmogorov-Smirnov test of their p-values against the uniform law.
    """

    count: int
    z: tuple[float, ...]
    deviation: float
    beyond_5: float
    lowest_log10_p: float
    log10_p_uniform: float
    sound: bool
    text: str = ""


class MarkedSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A run of tokens of one document that carries a mark: [start, end) in tokens, and in characters where known.

    `document_tokens` is how many tokens the whole document has, for drawing the run in its place.
    """

    document: str
    key_id: str
    start: int
    end: int
    log10_p_adjusted: float
    start_character: int | None = None
    end_character: int | None = None
    document_tokens: int | None = None
    text: str = ""


class PowerPoint(msgspec.Struct, frozen=True, kw_only=True):
    """With `tokens` of the suspect and `share` of its data marked: median log10 p, and chance of reaching `level`."""

    tokens: int
    share: float
    log10_p: float
    level: float
    power: float


class RivalStory(msgspec.Struct, frozen=True, kw_only=True):
    """Another way in which the mark could have got there: what speaks for and against it here."""

    name: str
    standing: Literal["ruled out", "unlikely", "possible", "not tested"]
    text: str


class CommitmentCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the keys tested are those committed to, before the test. `root` is the public value."""

    root: str
    committed_at: str
    keys: int
    holds: bool
    text: str = ""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What the account ledger says of an accused key's holder: a hit proves where text came from, not who bought it."""

    account: str
    cohort: str
    exchanges: int | None = None
    first_seen: str = ""
    last_seen: str = ""
    campaign: str = ""
    text: str = ""


class MarkInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One case, whole. `sentence` is the verdict with its error rate, as it may be quoted.

    `access` is what was seen of the suspect: text (a document), closed (answers a model gave), open (its
    probabilities). `tokens` were read, `pairs` distinct (context, token) pairs were scored. `dominance` is the largest
    single weight over the root of the sum of squares: near 1, one pair decides.
    """

    kind: Literal["text", "radioactivity", "trace"]
    suspect: str
    access: Literal["text", "closed", "open"]
    scheme: str
    verdict: MarkVerdict
    sentence: str
    tokens: int
    pairs: int
    level: float
    weight: str
    dominance: float
    keys: tuple[KeyResult, ...]
    decoys: DecoyCheck
    spans: tuple[MarkedSpan, ...] = ()
    growth: tuple[tuple[int, float], ...] = ()
    power: tuple[PowerPoint, ...] = ()
    rivals: tuple[RivalStory, ...] = ()
    commitment: CommitmentCheck | None = None
    ledger: tuple[Ledger, ...] = ()
    would_change: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    provenance: dict[str, str] = {}


def level_words(level: float) -> str:
    """A level of significance as people write it: "1e-6", not "1e-06"."""
    return f"{level:g}".replace("e-0", "e-")
