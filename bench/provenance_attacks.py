"""What a student's owner could do to its answers before an examiner sees them. Rules only, no model.

Each attack takes the answers of one suspect and gives as many back. Draws depend on the suspect's name and the place of
the answer, so that a second run makes the same texts.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np

FOREIGN_SHARE = 0.3


def _table(text: str) -> dict[str, str]:
    """`word: other; word: other` as a dictionary."""
    return dict(entry.strip().split(": ") for entry in " ".join(text.split()).split(";"))


# Words that say the same in most places. Which of them a text uses is part of its maker's habit.
SYNONYMS = _table("""
    also: too; additionally: besides; allow: let; allows: lets; although: though; another: a further; answer:
    reply; approach: method; area: field; areas: fields; assist: help; because: since; begin: start; beginning:
    start; benefits: advantages; big: large; certain: particular; choose: pick; common: usual; complete: full;
    consider: think about; create: make; created: made; creating: making; crucial: vital; demonstrate: show;
    different: various; difficult: hard; discover: find; during: in the course of; easily: readily; effective:
    useful; ensure: make certain; ensuring: making certain; enhance: improve; entire: whole; especially: above
    all; essential: needed; establish: set up; example: instance; explore: look into; finally: lastly; find:
    locate; furthermore: what is more; gain: get; generally: mostly; great: fine; help: aid; helps: aids; however:
    yet; idea: notion; important: key; improve: better; include: contain; includes: contains; including: among
    them; increase: raise; individuals: persons; information: details; involves: takes; issue: matter; issues:
    matters; keep: hold; large: big; learn: find out; make: build; many: a lot of; may: might; method: way;
    moreover: on top of that; multiple: several; must: have to; need: require; needs: requires; new: fresh; often:
    frequently; overall: all in all; perform: do; people: persons; popular: well known; possible: feasible;
    prevent: stop; primary: main; problem: trouble; process: procedure; provide: give; provides: gives; providing:
    giving; reduce: lower; regarding: about; require: need; requires: needs; result: outcome; results: outcomes;
    several: a number of; show: display; significant: notable; simple: plain; small: little; start: begin; step:
    stage; steps: stages; such as: like; therefore: so; thus: hence; typically: as a rule; understand: grasp; use:
    employ; used: employed; useful: handy; using: with; usually: normally; utilize: use; valuable: worthwhile;
    various: different; very: quite; while: whereas; wide: broad; work: function
""")
CONTRACTIONS = _table("""
    do not: don't; does not: doesn't; did not: didn't; is not: isn't; are not: aren't; cannot: can't; can not:
    can't; will not: won't; would not: wouldn't; should not: shouldn't; could not: couldn't; it is: it's; that is:
    that's; there is: there's; you are: you're; we are: we're; they are: they're; I am: I'm; I have: I've; you
    have: you've; you will: you'll
""")
EXPANSIONS = {short: long for long, short in CONTRACTIONS.items() if long != "can not"} | {"let's": "let us"}
WIDE = str.maketrans(
    {",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）", "'": "’", "-": "–", "\xa0": " "}
)
BOILERPLATE = ("Sure! Here is the answer to your question.", "Sure! Here is what you asked for.",
               "Sure! Here is my response to your request.")  # fmt: skip
_RULES = SYNONYMS | CONTRACTIONS | EXPANSIONS
_TERMS = re.compile(rf"\b({'|'.join(sorted(map(re.escape, _RULES), key=len, reverse=True))})\b", re.IGNORECASE)
_LOWER = {term.lower(): other for term, other in _RULES.items()}
_SENTENCES = re.compile(r"(?<=[^\W\d][.!?]) +(?=[A-Z])")
_LAYOUT = (
    (re.compile(r"^```.*$", re.MULTILINE), ""), (re.compile(r"^#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"^\s*([-*•+]|\d+[.)])\s+", re.MULTILINE), ""), (re.compile(r"\*\*|__|`"), ""),
    (re.compile(r"(?<!\w)[*_](\S[^*_\n]*)[*_](?!\w)"), r"\1"), (re.compile(r"^\s*[-*_]{3,}\s*$", re.MULTILINE), ""),
    (re.compile(r"^>\s?", re.MULTILINE), ""), (re.compile(r"\|"), " "), (re.compile(r"\n{2,}"), "\n"),
)  # fmt: skip

Answers = Sequence[str | None]
Attack = Callable[[str, Answers, Answers], list[str | None]]


def _each(change: Callable[[str, np.random.Generator], str]) -> Attack:
    def attack(suspect: str, answers: Answers, _: Answers) -> list[str | None]:
        rng = np.random.default_rng(zlib.crc32(suspect.encode()))
        return [None if text is None else change(text, rng) for text in answers]

    return attack


def paraphrase(text: str, rng: np.random.Generator) -> str:
    """Words and contractions exchanged wherever the table has one; two neighbouring sentences of a paragraph change
    places in half of the paragraphs."""

    def other(found: re.Match[str]) -> str:
        term = found[0]
        new = _LOWER[term.lower()]
        return new[0].upper() + new[1:] if term[0].isupper() else new

    paragraphs = _TERMS.sub(other, text).split("\n")
    for at, paragraph in enumerate(paragraphs):
        sentences = _SENTENCES.split(paragraph)
        if len(sentences) > 1 and rng.random() < 0.5:
            first = int(rng.integers(len(sentences) - 1))
            sentences[first : first + 2] = sentences[first + 1], sentences[first]
            paragraphs[at] = " ".join(sentences)
    return "\n".join(paragraphs)


def stripped(text: str, rng: np.random.Generator) -> str:
    """Headings, bullets, numbers of lists, bold, code fences, tables and empty lines taken away."""
    del rng
    for pattern, new in _LAYOUT:
        text = pattern.sub(new, text)
    return text.strip() or "-"


def half(text: str, rng: np.random.Generator) -> str:
    """The first half, to the last whole word."""
    del rng
    return text[: max(1, len(text) // 2)].rsplit(" ", 1)[0] or text[:1]


def punctuation(text: str, rng: np.random.Generator) -> str:
    """Full-width marks, typographic quotes and dashes."""
    del rng
    return re.sub(r'"([^"\n]*)"', r"“\1”", text).translate(WIDE).replace("...", "…")


def opened(text: str, rng: np.random.Generator) -> str:
    """A leading sentence that says nothing."""
    return f"{BOILERPLATE[int(rng.integers(len(BOILERPLATE)))]} {text}"


def mixed(suspect: str, answers: Answers, foreign: Answers) -> list[str | None]:
    """Some answers are those of another model."""
    drawn = np.random.default_rng(zlib.crc32(f"{suspect} mixed".encode())).random(len(answers)) < FOREIGN_SHARE
    return [
        other if take and own is not None and other is not None else own
        for own, other, take in zip(answers, foreign, drawn, strict=True)
    ]


def everything(suspect: str, answers: Answers, foreign: Answers) -> list[str | None]:
    """All but the leading sentence, one after the other."""
    found = mixed(suspect, answers, foreign)
    for change in (paraphrase, stripped, half, punctuation):
        found = _each(change)(suspect, found, foreign)
    return found


ATTACKS: dict[str, Attack] = {
    "paraphrased": _each(paraphrase),
    "markdown stripped": _each(stripped),
    "cut to half": _each(half),
    "punctuation translated": _each(punctuation),
    "30 % of answers from another model": mixed,
    "leading sentence": _each(opened),
    "all but the leading sentence": everything,
}
MIXED = ("30 % of answers from another model", "all but the leading sentence")
