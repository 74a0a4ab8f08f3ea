"""The words that tell what is asked for, as data: `lexicon.tsv` (terms by concept and language) and `weights.tsv`.

A *concept* is a notion such as "grade", "answers" or "step by step", with its words in eleven languages. A *rule*
`a~b` is two concepts near each other in either order, so that one rule holds for every language and word order. A
score is logistic in the saturated counts of concepts, rules and structural marks.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from stillwatch.sketches.folding import DIGIT, LETTER, SCRIPTS, SINGLE, SKIP, folding
from stillwatch.sketches.kernel import CONCEPTS, MAYBE, NONE, PER_TERM, RING, STEM, TAG

__all__ = ["LANGUAGES", "SCORES", "SKILLS", "STRUCTURE", "Lexicon", "chain", "lexicon", "mix", "words_of"]

SCORES = ("asks_reasoning", "asks_grading", "asks_generation", "dataset_shape", "asks_choice")
SKILLS = ("coding", "agentic", "reasoning", "grading", "generation", "translation", "extraction", "chat")
STRUCTURE = (
    "marks", "numbered", "fence", "braces", "tags", "syntax", "latex", "digits", "tools", "words", "opens", "options",
    "reply",
)  # fmt: skip
_CHAT = len(SKILLS) - 1
_ALL = (1 << 64) - 1
# Scripts that one language writes, for most purposes; others are told apart by stop words or named by the script.
_LANGUAGE_OF_SCRIPT = {
    "han": "zh", "kana": "ja", "hangul": "ko", "greek": "el", "hebrew": "he", "bengali": "bn", "gurmukhi": "pa",
    "gujarati": "gu", "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml", "sinhala": "si", "thai": "th",
    "lao": "lo", "burmese": "my", "georgian": "ka", "armenian": "hy", "ethiopic": "am", "khmer": "km",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Hash tables for the kernel and the weights that make scores of counts.

    terms[slot] belongs to keys[slot]: words of the longest term that ends in it, then up to PER_TERM concepts, then
    up to PER_TERM languages that it is a stop word of, padded with NONE. The rules of concept c are
    starts[c] … starts[c + 1] - 1: the other concept, and the feature that their meeting counts.
    """

    keys: NDArray[np.uint64]
    terms: NDArray[np.uint8]
    starts: NDArray[np.int32]
    others: NDArray[np.int32]
    outcomes: NDArray[np.int32]
    bloom: NDArray[np.uint64]  # (1024,): one bit by the top 16 of a key
    features: tuple[str, ...]  # concepts, then rules
    weights: NDArray[np.float32]  # (features + STRUCTURE, SCORES + SKILLS)
    bias: NDArray[np.float32]  # (SCORES + SKILLS,)
    script_languages: NDArray[np.int64]  # script -> index into LANGUAGES


