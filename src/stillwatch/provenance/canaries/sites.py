"""Where in a text a choice between equal formulations was made, which was made, and what words came before it.

What is found must not depend on which formulation is there, or a marked text could not be read back: words of sites
never enter a context, and `marking` checks after the fact that it finds the same sites again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from stillwatch.provenance.canaries.prose import Paragraph, prose_of
from stillwatch.provenance.canaries.table import ChoicePoint, Table, wording_table
from stillwatch.provenance.canaries.word_classes import word_class
from stillwatch.provenance.canaries.words import Token, follows, tokens_of

__all__ = ["CONTEXT_WORDS", "Site", "paragraph_sites", "settled", "sites_of"]

CONTEXT_WORDS = 4
"""Content words kept before each site; a channel uses the last few of them."""

_ENDS = frozenset(".!?")
_CLOSES = frozenset(".,;:!?)…")
_OPENS = frozenset("(")
_ADDRESS = frozenset({"i", "you", "your", "we", "our"})
_TAILS = {"s": "is", "re": "are", "ve": "have", "ll": "will", "m": "am", "d": "would"}
_WITH_IS = frozenset({"it", "that", "there", "here", "what", "he", "she", "who", "how", "where"})
_NEGATED = {"can": "cannot", "won": "will", "shan": "shall"}
_LETTER = re.compile(r"^\W*Dear\b", re.MULTILINE)
"""A letter: contractions would change its tone."""
_VOWELS = frozenset("aeiou")
_INVISIBLE = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u200e\u200f"}


class Site(NamedTuple):
    """text[start:end] is a formulation of `point`, its variant `variant` in form `form`. `words` are up to
    `CONTEXT_WORDS` content words before it in its paragraph, nearest last. `upper`: it is written with a capital."""

    start: int
    end: int
    point: ChoicePoint
    form: int
    variant: int
    upper: bool
    words: tuple[str, ...]


def settled(text: str) -> str:
    """The text as a detector reads it: compatibility characters resolved, invisible ones and carriage returns gone."""
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    return plain.replace("\r\n", "\n").replace("\r", "\n")


def sites_of(text: str, table: Table | None = None) -> list[Site]:
    """All sites of a text, in order, never overlapping."""
    known = table or wording_table()
    return [site for paragraph in prose_of(text) for site in paragraph_sites(text, paragraph, known)]


def paragraph_sites(text: str, paragraph: Paragraph, table: Table) -> list[Site]:
    tokens = tokens_of(text, *paragraph)
    addressed = any(token.plain.partition("'")[0] in _ADDRESS for token in tokens) and not _LETTER.search(text)
    stop = word_class("stop")
    words: list[str] = []
    sites: list[Site] = []
    at = 0
    while at < len(tokens):
        rows = table.index.get(tokens[at].plain)
        found = rows and _matched(tokens, at, rows, addressed)
        if not found:
            token = tokens[at]
            own = token.plain.partition("'")[0]
            if token.kind == "word" and token.plain not in stop and own not in stop and not token.plain.endswith("n't"):
                words = [*words[1 - CONTEXT_WORDS :], own]
            at += 1
            continue
        length, point, form, variant = found
        first, last = tokens[at], tokens[at + length - 1]
        start = first.start if at == 0 or not _leads_with_mark(point) else tokens[at - 1].end
        sites.append(Site(start, last.end, point, form, variant, first.text[:1].isupper(), tuple(words)))
        at += length
    return sites


def _matched(
    tokens: Sequence[Token], at: int, rows: Sequence[tuple[tuple[str, ...], ChoicePoint, int, int]], addressed: bool
) -> tuple[int, ChoicePoint, int, int] | None:
    for pattern, point, form, variant in rows:
        if _fits(tokens, at, pattern) and _holds(tokens, at, len(pattern), point, form, addressed):
            return len(pattern), point, form, variant
    return None


def _fits(tokens: Sequence[Token], at: int, pattern: tuple[str, ...]) -> bool:
    if at + len(pattern) > len(tokens):
        return False
    for offset, plain in enumerate(pattern):
        token = tokens[at + offset]
        if (follows(token) if offset else token.plain) != plain:
            return False
        # A capital inside is a name or a title; "I" is not.
        if offset and token.kind == "word" and not token.text.islower() and plain != "i":
            return False
    return True


def _holds(tokens: Sequence[Token], at: int, length: int, point: ChoicePoint, form: int, addressed: bool) -> bool:
    first = tokens[at]
    before = tokens[at - 1] if at else None
    after = tokens[at + length] if at + length < len(tokens) else None
    starts = before is None or before.plain in _ENDS
    if not _cased(first, starts):
        return False
    if (point.place == "start" and not starts) or (point.place == "inside" and starts):
        return False
    if point.place == "end" and not (after is None or after.plain in _ENDS):
        return False
    if first.gap == 0 and before is not None and first.kind == "word" and before.plain not in _OPENS:
        return False
    if (
        after is not None
        and after.gap == 0
        and after.plain not in _CLOSES
        and tokens[at + length - 1].plain not in _OPENS
    ):
        return False
    if point.addressed and not addressed:
        return False
    if not point.before.admit(*_neighbour(None if starts else before, "^")):
        return False
    if not point.after.admit(*_neighbour(after, "$")):
        return False
    if before is not None and before.plain in ("a", "an") and not _same_article(point, form):
        return False
    return _sentence_holds(tokens, at + length, point)


def _cased(first: Token, starts: bool) -> bool:
    if first.kind != "word" or first.text.islower():
        return True
    if first.plain == "i" or first.plain.startswith("i'"):
        return first.text[0] == "I"
    return starts and first.text[0].isupper() and (first.text[1:].islower() or len(first.text) == 1)


def _neighbour(token: Token | None, edge: str) -> tuple[str, str]:
    """The neighbour as guards see it: contractions are resolved, so that making one does not hide the site beside."""
    if token is None:
        return "", edge
    if token.kind == "mark":
        return token.plain, "$" if edge == "$" else ""
    if "'" in token.plain:
        return _resolved(token.plain)[-1 if edge == "^" else 0], ""
    return token.plain, "#" if token.kind == "number" else ""


def _resolved(word: str) -> tuple[str, str]:
    head, _, tail = word.partition("'")
    if tail == "t" and head.endswith("n"):
        return _NEGATED.get(head, head.removesuffix("n")), "cannot" if head == "can" else "not"
    if tail in _TAILS and (tail != "s" or head in _WITH_IS):
        return head, _TAILS[tail]
    return word, word


def _same_article(point: ChoicePoint, form: int) -> bool:
    return len({variant[0] in _VOWELS for variant in point.forms[form]}) == 1


def _sentence_holds(tokens: Sequence[Token], at: int, point: ChoicePoint) -> bool:
    if not (point.colon or point.comma or point.not_later):
        return True
    comma = colon = False
    for token in tokens[at:]:
        if token.plain in _ENDS:
            break
        colon = token.plain == ":"
        comma = comma or token.plain == ","
        if token.plain in point.not_later:
            return False
    return (colon or not point.colon) and (comma or not point.comma)


def _leads_with_mark(point: ChoicePoint) -> bool:
    return any(not variant[0].isalpha() and variant[0] != "(" for variant in point.forms[0])
