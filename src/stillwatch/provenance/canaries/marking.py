"""Writing a key into a text: at each choice between equal formulations, the one that the key prefers there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stillwatch.provenance.canaries.prose import Paragraph, prose_of
from stillwatch.provenance.canaries.questions import question_hash, variant_chosen
from stillwatch.provenance.canaries.scheme import Wording
from stillwatch.provenance.canaries.sites import Site, paragraph_sites
from stillwatch.provenance.canaries.table import Table, wording_table

__all__ = ["Change", "Marked", "mark_wording"]

_NODES = 8


class Change(NamedTuple):
    """The formulation at text[start:end] of the unmarked text became `new`."""

    start: int
    end: int
    point: str
    old: str
    new: str


class Marked(NamedTuple):
    """`sites` is how many choices the text had and took part, `changes` those that were made otherwise than before."""

    text: str
    sites: int
    changes: tuple[Change, ...]


def mark_wording(text: str, key: bytes, scheme: Wording | None = None) -> Marked:
    """The text with the key's choices. The same text and key give the same result, and marking that again with the same
    key changes nothing. A text without choices comes back as it was.

    A paragraph whose choices could not be read back alike (one formulation made or hid another site) is left alone.
    """
    channel, table = scheme or Wording(), wording_table()
    marked = _once(text, key, channel, table)
    if marked.changes and _once(marked.text, key, channel, table).text != marked.text:
        return Marked(text, 0, ())
    return marked


def _once(text: str, key: bytes, scheme: Wording, table: Table) -> Marked:
    paragraphs = prose_of(text)
    drafts = [_draft(text, paragraph, key, scheme, table) for paragraph in paragraphs]
    made = _joined(text, paragraphs, drafts)
    while True:
        again = prose_of(made)
        if len(again) != len(paragraphs):
            return Marked(text, 0, ())
        kept = [
            draft if draft is None or _readable(made, found, draft, table) else None
            for found, draft in zip(again, drafts, strict=True)
        ]
        if kept == drafts:
            break
        drafts = kept
        made = _joined(text, paragraphs, drafts)
    used = [draft for draft in drafts if draft is not None]
    changes = tuple(change for draft in used for change in draft.changes)
    return Marked(made, sum(len(draft.expected) for draft in used), changes)


class _Draft(NamedTuple):
    """What a paragraph becomes, and the sites (point, form, context, variant) that it must then have."""

    text: str
    changes: tuple[Change, ...]
    expected: tuple[tuple[str, int, tuple[str, ...], int], ...]


def _draft(text: str, paragraph: Paragraph, key: bytes, scheme: Wording, table: Table) -> _Draft | None:
    sites = paragraph_sites(text, paragraph, table)
    if not sites:
        return None
    changes, expected = [], []
    for site, wanted in zip(sites, _preferred(sites, key, scheme), strict=True):
        new = _rendered(text, paragraph, site, wanted) if wanted != site.variant else None
        if new is not None:
            changes.append(Change(site.start, site.end, site.point.name, text[site.start : site.end], new))
        expected.append((site.point.name, site.form, site.words, site.variant if new is None else wanted))
    return _Draft(_applied(text, paragraph, changes), tuple(changes), tuple(expected))


def _readable(made: str, paragraph: Paragraph, draft: _Draft, table: Table) -> bool:
    found = paragraph_sites(made, paragraph, table)
    return tuple((site.point.name, site.form, site.words, site.variant) for site in found) == draft.expected


def _joined(text: str, paragraphs: Sequence[Paragraph], drafts: Sequence[_Draft | None]) -> str:
    pieces: list[str] = []
    last = 0
    for paragraph, draft in zip(paragraphs, drafts, strict=True):
        pieces += (
            text[last : paragraph.start], text[paragraph.start : paragraph.end] if draft is None else draft.text
        )  # fmt: skip
        last = paragraph.end
    return "".join([*pieces, text[last:]])


def _preferred(sites: Sequence[Site], key: bytes, scheme: Wording) -> list[int]:
    base = np.array([question_hash(site.point.name, site.words, scheme.width) for site in sites], np.uint64)
    hashes = base[:, None] + np.arange(_NODES, dtype=np.uint64)
    bits = scheme.answers(hashes.ravel().astype(np.uint64), key).reshape(-1, _NODES).tolist()
    return [variant_chosen(row, site.point.variants) for row, site in zip(bits, sites, strict=True)]


def _rendered(text: str, paragraph: Paragraph, site: Site, variant: int) -> str | None:
    """How the variant is written there; None where the old one is broken over lines or oddly spaced: it stays."""
    old = text[site.start : site.end]
    if any(space in old for space in ("\n", "\t", "\r", "\xa0", "  ")):
        return None
    new = site.point.forms[site.form][variant]
    if "’" in text[paragraph.start : paragraph.end]:
        new = new.replace("'", "’")
    if site.upper:
        new = new[0].upper() + new[1:]
    leads = any(not one[0].isalpha() and one[0] != "(" for one in site.point.forms[0])
    return new if not leads or not new[0].isalpha() else " " + new


def _applied(text: str, paragraph: Paragraph, changes: Sequence[Change]) -> str:
    pieces: list[str] = []
    last = paragraph.start
    for change in changes:
        pieces += (text[last : change.start], change.new)
        last = change.end
    return "".join([*pieces, text[last : paragraph.end]])