def _rows(name: str) -> list[list[str]]:
    text = (resources.files("stillwatch.sketches") / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#\t") and line[:2] != "# "]


def mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _ALL
    return x ^ (x >> 31)


def chain(a: int, b: int) -> int:
    x = ((a * 0x9E3779B97F4A7C15) & _ALL) ^ (((b << 23) | (b >> 41)) & _ALL)
    x = ((x ^ (x >> 32)) * 0xBF58476D1CE4E5B9) & _ALL
    return x ^ (x >> 29)


def _hash(word: str, start: int) -> int:
    h = start
    for character in word:
        h = ((h ^ ord(character)) * 0x100000001B3) & _ALL
    return h


def words_of(text: str) -> list[str]:
    """The folded words of a text, cut as the kernel cuts them (each run of digits is one 0)."""
    tables = folding()
    words: list[str] = []
    word, digits = "", False
    for character in unicodedata.normalize("NFC", text) + " ":
        code = ord(character)
        kind, folded = int(tables.info[code]) & 7, chr(int(tables.to[code]))
        if kind == SKIP:
            continue
        if word and kind not in (LETTER, DIGIT):
            words.append(word)
            word = ""
        if kind == SINGLE:
            words.append(folded)
        elif kind == LETTER:
            word, digits = word + folded, False
        elif kind == DIGIT:
            word, digits = (word if digits and word else word + "0"), True
    return words


def _term_keys(term: str, start: int) -> tuple[int, int, int]:
    """(key of the last word, key of the whole term, words) of one lexicon entry."""
    if term.endswith("*"):
        (stem,) = words_of(term[:-1])
        if len(stem) != STEM:
            raise ValueError(f"lexicon.tsv: the stem {term!r} must have {STEM} letters")
        key = mix(_hash(stem, start) ^ int(TAG))
        return key, key, 1
    words = [mix(_hash(word, start)) for word in words_of(term)]
    if not 0 < len(words) <= RING:
        raise ValueError(f"lexicon.tsv: the term {term!r} must have 1 to {RING} words")
    key = words[-1]
    for word in reversed(words[:-1]):
        key = chain(key, word)
    if term.startswith("<"):
        return words[-1], chain(words[-1], int(TAG)), 1
    return words[-1], key, len(words)


@lru_cache(maxsize=8)
def lexicon(start: int) -> Lexicon:
    """The lexicon hashed with the start value of one installation (some 30 ms; kept)."""
    concepts = {"ahead": 0, "role": 1, "back": 2, "reply": 3}  # the kernel knows these by number
    tongues = {language: number for number, language in enumerate(_STOP_LANGUAGES)}
    table: dict[int, tuple[list[int], list[int], list[int]]] = {}  # key -> concepts, languages, words of terms
    for concept, language, terms in _rows("lexicon.tsv"):
        is_stop = concept == "stop"
        numbers = tongues if is_stop else concepts
        number = numbers.setdefault(language if is_stop else concept, len(numbers))
        for term in terms.split(" | "):
            last, key, size = _term_keys(term, start)
            table.setdefault(last, ([], [], []))[2].append(size)
            column = table.setdefault(key, ([], [], []))[1 if is_stop else 0]
            if number not in column:
                column.append(number)
            if not is_stop and size == 1 and language in _STOP_LANGUAGES and not term.startswith("<"):
                vote = MAYBE + _STOP_LANGUAGES.index(language)  # any word of the lexicon speaks for its language
                if {vote, vote - MAYBE}.isdisjoint(table[key][1]):
                    table[key][1].append(vote)
    rules, weights, bias = _weights(concepts)
    slots = 1 << (2 * len(table)).bit_length()
    keys = np.zeros(slots, np.uint64)
    packed = np.full((slots, 1 + 2 * PER_TERM), NONE, np.uint8)
    bloom = np.zeros(1024, np.uint64)
    for key, (members, languages, sizes) in table.items():
        slot = key & (slots - 1)
        while keys[slot]:
            slot = (slot + 1) & (slots - 1)
        keys[slot], packed[slot, 0] = key, max(sizes, default=1)
        for at, values in ((1, members[:PER_TERM]), (1 + PER_TERM, sorted(languages)[:PER_TERM])):
            packed[slot, at : at + len(values)] = values
        bloom[key >> 54] |= np.uint64(1 << ((key >> 48) & 63))
    by_concept: list[list[tuple[int, int]]] = [[] for _ in range(CONCEPTS)]
    for feature, (left, right) in enumerate(rules, start=len(concepts)):
        by_concept[left].append((right, feature))
        by_concept[right].append((left, feature))
    starts = np.cumsum([0, *(len(entries) for entries in by_concept)]).astype(np.int32)
    flat = np.array([pair for entries in by_concept for pair in entries], np.int32).reshape(-1, 2).T.copy()
    names = tuple(concepts) + tuple(f"{tuple(concepts)[a]}~{tuple(concepts)[b]}" for a, b in rules)
    return Lexicon(keys, packed, starts, flat[0], flat[1], bloom, names, weights, bias, _script_languages())


def _script_languages() -> NDArray[np.int64]:
    index = {name: number for number, name in enumerate(LANGUAGES)}
    return np.array([index[_LANGUAGE_OF_SCRIPT.get(name, name)] for name in SCRIPTS], np.int64)


def _weights(concepts: dict[str, int]) -> tuple[list[tuple[int, int]], NDArray[np.float32], NDArray[np.float32]]:
    """(rules as pairs of concepts, weights by feature and structure, bias)."""
    columns = len(SCORES) + len(SKILLS)
    rows = {name: np.array([*values, 0], np.float32) for name, *values in _rows("weights.tsv")}
    rules = [(concepts[a], concepts[b]) for a, _, b in (name.partition("~") for name in rows) if b]
    names = [*concepts, *(name for name in rows if "~" in name), *(f"#{name}" for name in STRUCTURE)]
    nothing = np.zeros(columns, np.float32)
    unknown = set(rows) - set(names) - {"bias"}
    if unknown or len(concepts) > CONCEPTS:
        raise ValueError(f"weights.tsv: unknown features {sorted(unknown)}, or more than {CONCEPTS} concepts")
    return rules, np.stack([rows.get(name, nothing) for name in names]), rows["bias"]


_STOP_LANGUAGES = tuple(dict.fromkeys(row[1] for row in _rows("lexicon.tsv") if row[0] == "stop"))
# Stop-word languages first, so that a vote's number is an index here; then scripts' languages, then script names.
LANGUAGES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*_STOP_LANGUAGES, *_LANGUAGE_OF_SCRIPT.values(), "", *(s for s in SCRIPTS if s not in _LANGUAGE_OF_SCRIPT))
    )
)
